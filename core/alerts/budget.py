"""Stage: so many alerts a local day, the most surprising first (the caller brings them in that order).

Half of them are kept for what the chat has not heard of: a story that goes on growing does not use up the
day.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from core.alerts.candidate import Ground, Held
from core.alerts.quiet import stories
from core.models import Fired


def hold(chat_id: int, *, again: bool = False, told: list[Fired], ground: Ground) -> Held | None:
    """Whether the day's alerts are used up. `told`: the chat's firings lately, this turn's among them;
    `again`: they told this story too."""
    most = ground.allows(chat_id).budget
    today = stories(told, midnight(ground.zone(chat_id), ground.now))
    if len(today) >= most:
        return Held("budget", f"{len(today)} of {most} alerts today are sent")
    repeats = len(today) - len({ground.followed(narrative_id) for _, narrative_id in today})
    if again and repeats >= max(1, most // 2):
        return Held("repeats", f"{repeats} of {most} alerts today told a story again")
    return None


def spent(told: list[Fired], zone: str, now: datetime) -> int:
    """How many alerts the chat got since its midnight."""
    return len(stories(told, midnight(zone, now)))


def midnight(zone: str, now: datetime) -> datetime:
    """When the chat's day began."""
    place = ZoneInfo(zone)
    return datetime.combine(now.astimezone(place).date(), time(), place).astimezone(UTC)
