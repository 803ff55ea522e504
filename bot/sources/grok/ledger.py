"""Money before and after a call: reserved within the day's cap, settled by the bill, or given back."""

from __future__ import annotations

from datetime import UTC, timedelta
from uuid import uuid4

from bot.clock import AppClock
from bot.sources.grok import prices
from core.errors import CapReached
from core.models import Question, SpendEntry
from storage import spend
from storage.database import Database


class Ledger:
    """The spend ledger under one cap in dollars per UTC day of the app clock.

    What is reserved and neither settled nor given back stays spent: a lost call may have been billed.
    """

    def __init__(self, database: Database, clock: AppClock, *, daily_usd: float) -> None:
        self._db = database
        self._clock = clock
        self._cap = round(daily_usd * prices.TICKS)

    async def reserve(self, question: Question, ticks: int) -> SpendEntry:
        """Set `ticks` aside for one attempt. Raises CapReached until midnight if the day has no room."""
        now = self._clock.now().astimezone(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        entry = SpendEntry(
            id=uuid4().hex,
            at=now,
            purpose=question.kind.value,
            narrative_id=question.narrative_id,
            reserved_ticks=ticks,
        )
        async with self._db.durable() as c:
            if await spend.reserve_within(c, entry, since=midnight, cap_ticks=self._cap):
                return entry
        raise CapReached(
            f"Today's cap of ${self._cap / prices.TICKS:.2f} is reached; no calls until midnight UTC.",
            until=midnight + timedelta(days=1),
        )

    async def exceed(self, entry: SpendEntry, *, ticks: int) -> None:
        """A call without a bill has used so much for certain: gone is gone, whatever the cap says."""
        async with self._db.durable() as c:
            await spend.raise_reservation(c, entry.id, ticks=ticks)

    async def settle(self, entry: SpendEntry, *, ticks: int, response_id: str) -> None:
        """The bill has come."""
        async with self._db.durable() as c:
            await spend.settle(c, entry.id, ticks=ticks, response_id=response_id or None)

    async def release(self, entry: SpendEntry) -> None:
        """The call certainly cost nothing."""
        async with self._db.durable() as c:
            await spend.release(c, entry.id)
