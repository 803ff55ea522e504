"""On Mondays a chat reads in a line what it thought of its alerts, and what that moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from core.alerts.feedback import WEEK, week
from core.models import Chat, FeedbackWeek
from storage import feedback, narratives

MONDAY = 0


async def summary(c: AsyncConnection, chat: Chat, now: datetime) -> dict[str, Any]:
    """`feedback` and `titles` of a digest or note; empty on other days, and where nobody said anything."""
    if now.astimezone(ZoneInfo(chat.zone)).weekday() != MONDAY:
        return {}
    given = await feedback.of_chats(c, [chat.id], since=now - WEEK)
    told = week(given.get(chat.id, ()), now)
    return {"feedback": told, "titles": await _titles(c, told)} if told else {}


async def _titles(c: AsyncConnection, told: FeedbackWeek) -> dict[str, str]:
    named = [id for kind, id in (*told.sooner, *told.later) if kind == "story"]
    return {id: found.title for id in named if (found := await narratives.get(c, id))}
