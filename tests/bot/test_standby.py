"""One works, the next stands by, says so once, and takes over."""

import asyncio

import pytest

from bot.standby import only_one


class Chair:
    """A seat in memory: `holders` shares it, `sound` tells whether a session lives."""

    def __init__(self, holders):
        self.holders, self.sound = holders, True

    async def take(self):
        if self.holders and self.holders[0] is not self:
            return False
        self.holders[:] = [self]
        return True

    async def kept(self):
        return self.sound

    async def leave(self):
        if self.holders == [self]:
            self.holders.clear()


class Work:
    def __init__(self):
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self, stop):
        self.begun.set()
        await stop.wait()
        self.ended.set()


@pytest.fixture
def pair():
    holders = []
    return Chair(holders), Chair(holders)


async def test_the_second_stands_by_with_one_sentence_and_takes_over(pair, caplog):
    works, stops = (Work(), Work()), (asyncio.Event(), asyncio.Event())
    running = []
    for chair, work, stop in zip(pair, works, stops, strict=True):
        running.append(asyncio.create_task(only_one(chair, work, duty="sends")(stop)))
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    assert works[0].begun.is_set() and not works[1].begun.is_set()
    assert caplog.text.count("standing by: another process of this INTERN sends") == 1
    stops[0].set()
    await running[0]
    await asyncio.wait_for(works[1].begun.wait(), 1)
    stops[1].set()
    await running[1]
    assert works[1].ended.is_set()


async def test_who_loses_the_seat_finishes_and_stands_by_again(pair, monkeypatch):
    monkeypatch.setattr("bot.standby.LOOK", 0.02)
    first, second = pair
    work, stop = Work(), asyncio.Event()
    running = asyncio.create_task(only_one(first, work, duty="sends")(stop))
    await work.begun.wait()
    first.sound = False
    await asyncio.wait_for(work.ended.wait(), 1)
    stop.set()
    await running
    assert await second.take()


async def test_work_that_breaks_frees_the_seat_and_is_told(pair):
    async def broken(_stop):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await only_one(pair[0], broken, duty="sends")(asyncio.Event())
    assert await pair[1].take()
