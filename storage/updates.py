"""Which incoming updates were taken in already: each acts once, however often it is brought."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialects
from storage.tables import updates


async def remember(c: AsyncConnection, ids: Iterable[int], at: datetime) -> None:
    """Write down that updates were taken in; when one was first is kept."""
    rows = [{"update_id": id, "seen_at": at} for id in ids]
    if rows:
        await c.execute(dialects.insert(c, updates).on_conflict_do_nothing(), rows)


async def seen(c: AsyncConnection, ids: Iterable[int]) -> set[int]:
    """Those of these updates that are remembered."""
    found: set[int] = set()
    for chunk in dialects.chunks(ids):
        query = select(updates.c.update_id).where(updates.c.update_id.in_(chunk))
        found.update((await c.execute(query)).scalars())
    return found


async def prune(c: AsyncConnection, keep: int) -> int:
    """Forget all but the newest `keep`; returns how many were forgotten."""
    newest = select(updates.c.update_id).order_by(updates.c.seen_at.desc(), updates.c.update_id.desc())
    return (await c.execute(delete(updates).where(updates.c.update_id.not_in(newest.limit(keep))))).rowcount
