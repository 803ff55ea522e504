"""The ledger under its three caps: what it grants, when it refuses and until when."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger import Ledger, caps
from bot.settings import load
from core.budget import TICKS, Caps
from core.errors import CapReached
from storage import spend
from tests.bot.stage import StillClock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CAPS = Caps(hour=300, day=1000, month=3000, users_share=0.1, shock_share=0.1)


@pytest.fixture
def clock():
    return StillClock(NOON)


@pytest.fixture
def ledger(database, clock):
    return Ledger(database, clock, CAPS)


async def refused(ledger, purpose="discover", ticks=100):
    with pytest.raises(CapReached) as caught:
        await ledger.reserve(purpose, ticks)
    return caught.value.fault, caught.value.until


async def filled(ledger, purpose, ticks):
    while (await ledger.room(users=purpose == "words")).ticks >= ticks:
        await ledger.reserve(purpose, ticks)


async def test_the_hour_ends_to_the_microsecond_and_then_goes_on(ledger, clock):
    await filled(ledger, "refresh", 100)
    clock.move(hours=1, microseconds=-1)
    assert await refused(ledger) == ("hourly cap reached", NOON + timedelta(hours=1))
    clock.move(microseconds=1)
    assert (await ledger.reserve("refresh", 100)).at == NOON + timedelta(hours=1)


async def test_the_day_is_full_before_what_is_kept_for_people_and_for_shocks(ledger, clock, database):
    clock.put(NOON.replace(hour=0))
    for _ in range(24):
        await filled(ledger, "discover", 100)
        clock.move(minutes=59)
    clock.put(NOON.replace(hour=23))
    assert await refused(ledger) == ("daily cap reached", NOON.replace(day=21, hour=0))
    assert (await ledger.room(users=True)).ticks == 200
    await filled(ledger, "words", 100)
    async with database.reading() as c:
        assert await spend.spent(c, since=NOON.replace(hour=0)) == CAPS.day
    assert (await refused(ledger, "words"))[0] == "daily cap reached"


async def test_the_month_is_full_though_the_day_is_not(ledger, clock):
    for day in range(1, 5):
        for hour in range(4):
            clock.put(datetime(2026, 11, day, hour, tzinfo=UTC))
            await filled(ledger, "discover", 100)
        await filled(ledger, "words", 100)
    assert await refused(ledger) == ("monthly cap reached", datetime(2026, 12, 1, tzinfo=UTC))
    assert (await refused(ledger, "words"))[0] == "monthly cap reached"
    clock.put(datetime(2026, 12, 1, tzinfo=UTC))
    await ledger.reserve("discover", 100)


async def test_the_shock_reserve_opens_and_closes_by_app_time(ledger, clock):
    await filled(ledger, "refresh", 100)
    ledger.shock(NOON + timedelta(minutes=30))
    await ledger.reserve("refresh", 100)
    assert (await refused(ledger))[0] == "hourly cap reached"
    clock.move(minutes=30)
    assert (await ledger.room()).ticks == 0


async def test_what_is_given_back_or_billed_for_less_is_room_again(ledger):
    first, second, third = [await ledger.reserve("refresh", 100) for _ in range(3)]
    await ledger.release(first)
    await ledger.settle(second, ticks=30, response_id="r")
    await ledger.exceed(third, ticks=150)
    assert (await ledger.room()).ticks == 300 - 30 - 150
    await ledger.settle(third, ticks=400)
    assert (await ledger.room()).ticks == 0, "a bill above the reservation is booked whatever the cap says"


async def test_many_at_once_never_pass_a_cap_together(ledger, database):
    calls = [ledger.reserve(purpose, 70) for _ in range(10) for purpose in ("discover", "words")]
    ends = await asyncio.gather(*calls, return_exceptions=True)
    granted = [end for end in ends if not isinstance(end, CapReached)]
    assert sum(entry.purpose == "discover" for entry in granted) == 4
    assert all(not isinstance(end, BaseException) for end in granted)
    async with database.reading() as c:
        assert await spend.spent(c, since=NOON) == 70 * len(granted) <= CAPS.day


async def test_the_entry_says_what_for_and_the_error_how_much_is_missing(ledger, database):
    entry = await ledger.reserve("counts", 250, narrative_id="n1")
    async with database.reading() as c:
        assert await spend.open_reservations(c) == [entry]
    assert (entry.purpose, entry.narrative_id, entry.at, entry.settled_ticks) == ("counts", "n1", NOON, None)
    with pytest.raises(CapReached, match=r"Hourly cap reached: \$0\.00 is left until 20 Nov 13:00 UTC"):
        await ledger.reserve("refresh", 100)


def test_the_settings_name_the_caps():
    settings = load(
        bot_token="42:sandbox-token", xai_api_key="k", profile="frugal", grok={"users_share": 0.2}
    )
    chosen = caps(settings)
    assert (chosen.hour, chosen.day) == (round(0.8 * TICKS), round(2.5 * TICKS))
    assert chosen.month == 75 * TICKS and chosen.users_share == 0.2
