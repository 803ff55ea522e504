"""SIGKILL in the worst moments: nothing is lost, nothing half written, hardly anything doubled."""

import pytest
from sqlalchemy import func, select

from storage import schedule, spend
from storage.database import Database
from storage.tables import cycles, polls
from tests.stories.planting import CLOCK, copies, plant
from tests.stories.processes import KEY, TOKEN, outside

pytestmark = pytest.mark.story
WORLD = "2026-11-16T00:00:00+00:00"
PEOPLE = range(1, 6)
EACH = 4
FAST = {"TELEGRAM__PER_SECOND": "10000", "TELEGRAM__PER_CHAT_SECONDS": "0"}


async def test_killed_while_delivering_every_chat_gets_every_alert(blank_url):
    await plant(blank_url, PEOPLE, EACH)
    async with outside(blank_url, world_start=WORLD, empty=True) as world:
        for who in PEOPLE:
            await world.act("add_private", user_id=who, name=f"Person {who}")
        await world.fault(kind="slow", method="sendMessage", times=None, delay=0.05)
        one_at_a_time = FAST | {"CLOCK": CLOCK, "GROK__DAILY_USD": "0", "TELEGRAM__CONCURRENCY": "1"}
        first = await world.intern(**one_at_a_time)
        await world.until(lambda s: arrived(s) >= 5)
        await first.kill()
        await world.no_faults()
        second = await world.intern(**one_at_a_time)
        state = await world.until(lambda s: min(copies(s, PEOPLE, EACH).values()) >= 1)
        await second.terminate()
        found = copies(state, PEOPLE, EACH)
        assert max(found.values()) <= 2
        assert sum(found.values()) - len(found) <= 1, "only the message in flight may come twice"
        assert not any(secret in first.output + second.output for secret in (TOKEN, KEY))


def arrived(state):
    return sum(copies(state, PEOPLE, EACH).values())


async def test_killed_while_asking_grok_leaves_no_half_cycle_and_no_forgotten_money(tmp_path):
    url = f"sqlite:///{tmp_path / 'intern.db'}"
    async with outside(url, CLOCK, world_start=WORLD) as world:
        await world.xai_fault(kind="slow", count=None, delay=60)
        first = await world.intern(CLOCK=CLOCK)
        await world.xai_until(lambda s: s["calls"] >= 2)
        await first.kill()
        slots, asked, reserved = await written(url)
        assert (slots, asked) == ([], 0)
        assert len(reserved) == 2 and all(entry.reserved_ticks > 0 for entry in reserved)
        await world.xai_no_faults()
        second = await world.intern(CLOCK=CLOCK)
        await second.says("cycle ")
        code, seconds = await second.terminate()
        assert code == 0 and seconds < 3
        slots, asked, still_reserved = await written(url)
        assert slots == ["2026-11-18T10:00:00Z"] and asked == 2
        assert still_reserved == reserved, "what may have been billed stays booked"


async def written(url):
    """Slots of the cycles, how many polls they hold, and reservations without a bill."""
    database = await Database.open(url)
    try:
        async with database.reading() as c:
            slots = list((await c.execute(select(cycles.c.id))).scalars())
            asked = (await c.execute(select(func.count()).select_from(polls))).scalar_one()
            for slot in slots:
                assert await schedule.done(c, "cycle", slot)
            return slots, asked, await spend.open_reservations(c)
    finally:
        await database.close()
