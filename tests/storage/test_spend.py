"""Money: reserved before the call, settled by the bill, never above the cap."""

import asyncio
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import spend
from tests.storage.facts import DAY, HOUR, NOON, SECOND, entry


async def test_reservation_counts_until_the_bill_replaces_it(database):
    async with database.durable() as c:
        await spend.reserve(c, entry())
        await spend.reserve(c, entry(reserved_ticks=999))
        assert await spend.spent(c, since=NOON) == 100
        assert await spend.open_reservations(c) == [entry()]
        await spend.settle(c, "e1", ticks=60, response_id="r1")
        assert await spend.spent(c, since=NOON) == 60
        assert await spend.spent(c, since=NOON + SECOND) == 0
        assert await spend.open_reservations(c) == []


async def test_call_that_never_left_costs_nothing_but_a_bill_stays(database):
    async with database.durable() as c:
        await spend.reserve(c, entry("never left"))
        await spend.reserve(c, entry("billed"))
        await spend.settle(c, "billed", ticks=7, response_id=None)
        for name in ("never left", "billed"):
            await spend.release(c, name)
        assert await spend.spent(c, since=NOON) == 7


async def test_spending_is_told_apart_by_purpose(database):
    async with database.durable() as c:
        assert await spend.breakdown(c, since=NOON) == {}
        assert await spend.spent(c, since=NOON) == 0
        for name, purpose, at in (
            ("a", "discover", NOON), ("b", "discover", NOON + HOUR), ("c", "refresh", NOON),
            ("d", "refresh", NOON - DAY),
        ):  # fmt: skip
            await spend.reserve(c, entry(name, purpose=purpose, at=at))
        assert await spend.breakdown(c, since=NOON) == {"discover": 200, "refresh": 100}


async def test_reserving_within_the_cap_to_the_last_tick(database):
    async with database.durable() as c:
        cap = {"since": NOON, "cap_ticks": 250}
        assert await spend.reserve_within(c, entry("a"), **cap)
        assert await spend.reserve_within(c, entry("b"), **cap)
        assert not await spend.reserve_within(c, entry("c"), **cap)
        assert await spend.reserve_within(c, entry("d", reserved_ticks=50), **cap)
        assert await spend.reserve_within(c, entry("a"), **cap), "it holds its reservation already"
        assert await spend.spent(c, since=NOON) == 250


async def test_many_at_once_never_exceed_the_cap(database):
    async def attempt(number):
        async with database.durable() as c:
            return await spend.reserve_within(c, entry(f"e{number}"), since=NOON, cap_ticks=550)

    granted = await asyncio.gather(*(attempt(number) for number in range(15)))
    assert sum(granted) == 5
    async with database.reading() as c:
        assert await spend.spent(c, since=NOON) == 500


ticks = st.integers(0, 2**40)
numbers = count()


@given(
    st.lists(st.tuples(st.sampled_from(["discover", "refresh"]), ticks, st.none() | ticks), max_size=8), ticks
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_total_is_the_sum_of_bills_and_open_reservations(database, lines, cap):
    since = NOON + next(numbers) * DAY  # a day of its own for each example
    until_now, granted = 0, 0
    async with database.durable() as c:
        before = await spend.spent(c, since=since)
        assert before == 0
        for number, (purpose, reserved, settled) in enumerate(lines):
            name = f"{since}/{number}"
            line = entry(name, at=since, purpose=purpose, reserved_ticks=reserved)
            if await spend.reserve_within(c, line, since=since, cap_ticks=cap):
                assert until_now + reserved <= cap
                granted += 1
                if settled is not None:
                    await spend.settle(c, name, ticks=settled, response_id=None)
                until_now += reserved if settled is None else settled
            else:
                assert until_now + reserved > cap
            assert await spend.spent(c, since=since) == until_now
        assert sum((await spend.breakdown(c, since=since)).values()) == until_now


async def test_a_reservation_is_raised_and_never_lowered_and_a_bill_stays(database):
    async with database.durable() as c:
        await spend.reserve(c, entry("open", reserved_ticks=100))
        await spend.raise_reservation(c, "open", ticks=250)
        await spend.raise_reservation(c, "open", ticks=50)
        await spend.reserve(c, entry("billed", reserved_ticks=100))
        await spend.settle(c, "billed", ticks=70, response_id="r")
        await spend.raise_reservation(c, "billed", ticks=900)
    async with database.reading() as c:
        assert await spend.spent(c, since=NOON) == 250 + 70
