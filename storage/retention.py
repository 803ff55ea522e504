"""What is forgotten after its time: texts first, then the ids, times and messages of long ago.

Chats, narratives, spending, the track record and everything that is still on its way stay.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import DeliveryState
from storage import attention, counts, due_polls, engagement, feedback, schedule, wordings
from storage import posts as post_rows
from storage import scores as score_rows
from storage.tables import counts as count_rows
from storage.tables import (
    cycles,
    decisions,
    deliveries,
    delivery_firings,
    firings,
    mentions,
    polls,
    posts,
    sightings,
)

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)


async def forget(
    c: AsyncConnection, *, texts_before: datetime, rows_before: datetime, real_before: datetime | None = None
) -> dict[str, int]:
    """Drop excerpts learnt before the first moment, and rows older than the second; how many of what.

    Job slots, and the questions of turns that were abandoned, keep real time: those left before `real_before`
    go too. Keep a slot at least as long as it can fall due again (a digest: one day and its catch-up, at most
    two days together).
    """
    return {
        "excerpts": await post_rows.prune_text(c, texts_before),
        "scores": await score_rows.prune(c, rows_before),
        "observations": await _observations(c, rows_before),
        "messages": await _messages(c, rows_before),
        "engagement": await engagement.prune(c, texts_before),
        "words": await wordings.prune(c, texts_before),
        "jobs": await schedule.prune(c, real_before) if real_before else 0,
        "due polls": await due_polls.prune(c, real_before) if real_before else 0,
    }


async def _observations(c: AsyncConnection, before: datetime) -> int:
    """The log of polls, what they saw, and the posts themselves."""
    old_polls = select(polls.c.id).where(polls.c.until < before)
    await c.execute(delete(sightings).where(sightings.c.poll_id.in_(old_polls)))
    gone = (await c.execute(delete(polls).where(polls.c.until < before))).rowcount
    gone += await counts.prune(c, before)
    named = union(select(polls.c.cycle_id), select(count_rows.c.cycle_id))
    await c.execute(delete(cycles).where(cycles.c.started_at < before, cycles.c.id.not_in(named)))
    gone += (await c.execute(delete(mentions).where(mentions.c.created_at < before))).rowcount
    return gone + (await c.execute(delete(posts).where(posts.c.created_at < before))).rowcount


async def _messages(c: AsyncConnection, before: datetime) -> int:
    """Messages that have ended, firings, decisions and verdicts behind them, and snoozes long over."""
    ended = select(deliveries.c.id).where(deliveries.c.due_at < before, deliveries.c.state.not_in(_OPEN))
    await c.execute(delete(delivery_firings).where(delivery_firings.c.delivery_id.in_(ended)))
    gone = (await c.execute(delete(deliveries).where(deliveries.c.id.in_(ended)))).rowcount
    linked = select(delivery_firings.c.firing_id)
    old = delete(firings).where(firings.c.at < before, firings.c.expanded, firings.c.id.not_in(linked))
    gone += (await c.execute(old)).rowcount
    gone += await attention.prune(c, before) + await feedback.prune(c, before)
    return gone + (await c.execute(delete(decisions).where(decisions.c.at < before))).rowcount
