"""Money before and after a call: reserved within the caps, settled by the bill, or given back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

from bot.clock import AppClock
from bot.settings import Settings
from core import budget
from core.budget import TICKS, Caps, Room
from core.errors import CapReached
from core.models import SpendEntry
from storage import spend
from storage.database import Database


class Purse(Protocol):
    """What a turn of the wheel has to do with money: how much there is, and when there may be more."""

    async def room(self, *, users: bool = False) -> Room: ...

    def shock(self, until: datetime) -> None: ...


class Ledger:
    """The spend ledger under caps per hour, day and month of the app clock.

    What is reserved and neither settled nor given back stays spent: a lost call may have been billed.
    """

    def __init__(self, database: Database, clock: AppClock, caps: Caps) -> None:
        self._db = database
        self._clock = clock
        self._caps = caps
        self._shock_until: datetime | None = None

    @property
    def caps(self) -> Caps:
        return self._caps

    def shock(self, until: datetime) -> None:
        """The whole market is loud: the reserve for such hours is open until then (app time)."""
        self._shock_until = until

    async def room(self, *, users: bool = False) -> Room:
        """What the next call of INTERN's own (or one people cause) may cost at most."""
        now = self._clock.now().astimezone(UTC)
        async with self._db.reading() as c:
            return self._room(await spend.usage(c, now), now, users=users)

    async def reserve(self, purpose: str, ticks: int, *, narrative_id: str | None = None) -> SpendEntry:
        """Set `ticks` aside for one attempt. Raises CapReached, saying until when, if there is no room."""
        now = self._clock.now().astimezone(UTC)
        entry = SpendEntry(
            id=uuid4().hex, at=now, purpose=purpose, narrative_id=narrative_id, reserved_ticks=ticks
        )
        async with self._db.durable() as c:
            await spend.exclusively(c)
            room = self._room(await spend.usage(c, now), now, users=purpose in budget.USERS)
            if ticks <= room.ticks:
                await spend.reserve(c, entry)
                return entry
        left = f"${room.ticks / TICKS:.2f} is left until {room.until:%d %b %H:%M} UTC"
        raise CapReached(
            f"{room.fault.capitalize()}: {left}, the call may cost ${ticks / TICKS:.2f}.",
            fault=room.fault,
            until=room.until,
        )

    async def exceed(self, entry: SpendEntry, *, ticks: int) -> None:
        """A call without a bill has used so much for certain: gone is gone, whatever the caps say."""
        async with self._db.durable() as c:
            await spend.raise_reservation(c, entry.id, ticks=ticks)

    async def settle(self, entry: SpendEntry, *, ticks: int, response_id: str = "") -> None:
        """The bill has come."""
        async with self._db.durable() as c:
            await spend.settle(c, entry.id, ticks=ticks, response_id=response_id or None)

    async def release(self, entry: SpendEntry) -> None:
        """The call certainly cost nothing."""
        async with self._db.durable() as c:
            await spend.release(c, entry.id)

    def _room(self, spent: budget.Spent, now: datetime, *, users: bool) -> Room:
        shock = self._shock_until is not None and now < self._shock_until
        return budget.room(self._caps, spent, users=users, shock=shock, now=now)


def caps(settings: Settings) -> Caps:
    """The caps the settings name, in ticks."""
    knobs = settings.grok
    return Caps(
        hour=round(knobs.hourly_usd * TICKS),
        day=round(knobs.daily_usd * TICKS),
        month=round(knobs.monthly_usd * TICKS),
        users_share=knobs.users_share,
        shock_share=knobs.shock_share,
    )
