import asyncio

import pytest

from bot.briefly import Briefly


async def test_everybody_who_asks_within_a_moment_gets_one_reading():
    readings = []

    async def read():
        readings.append(1)
        await asyncio.sleep(0)
        return len(readings)

    briefly = Briefly(60)
    assert await asyncio.gather(*(briefly.get("story", read) for _ in range(5))) == [1] * 5
    assert await briefly.get("story", read) == 1
    assert await briefly.get("another", read) == 2


async def test_after_the_moment_it_is_read_again(monkeypatch):
    briefly, now = Briefly(0.25), [100.0]
    monkeypatch.setattr("bot.briefly.time.monotonic", lambda: now[0])
    answers = iter("ab")

    async def read():
        return next(answers)

    assert await briefly.get("story", read) == "a"
    now[0] += 0.26
    assert await briefly.get("story", read) == "b"


async def test_nothing_is_kept_where_nothing_may_be_old():
    briefly, answers = Briefly(0), iter("ab")

    async def read():
        return next(answers)

    assert [await briefly.get("story", read) for _ in range(2)] == ["a", "b"]


async def test_an_error_is_told_to_all_who_wait_for_it():
    async def read():
        raise OSError("away")

    briefly = Briefly(60)
    ends = await asyncio.gather(briefly.get("s", read), briefly.get("s", read), return_exceptions=True)
    assert all(isinstance(end, OSError) for end in ends)
    with pytest.raises(OSError, match="away"):
        await briefly.get("s", read)
