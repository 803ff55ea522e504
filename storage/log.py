"""The observation log as columns: all of it, or what one turn added."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.signals.log import Log, Sample
from core.signals.segments import SAMPLES
from storage import counts, dialects, mentions, observations
from storage.tables import polls

_SAMPLE = [
    polls.c[name]
    for name in ("narrative_id", "covered_from", "until", "query", "served_model", "version", "known_at")
]


async def whole(
    c: AsyncConnection, narrative_ids: Collection[str], *, since: datetime, known_by: datetime
) -> Log:
    """All that was observed of these narratives since then, as far as it was known at `known_by`.

    Post attributes (author, stance, signature, whether it is gone) are the latest known.
    """
    parts = [
        await _samples(c, polls.c.narrative_id.in_(ids), polls.c.until >= since, polls.c.known_at <= known_by)
        for ids in dialects.chunks(narrative_ids)
    ]
    return Log.of(
        await mentions.read(c, since=since, known_by=known_by, narrative_ids=narrative_ids),
        [sample for part in parts for sample in part],
        await counts.read(c, since=since, known_by=known_by, narrative_ids=narrative_ids),
        ids=narrative_ids,
    )


async def found(c: AsyncConnection, *, since: datetime, known_by: datetime) -> Log:
    """The posts that discovery found, whoever's."""
    return Log.of(finds=await observations.discovered(c, since=since, known_by=known_by))


async def added(
    c: AsyncConnection, cycle_id: str, posts: Collection[str], narrative_ids: Iterable[str]
) -> Log:
    """What is now known of these posts, and what this turn polled and counted, of these narratives."""
    told = Log.of(
        await mentions.of_posts(c, posts),
        await _samples(c, polls.c.cycle_id == cycle_id),
        await counts.of_cycle(c, cycle_id),
        await observations.discovered_of(c, posts),
        ids=narrative_ids,
    )
    return told.only(told.ids)


async def _samples(c: AsyncConnection, *conditions: ColumnElement[bool]) -> list[Sample]:
    query = select(*_SAMPLE).where(
        *conditions,
        polls.c.narrative_id.is_not(None),
        polls.c.kind.in_(SAMPLES),
        polls.c.ok,
        polls.c.covered_from.is_not(None),
        polls.c.tool == "x_keyword_search",
        polls.c.mode == "Latest",
    )
    return [_sample(*row) for row in await c.execute(query)]


def _sample(id: str, since: datetime, until: datetime, *rest: Any) -> Sample:
    query, model, version, known_at = rest
    return Sample(id, since, until, (query, model, version), known_at)
