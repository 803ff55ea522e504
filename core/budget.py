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
AHEAD = 0.1  # of the day may be spent before its time
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
    day: int = Field(ge=0)  # what the whole rest of the day should take, whatever the hour allows
    used: int = Field(default=0, ge=0)  # of the day, by calls of the same kind
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
    fair = min(day, month, _of_the_month(month, spent, midnight))
    used = spent.users if users else spent.day
    return Room(ticks=max(0, left), day=max(0, fair), used=used, fault=fault, until=until)


def _of_the_month(left: int, spent: Spent, midnight: datetime) -> int:
    """What today may still take if the month's rest is spread over its days, a quarter ahead at most."""
    today = spent.day + spent.users
    return round(1.25 * (left + today) / ((_next_month(midnight) - midnight) / DAY)) - today


def _next_month(midnight: datetime) -> datetime:
    return (midnight.replace(day=1) + 32 * DAY).replace(day=1)


def allowance(left: Room, *, price: int, reserved: int, turn: int, turns: int) -> int:
    """How many searches of that price turn number `turn` of the day's `turns` may make, from 0 on.

    What may be spent grows evenly over the day, a little ahead at its beginning, and what a turn leaves is
    the next one's: little money means longer intervals and never a blind evening. The day begins with a look.
    All searches of a turn are made at once, so there must be room for what is `reserved` for each.
    """
    passed = min(1.0, (turn + 1) / turns)
    by_now = (left.day + left.used) * (passed + AHEAD * (1.0 - passed))
    share = max(by_now - left.used, 0 if left.used else price)
    return int(min(share // price, left.day // price, left.ticks // max(1, reserved)))


def forecast(spent: int, *, last_day: int, now: datetime, until: datetime) -> int:
    """What will have been spent at `until` if it goes on as in the last 24 h (`last_day`)."""
    return spent + round(last_day * max(0.0, (until - now) / DAY))
