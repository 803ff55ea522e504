"""What the counts meter said: posts per hour of a narrative's query, with when INTERN learnt it.

An append-only log like that of polls: an hour counted again is another row, and the one known last holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Count
from storage import dialects
from storage.tables import counts as rows

_COUNT = [rows.c[name] for name in Count._fields]


async def append(c: AsyncConnection, cycle_id: str, counts: Iterable[Count]) -> None:
    """Write down what a turn counted (its cycle is there already); the same count twice is one."""
    batch = [count._asdict() | {"cycle_id": cycle_id} for count in counts]
    if batch:
        await c.execute(dialects.insert(c, rows).on_conflict_do_nothing(), batch)


async def read(
    c: AsyncConnection, *, since: datetime, known_by: datetime, narrative_ids: Iterable[str]
) -> list[Count]:
    """Counts of these narratives that end after `since`, as far as they were known at `known_by`."""
    found: list[Count] = []
    for chunk in dialects.chunks(narrative_ids):
        query = (
            select(*_COUNT)
            .where(rows.c.narrative_id.in_(chunk), rows.c.end > since, rows.c.known_at <= known_by)
            .order_by(rows.c.narrative_id, rows.c.query, rows.c.start, rows.c.known_at)
        )
        found += [Count(*row) for row in await c.execute(query)]
    return found


async def of_cycle(c: AsyncConnection, cycle_id: str) -> list[Count]:
    """What this turn counted."""
    return [Count(*row) for row in await c.execute(select(*_COUNT).where(rows.c.cycle_id == cycle_id))]


async def last(c: AsyncConnection, narrative_ids: Iterable[str]) -> dict[str, tuple[str, datetime]]:
    """The query each narrative was counted by last, and until when; those never counted are left out."""
    found: dict[str, tuple[str, datetime]] = {}
    for chunk in dialects.chunks(narrative_ids):
        order = (rows.c.end.desc(), rows.c.known_at.desc(), rows.c.query.desc())
        place = func.row_number().over(partition_by=rows.c.narrative_id, order_by=order).label("place")
        ranked = (
            select(rows.c.narrative_id, rows.c.query, rows.c.end, place)
            .where(rows.c.narrative_id.in_(chunk))
            .subquery()
        )
        newest = select(ranked.c.narrative_id, ranked.c.query, ranked.c.end).where(ranked.c.place == 1)
        found |= {id: (query, end) for id, query, end in await c.execute(newest)}
    return found


async def prune(c: AsyncConnection, before: datetime) -> int:
    """Forget hours that ended before that; returns how many counts. Cycles go after them."""
    return (await c.execute(delete(rows).where(rows.c.end < before))).rowcount
