"""What people think of alerts: one verdict per person and alert, taken back as easily as given."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Feedback, Verdict
from storage import dialects
from storage.tables import feedback


async def toggle(c: AsyncConnection, given: Feedback) -> bool:
    """Write a verdict down, or take it back where it stood already; False when it was taken back."""
    mine = (
        (feedback.c.chat_id == given.chat_id)
        & (feedback.c.firing_id == given.firing_id)
        & (feedback.c.user_id == given.user_id)
    )
    before = (await c.execute(select(feedback.c.verdict).where(mine))).scalar_one_or_none()
    await c.execute(delete(feedback).where(mine))
    if before == given.verdict:
        return False
    await c.execute(
        dialects.insert(c, feedback).values(given.model_dump() | {"tickers": list(given.tickers)})
    )
    return True


async def of_chats(
    c: AsyncConnection, chat_ids: Collection[int], *, since: datetime
) -> dict[int, list[Feedback]]:
    """The verdicts given in these chats since then, oldest first; chats without any are left out."""
    found: dict[int, list[Feedback]] = {}
    for chunk in dialects.chunks(chat_ids):
        query = select(feedback).where(feedback.c.chat_id.in_(chunk), feedback.c.at >= since)
        ordered = query.order_by(feedback.c.at, feedback.c.firing_id, feedback.c.user_id)
        for row in (await c.execute(ordered)).mappings():
            found.setdefault(row["chat_id"], []).append(Feedback(**row))
    return found


async def chats(c: AsyncConnection, *, since: datetime) -> set[int]:
    """Chats in which a verdict was given since then."""
    query = select(feedback.c.chat_id).where(feedback.c.at >= since).distinct()
    return set((await c.execute(query)).scalars())


async def counted(
    c: AsyncConnection, chat_id: int, firing_ids: Iterable[str]
) -> dict[str, dict[Verdict, int]]:
    """How often each verdict was given on these alerts."""
    found: dict[str, dict[Verdict, int]] = {}
    for chunk in dialects.chunks(firing_ids):
        query = select(feedback.c.firing_id, feedback.c.verdict).where(
            feedback.c.chat_id == chat_id, feedback.c.firing_id.in_(chunk)
        )
        for row in await c.execute(query):
            of = found.setdefault(row.firing_id, {})
            of[Verdict(row.verdict)] = of.get(Verdict(row.verdict), 0) + 1
    return found


async def prune(c: AsyncConnection, before: datetime) -> int:
    """Forget the verdicts given before then; returns how many."""
    return (await c.execute(delete(feedback).where(feedback.c.at < before))).rowcount
