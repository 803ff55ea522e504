"""A slot of a job is finished once, whoever tries and whoever dies; an update acts once."""

import asyncio
from datetime import timedelta

from storage import schedule, updates
from tests.storage.facts import NOON, SECOND

LEASE = timedelta(seconds=30)


async def claim(c, owner="a", slot="2026-05-04T12:00", real_now=NOON, job="digest"):
    return await schedule.claim_slot(c, job=job, slot=slot, owner=owner, real_now=real_now, lease=LEASE)


async def finish(c, owner="a", slot="2026-05-04T12:00", job="digest"):
    return await schedule.finish_slot(c, job=job, slot=slot, owner=owner, real_now=NOON)


async def test_slot_belongs_to_one_owner_and_not_even_to_it_twice(database):
    async with database.writing() as c:
        assert await claim(c, "a")
        assert not await claim(c, "b")
        assert not await claim(c, "a")
        assert await claim(c, "b", slot="2026-05-05T12:00")
        assert await claim(c, "b", job="cycle")


async def test_run_out_lease_is_taken_over_and_the_late_owner_finishes_nothing(database):
    async with database.writing() as c:
        assert await claim(c, "killed")
        assert not await claim(c, "b", real_now=NOON + LEASE - SECOND)
        assert await claim(c, "b", real_now=NOON + LEASE)
        assert not await finish(c, "killed")
        assert await finish(c, "b")


async def test_finished_slot_stays_finished(database):
    async with database.writing() as c:
        assert not await schedule.done(c, "digest", "2026-05-04T12:00")
        assert not await finish(c, "a")
        await claim(c)
        assert not await schedule.done(c, "digest", "2026-05-04T12:00")
        assert await finish(c)
        assert not await finish(c)
        assert await schedule.done(c, "digest", "2026-05-04T12:00")
        assert not await claim(c, "b", real_now=NOON + 9 * LEASE)


async def test_the_runs_of_a_job_are_counted_and_those_of_one_slot_by_all_its_names(database):
    slot = "2026-05-04T12:00"
    async with database.writing() as c:
        assert await schedule.runs(c, "digest", slot) == (0, 0)
        for name in (slot, f"{slot}/2", f"{slot}/3", "2026-05-04T13:00", "2026-05-04T12:00:30"):
            await claim(c, slot=name)
            assert await finish(c, slot=name)
        await claim(c, slot=f"{slot}/4")
        await claim(c, job="cycle")
        assert await schedule.runs(c, "digest", slot) == (5, 3)
        assert await schedule.runs(c, "cycle", slot) == (0, 0)


async def test_a_lease_is_shortened_and_never_lengthened(database):
    slot = "2026-05-04T12:00"
    async with database.writing() as c:
        assert await schedule.held_until(c, "digest", slot) is None
        await claim(c)
        await claim(c, slot="another")
        assert await schedule.held_until(c, "digest", slot) == NOON + LEASE
        for seconds in (20, 25):
            await schedule.shorten(c, "digest", slot, until=NOON + seconds * SECOND)
            assert await schedule.held_until(c, "digest", slot) == NOON + 20 * SECOND
        assert await schedule.held_until(c, "digest", "another") == NOON + LEASE
        assert await finish(c)
        assert await schedule.held_until(c, "digest", slot) is None


async def test_last_done_is_the_greatest_finished_slot(database):
    async with database.writing() as c:
        assert await schedule.last_done(c, "digest") is None
        for slot in ("2026-05-04", "2026-05-06", "2026-05-05"):
            await claim(c, slot=slot)
            await finish(c, slot=slot)
        await claim(c, slot="2026-05-07")
        assert await schedule.last_done(c, "digest") == "2026-05-06"
        assert await schedule.last_done(c, "cycle") is None


async def test_several_owners_at_once_finish_a_slot_once(database):
    async def run(owner):
        async with database.writing() as c:
            if not await claim(c, owner):
                return False
        await asyncio.sleep(0)
        async with database.writing() as c:
            return await finish(c, owner)

    assert sum(await asyncio.gather(*(run(f"o{n}") for n in range(12)))) == 1


async def test_update_acts_once(database):
    async with database.writing() as c:
        assert await updates.seen(c, [2**40, 7]) == set()
        await updates.remember(c, [2**40, 2**40 + 1], NOON)
        await updates.remember(c, [2**40], NOON + SECOND)
        await updates.remember(c, [], NOON)
        assert await updates.seen(c, [2**40, 7]) == {2**40}


async def test_only_the_newest_updates_are_kept(database):
    async with database.writing() as c:
        for number, update_id in enumerate([50, 10, 30, 20]):
            await updates.remember(c, [update_id], NOON + number * SECOND)
        assert await updates.prune(c, 2) == 2
        assert await updates.seen(c, (50, 10, 30, 20)) == {30, 20}
