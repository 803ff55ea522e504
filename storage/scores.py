"""Scores: what every cycle made of every narrative, kept whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Score
from storage import dialects
from storage.tables import scores


async def append(c: AsyncConnection, batch: Iterable[Score]) -> None:
    """Write down a cycle's scores; one per cycle and narrative, the first one stays."""
    rows = [
        {
            "cycle_id": score.cycle_id,
            "narrative_id": score.narrative_id,
            "as_of": score.as_of,
            "rank": score.rank,
            "coordination": score.coordination.value if score.coordination else None,
            "payload": score.model_dump_json(),
        }
        for score in batch
    ]
    if rows:
        await c.execute(dialects.insert(c, scores).on_conflict_do_nothing(), rows)


async def as_of(c: AsyncConnection, at: datetime) -> list[Score]:
    """The newest ranking at that time, by rank; empty before the first cycle that scored anything."""
    newest = (
        select(scores.c.cycle_id)
        .where(scores.c.as_of <= at)
        .order_by(scores.c.as_of.desc(), scores.c.cycle_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(scores.c.payload).where(scores.c.cycle_id == newest)
    return await _read(c, query.order_by(scores.c.rank, scores.c.narrative_id))


async def previous(c: AsyncConnection, narrative_ids: Iterable[str]) -> dict[str, Score]:
    """The newest score of each of these narratives; those never scored are left out."""
    found: dict[str, Score] = {}
    for chunk in dialects.chunks(narrative_ids):
        newest = (
            select(scores.c.narrative_id, func.max(scores.c.as_of).label("as_of"))
            .where(scores.c.narrative_id.in_(chunk))
            .group_by(scores.c.narrative_id)
            .subquery()
        )
        same = (scores.c.narrative_id == newest.c.narrative_id) & (scores.c.as_of == newest.c.as_of)
        query = select(scores.c.payload).join(newest, same).order_by(scores.c.cycle_id)
        found |= {score.narrative_id: score for score in await _read(c, query)}
    return found


async def history(c: AsyncConnection, narrative_id: str, *, since: datetime) -> list[Score]:
    """A narrative's scores since then, oldest first."""
    query = (
        select(scores.c.payload)
        .where(scores.c.narrative_id == narrative_id, scores.c.as_of >= since)
        .order_by(scores.c.as_of, scores.c.cycle_id)
    )
    return await _read(c, query)


async def coordination(
    c: AsyncConnection, narrative_id: str, *, since: datetime, until: datetime
) -> list[float]:
    """How coordinated a narrative looked in [since, until), oldest first, where it was scored at all."""
    query = (
        select(scores.c.coordination)
        .where(scores.c.narrative_id == narrative_id, scores.c.as_of >= since, scores.c.as_of < until)
        .where(scores.c.coordination.is_not(None))
        .order_by(scores.c.as_of, scores.c.cycle_id)
    )
    return list((await c.execute(query)).scalars())


async def prune(c: AsyncConnection, before: datetime) -> int:
    """Forget scores older than that; returns how many."""
    return (await c.execute(delete(scores).where(scores.c.as_of < before))).rowcount


async def _read(c: AsyncConnection, query: Select[Any]) -> list[Score]:
    return [Score.model_validate_json(payload) for payload in (await c.execute(query)).scalars()]
