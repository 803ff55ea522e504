"""Volumes: posts found of each narrative by day, as a bot that knows nothing of coverage counts them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, case, cast, func, literal, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from core.alerts.shadows import DAYS, Volume
from storage import dialects
from storage.columns import EPOCH
from storage.tables import mentions

_MICROSECOND = timedelta(microseconds=1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


async def read(c: AsyncConnection, narrative_ids: Iterable[str], *, now: datetime) -> dict[str, Volume]:
    """Posts of the last hour, and of each of the last 14 times 24 h before `now`, the newest first."""
    ids = list(narrative_ids)
    at = literal((now - EPOCH) // _MICROSECOND, BigInteger)
    # A post of this very microsecond is of the first day, one of exactly a day ago of the second.
    day = (at - type_coerce(mentions.c.created_at, BigInteger)) // literal(_DAY // _MICROSECOND, BigInteger)
    fresh = cast(func.sum(case((mentions.c.created_at > now - _HOUR, 1), else_=0)), BigInteger)
    found = {id: ([0] * DAYS, [0]) for id in ids}
    for chunk in dialects.chunks(ids):
        query = (
            select(mentions.c.narrative_id, day.label("day"), func.count(), fresh)
            .where(
                mentions.c.narrative_id.in_(chunk),
                mentions.c.created_at > now - DAYS * _DAY,
                mentions.c.created_at <= now,
            )
            .group_by(mentions.c.narrative_id, "day")
        )
        for id, back, posts, lately in await c.execute(query):
            found[id][0][int(back)] += posts
            found[id][1][0] += int(lately)
    return {id: Volume(hour[0], tuple(days)) for id, (days, hour) in found.items()}
