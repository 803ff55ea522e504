"""Money: reserved before the call, settled by the bill, counted by hour, day and month."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.budget import Spent
from storage import spend
from tests.storage.facts import DAY, HOUR, NOON, SECOND, entry

START = datetime(2030, 1, 2, tzinfo=UTC)


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


async def test_usage_counts_by_calendar_hour_day_and_month_in_utc(database):
    hour = NOON.replace(minute=0, second=0, microsecond=0)
    day, month = hour.replace(hour=0), hour.replace(hour=0, day=1)
    tick = timedelta(microseconds=1)
    async with database.durable() as c:
        assert await spend.usage(c, NOON) == Spent()
        for power, at in enumerate((NOON, hour, hour - tick, day, day - tick, month, month - tick)):
            await spend.reserve(c, entry(f"own{power}", at=at, reserved_ticks=10**power))
            await spend.reserve(
                c, entry(f"words{power}", purpose="words", at=at, reserved_ticks=2 * 10**power)
            )
        assert await spend.usage(c, NOON) == Spent(hour=11, day=1111, users=2222, month=333_333)


async def test_usage_takes_the_bill_for_the_reservation_and_big_sums_whole(database):
    async with database.durable() as c:
        for name, settled in (("billed", 7), ("given back", 0), ("open", None)):
            await spend.reserve(c, entry(name, reserved_ticks=2**61))
            if settled is not None:
                await spend.settle(c, name, ticks=settled, response_id=None)
        assert await spend.usage(c, NOON) == Spent(hour=2**61 + 7, day=2**61 + 7, month=2**61 + 7)


async def test_the_dearest_narratives_come_first_and_what_is_nobodys_is_left_out(database):
    async with database.durable() as c:
        for name, narrative, ticks, at in (
            ("a", "n1", 5, NOON), ("b", "n2", 7, NOON), ("c", "n1", 5, NOON + HOUR), ("d", None, 99, NOON),
            ("e", "n3", 99, NOON - DAY), ("f", "n0", 7, NOON),
        ):  # fmt: skip
            await spend.reserve(c, entry(name, narrative_id=narrative, reserved_ticks=ticks, at=at))
        dearest = [("n1", 10), ("n0", 7), ("n2", 7)]
        assert await spend.by_narrative(c, since=NOON, limit=9, redirects={}) == dearest
        assert await spend.by_narrative(c, since=NOON, limit=2, redirects={}) == dearest[:2]
        merged = {"n1": "n2", "n2": "n3"}
        assert await spend.by_narrative(c, since=NOON, limit=9, redirects=merged) == [("n3", 17), ("n0", 7)]


async def test_calls_without_a_bill_are_listed_from_a_moment_on(database):
    async with database.durable() as c:
        for name, at in (("new", NOON + HOUR), ("now", NOON), ("old", NOON - SECOND), ("billed", NOON)):
            await spend.reserve(c, entry(name, at=at))
        await spend.settle(c, "billed", ticks=1, response_id="r")
        assert [e.id for e in await spend.open_reservations(c, since=NOON)] == ["now", "new"]
        assert [e.id for e in await spend.open_reservations(c)] == ["old", "now", "new"]


async def test_who_asks_exclusively_waits_for_the_other_to_end(database):
    """Read, think, reserve: nobody reserves in between."""

    async def attempt(number):
        async with database.durable() as c:
            await spend.exclusively(c)
            if await spend.spent(c, since=NOON) + 100 > 550:
                return False
            await spend.reserve(c, entry(f"e{number}"))
            return True

    granted = await asyncio.gather(*(attempt(number) for number in range(15)))
    assert sum(granted) == 5
    async with database.reading() as c:
        assert await spend.spent(c, since=NOON) == 500


ticks = st.integers(0, 2**40)
purposes = st.sampled_from(["discover", "refresh", "words"])
numbers = count()


@given(st.lists(st.tuples(purposes, ticks, st.none() | ticks), max_size=8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_total_is_the_sum_of_bills_and_open_reservations(database, lines):
    since = START + next(numbers) * 62 * DAY  # a month of its own for each example
    booked = [(purpose, reserved if bill is None else bill) for purpose, reserved, bill in lines]
    async with database.durable() as c:
        for number, (purpose, reserved, settled) in enumerate(lines):
            name = f"{since}/{number}"
            await spend.reserve(c, entry(name, at=since, purpose=purpose, reserved_ticks=reserved))
            if settled is not None:
                await spend.settle(c, name, ticks=settled, response_id=None)
        total = sum(ticks for _, ticks in booked)
        assert (
            await spend.spent(c, since=since)
            == sum((await spend.breakdown(c, since=since)).values())
            == total
        )
        used = await spend.usage(c, since)
    assert used.month == used.day + used.users == total
    assert used.users == sum(ticks for purpose, ticks in booked if purpose == "words")
    assert used.hour == used.day


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
