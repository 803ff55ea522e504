"""Engagement: what was told of posts' likes, reposts, replies and views, each time it was told.

An append-only log beside the posts, which keep the highest counts only: how fast a post is taken up shows in
two looks at it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Engagement
from storage import dialects
from storage.tables import engagement as rows

_COLUMNS = [rows.c[name] for name in Engagement._fields]


async def append(c: AsyncConnection, batch: Iterable[Engagement]) -> None:
    """Write down what a turn told; the same post at the same moment is one row, the first."""
    told = [each._asdict() for each in sorted(batch, key=lambda each: (each.post_id, each.known_at))]
    if told:
        await c.execute(dialects.insert(c, rows).on_conflict_do_nothing(), told)


async def read(c: AsyncConnection, *, since: datetime, known_by: datetime) -> list[Engagement]:
    """What was told after `since`, as far as it was known at `known_by`, oldest first."""
    query = (
        select(*_COLUMNS)
        .where(rows.c.known_at > since, rows.c.known_at <= known_by)
        .order_by(rows.c.known_at, rows.c.post_id)
    )
    return [Engagement(*row) for row in await c.execute(query)]


async def prune(c: AsyncConnection, before: datetime) -> int:
    """Forget what was told before then; returns how many rows."""
    return (await c.execute(delete(rows).where(rows.c.known_at < before))).rowcount
