"""Money: what may still be spent, and how a day's money is spread over its turns. All amounts are ticks.

Three caps hold for the calendar hour, day and month (UTC). The hour's envelope keeps a loud hour from using
up the day; it binds INTERN's own calls, not the few that people cause. Of the day a share is kept for people,
and a share for hours in which the whole market is loud: only then hour and day are wider by it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field

from core.models import Fact

USERS = frozenset({"words"})  # purposes of calls that people cause
AHEAD = 1.25  # a turn may use a quarter more than its even share: what other turns leave over pays for it
DAY = timedelta(days=1)
TICKS = 10**10  # to the dollar


class Caps(Fact):
    """What may be spent at most; the shares are parts of the day's cap."""

    hour: int = Field(ge=0)
    day: int = Field(ge=0)
    month: int = Field(ge=0)
    users_share: float = Field(default=0.0, ge=0.0, lt=1.0)
    shock_share: float = Field(default=0.0, ge=0.0, lt=1.0)


class Spent(Fact):
    """Settled, or reserved and not settled, by people's calls (`users`) and by INTERN's own."""

    hour: int = 0  # INTERN's own
    day: int = 0  # INTERN's own
    users: int = 0  # of the day
    month: int = 0  # all


class Room(Fact):
    """How much the next call may cost, and what stops a dearer one until when."""

    ticks: int = Field(ge=0)
    day: int = Field(ge=0)  # what is left for the whole rest of the day, whatever the hour allows
    fault: str
    until: datetime


def room(caps: Caps, spent: Spent, *, users: bool, shock: bool, now: datetime) -> Room:
    """What is left at `now` for people's calls or for INTERN's own; nothing is ever above a cap."""
    at = now.astimezone(UTC)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    reserve = int(caps.shock_share * caps.day)
    month = caps.month - spent.month
    day = caps.day - spent.day - spent.users
    if not users:
        kept = int(caps.users_share * caps.day)
        day = caps.day - spent.day - max(kept, spent.users) - (0 if shock else reserve)
    limits = [
        (month, "monthly cap reached", _next_month(midnight)),
        (day, "daily cap reached", midnight + DAY),
    ]
    if not users:
        hour = caps.hour + (reserve if shock else 0) - spent.hour
        limits.append((hour, "hourly cap reached", at.replace(minute=0, second=0, microsecond=0) + DAY / 24))
    left, fault, until = min(limits, key=lambda limit: limit[0])
    return Room(ticks=max(0, left), day=max(0, min(day, month)), fault=fault, until=until)


def _next_month(midnight: datetime) -> datetime:
    return (midnight.replace(day=1) + 32 * DAY).replace(day=1)


def allowance(left: Room, *, price: int, turns_left: int) -> int:
    """How many searches of that price this turn may make if the day is to last for `turns_left` turns.

    The day's rest is spread evenly, so little money means longer intervals and never a blind evening.
    """
    share = AHEAD * left.day / max(1, turns_left)
    return int(min(share if turns_left > 1 else left.day, left.ticks) // price)


def forecast(spent: int, *, last_day: int, now: datetime, until: datetime) -> int:
    """What will have been spent at `until` if it goes on as in the last 24 h (`last_day`)."""
    return spent + round(last_day * max(0.0, (until - now) / DAY))
