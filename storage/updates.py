"""Which incoming updates were taken in already: each acts once, however often it is brought."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialects
from storage.tables import updates


async def first_time(c: AsyncConnection, update_id: int, at: datetime) -> bool:
    """Remember an update; False if it was remembered before."""
    statement = dialects.insert(c, updates).values(update_id=update_id, seen_at=at).on_conflict_do_nothing()
    return (await c.execute(statement.returning(updates.c.update_id))).first() is not None


async def seen(c: AsyncConnection, update_id: int) -> bool:
    """Whether an update was remembered."""
    return (await c.execute(select(updates).where(updates.c.update_id == update_id))).first() is not None


async def prune(c: AsyncConnection, keep: int) -> int:
    """Forget all but the newest `keep`; returns how many were forgotten."""
    newest = select(updates.c.update_id).order_by(updates.c.seen_at.desc(), updates.c.update_id.desc())
    return (await c.execute(delete(updates).where(updates.c.update_id.not_in(newest.limit(keep))))).rowcount
