"""Stage: quiet hours, in the chat's zone, over midnight and over clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.alerts.candidate import Ground, Held
from core.models import Fired
from core.models.attention import QuietHours

URGENT = 1  # alerts of urgent rules in one night


class Night(NamedTuple):
    """One stretch of quiet hours, [start, end) in UTC."""

    start: datetime
    end: datetime


def night(hours: QuietHours | None, zone: str, now: datetime) -> Night | None:
    """The quiet hours that are running at `now`, if any.

    They begin and end at instants: an hour that the clocks repeat is quiet once more, and one they skip is
    not waited for.
    """
    if hours is None:
        return None
    place = ZoneInfo(zone)
    start, end = hours.times
    today = now.astimezone(place).date()
    for day in (today, today - timedelta(days=1)):
        last = day if start < end else day + timedelta(days=1)
        found = Night(
            datetime.combine(day, start, place).astimezone(UTC),
            datetime.combine(last, end, place).astimezone(UTC),
        )
        if found.start <= now < found.end:
            return found
    return None


def hold(chat_id: int, *, urgent: bool, told: list[Fired], ground: Ground) -> Held | None:
    """Whether a story waits for the morning. `told`: the chat's firings lately, this turn's among them."""
    running = night(ground.allows(chat_id).quiet, ground.zone(chat_id), ground.now)
    if running is None:
        return None
    if urgent and len(stories(told, running.start)) < URGENT:
        return None
    end = running.end.astimezone(ZoneInfo(ground.zone(chat_id)))
    return Held("quiet hours", f"until {end:%H:%M} {ground.zone(chat_id)}", running.end)


def stories(told: list[Fired], since: datetime) -> set[tuple[str, str]]:
    """What a chat was told since then: a narrative once per turn, however many of its rules fired."""
    return {(firing.cycle_id, firing.narrative_id) for firing in told if firing.at >= since}
