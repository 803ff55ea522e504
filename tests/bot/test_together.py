import asyncio

import pytest

from bot.together import Together


async def test_what_comes_at_one_moment_is_one_go_and_everybody_gets_his_own():
    goes = []

    async def work(items):
        goes.append(list(items))
        await asyncio.sleep(0)
        return [item * 10 for item in items]

    together = Together(work)
    assert await asyncio.gather(*(together(n) for n in (1, 2, 3))) == [10, 20, 30]
    assert goes == [[1, 2, 3]]
    assert await together(4) == 40


async def test_what_comes_while_a_go_is_under_way_is_the_next_one():
    goes, gate = [], asyncio.Event()

    async def work(items):
        goes.append(list(items))
        await gate.wait()
        return items

    together = Together(work)
    first = asyncio.create_task(together(1))
    await asyncio.sleep(0.01)
    later = [asyncio.create_task(together(n)) for n in (2, 3)]
    await asyncio.sleep(0.01)
    assert goes == [[1]]
    gate.set()
    await asyncio.gather(first, *later)
    assert goes == [[1], [2, 3]]


async def test_a_go_that_breaks_is_told_to_all_of_it_and_to_nobody_else():
    async def work(items):
        if 1 in items:
            raise OSError("away")
        return items

    together = Together(work)
    ends = await asyncio.gather(together(1), together(2), return_exceptions=True)
    assert all(isinstance(end, OSError) for end in ends)
    assert await together(3) == 3


async def test_who_is_cancelled_takes_nobody_with_him():
    gate = asyncio.Event()

    async def work(items):
        await gate.wait()
        return items

    together = Together(work)
    gone, stays = asyncio.create_task(together(1)), asyncio.create_task(together(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    gate.set()
    assert await stays == 2
    with pytest.raises(asyncio.CancelledError):
        await gone
    await together.settled()
