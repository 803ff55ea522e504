"""Stage: so many alerts a local day, the most surprising first (the caller brings them in that order)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from core.alerts.candidate import Ground, Held
from core.alerts.quiet import stories
from core.models import Fired


def hold(chat_id: int, *, told: list[Fired], ground: Ground) -> Held | None:
    """Whether the day's alerts are used up. `told`: the chat's firings lately, this turn's among them."""
    most = ground.allows(chat_id).budget
    used = spent(told, ground.zone(chat_id), ground.now)
    return Held("budget", f"{used} of {most} alerts today are sent") if used >= most else None


def spent(told: list[Fired], zone: str, now: datetime) -> int:
    """How many alerts the chat got since its midnight."""
    return len(stories(told, midnight(zone, now)))


def midnight(zone: str, now: datetime) -> datetime:
    """When the chat's day began."""
    place = ZoneInfo(zone)
    return datetime.combine(now.astimezone(place).date(), time(), place).astimezone(UTC)
