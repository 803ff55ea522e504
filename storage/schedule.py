"""Who does which job for which slot: a row with a lease decides, whatever the alarm clock says.

Times here are real time: a lease must run out at the same pace for every process.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialects
from storage.tables import job_runs

AGAIN = "/"  # "<slot>/2" is the second time the slot is worked, after the clock was set back


async def claim_slot(
    c: AsyncConnection, *, job: str, slot: str, owner: str, real_now: datetime, lease: timedelta
) -> bool:
    """Take the slot if it is neither done nor held by a lease that still runs, not even one's own."""
    statement = dialects.insert(c, job_runs).values(
        job=job, slot=slot, owner=owner, lease_until=real_now + lease
    )
    taken = statement.on_conflict_do_update(
        index_elements=["job", "slot"],
        set_={"owner": statement.excluded.owner, "lease_until": statement.excluded.lease_until},
        where=job_runs.c.done_at.is_(None) & (job_runs.c.lease_until <= real_now),
    )
    return (await c.execute(taken.returning(job_runs.c.slot))).first() is not None


async def finish_slot(c: AsyncConnection, *, job: str, slot: str, owner: str, real_now: datetime) -> bool:
    """Mark the slot done; False if it is done already or somebody else has taken it over."""
    result = await c.execute(
        update(job_runs)
        .where(
            job_runs.c.job == job,
            job_runs.c.slot == slot,
            job_runs.c.owner == owner,
            job_runs.c.done_at.is_(None),
        )
        .values(done_at=real_now)
    )
    return result.rowcount == 1


async def done(c: AsyncConnection, job: str, slot: str) -> bool:
    """Whether the slot has been finished."""
    query = select(job_runs.c.done_at).where(job_runs.c.job == job, job_runs.c.slot == slot)
    return (await c.execute(query)).scalar() is not None


async def runs(c: AsyncConnection, job: str, slot: str) -> tuple[int, int]:
    """How many slots of a job have been finished, as far as they are kept, and how often this one."""
    finished = (job_runs.c.job == job) & job_runs.c.done_at.is_not(None)
    same = (job_runs.c.slot == slot) | job_runs.c.slot.startswith(slot + AGAIN, autoescape=True)
    query = select(func.count(), func.count().filter(same)).where(finished)
    every, this = (await c.execute(query)).one()
    return every, this


async def held_until(c: AsyncConnection, job: str, slot: str) -> datetime | None:
    """When the lease of a slot that is not done ends; None: nobody has it."""
    query = select(job_runs.c.lease_until).where(
        job_runs.c.job == job, job_runs.c.slot == slot, job_runs.c.done_at.is_(None)
    )
    until: datetime | None = (await c.execute(query)).scalar()
    return until


async def shorten(c: AsyncConnection, job: str, slot: str, *, until: datetime) -> None:
    """Let a lease that would run for longer end at `until`."""
    held = update(job_runs).where(
        job_runs.c.job == job, job_runs.c.slot == slot, job_runs.c.done_at.is_(None)
    )
    await c.execute(held.where(job_runs.c.lease_until > until).values(lease_until=until))


async def last_done(c: AsyncConnection, job: str) -> str | None:
    """The greatest finished slot of a job; slots are instants written so that they sort as text."""
    query = select(func.max(job_runs.c.slot)).where(job_runs.c.job == job, job_runs.c.done_at.is_not(None))
    slot: str | None = (await c.execute(query)).scalar_one()
    return slot


async def prune(c: AsyncConnection, before: datetime) -> int:
    """Forget slots whose last lease ended before a real moment, finished or abandoned; how many."""
    return (await c.execute(delete(job_runs).where(job_runs.c.lease_until < before))).rowcount
