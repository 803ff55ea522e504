"""What the sender reads and writes: firings become deliveries, claims are taken, ends are written down."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import stamina
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import AppClock, real_now
from bot.expanding import planned
from bot.failures import LONGEST, Failure
from bot.settings import Settings
from bot.together import Together
from core.alerts import stale
from core.alerts.params import AlertParams
from core.models import Delivery, DeliveryState
from storage import alerts, chats, deliveries, narratives
from storage.database import Database
from storage.deliveries import Arrived, Planned

log = structlog.get_logger()
LEASE = timedelta(seconds=120)
WAIT = timedelta(seconds=LONGEST)  # how long a message waits for its next try at most
BATCH = 900  # firings expanded in one transaction, so that each of its lists is one statement
RECORD_TRIES = 5  # how often what became of a message is written down before it is left to the next start
RECORD_PAUSE = 5.0  # the longest pause between two of them, in seconds


class Outbox:
    """One sender's deliveries; every method is a transaction of its own or part of a shared one."""

    def __init__(self, settings: Settings, database: Database, clock: AppClock) -> None:
        self._db = database
        self._clock = clock
        self._owner = uuid4().hex
        self._params = AlertParams(stale=timedelta(hours=settings.alerts.stale_after_hours))
        self._looked: datetime | None = None  # app time when `follow_clock` last looked
        self._first: int | None = None  # where the circle of chats begins
        self._begin = Together(self._begin_all)
        self._arrived = Together(self._arrived_all)

    async def recover(self) -> None:
        """Settle what senders that are gone left behind. The caller is the only one."""
        async with self._db.durable() as c:
            found = await deliveries.recover(c, owner=self._owner, real_now=real_now())
        if found.resent or found.unknown:
            log.warning("messages were cut off by a crash", again=found.resent, unknown=found.unknown)

    async def follow_clock(self) -> None:
        """Where the clock was set back, or may have been before the start, no message waits for its time."""
        now = self._clock.now()
        if self._looked is not None and now >= self._looked:
            self._looked = now
            return
        async with self._db.durable() as c:
            found = await deliveries.set_back(c, now=now, real_now=real_now(), lease=LEASE, wait=WAIT)
        if found:
            log.warning("messages waited for a clock that was ahead", messages=found)
        self._looked = now

    async def release(self) -> None:
        """Give back what was claimed and not begun; where that fails, whoever sends next takes it over."""
        await self._begin.settled()
        await self._arrived.settled()
        try:
            async with self._db.durable() as c:
                await deliveries.release(c, self._owner)
        except SQLAlchemyError:
            log.exception("claims not given back")

    async def due(self) -> bool:
        """Whether any message waits for its way out."""
        async with self._db.reading() as c:
            return await deliveries.pending_due(c, self._clock.now()) > 0

    async def expand(self) -> int:
        """One batch of firings → deliveries; marking the firings is the resumable cursor. How many?"""
        async with self._db.reading() as c:
            if not await alerts.any_unexpanded(c):
                return 0
            first = await self._begins(c)
        async with self._db.durable() as c:
            found = await alerts.unexpanded(c, BATCH, first=first)
            # Marked before they are planned: what a chat silences at this very moment is not taken.
            waited = await alerts.mark_expanded(c, [firing.id for firing in found])
            batch = [firing for firing in found if firing.id in waited]
            threads = await chats.threads(c, {firing.chat_id for firing in batch})
            messages = planned(batch, threads, stale=self._params.stale, now=self._clock.now())
            await deliveries.plan(c, await _threaded(c, messages))
        if len(found) < BATCH:
            self._first = None
        return len(found)

    async def _begins(self, c: AsyncConnection) -> int:
        """The chat that hears first: any, drawn anew for every run of batches."""
        if self._first is None:
            drawn = await chats.drawn(c, random.random())
            self._first = alerts.FIRST_CHAT if drawn is None else drawn
        return self._first

    async def claim(self, most: int) -> list[Delivery]:
        """Take up to `most` messages that may leave; what has grown too old ends here."""
        if most <= 0:
            return []
        async with self._db.durable() as c:
            now = self._clock.now()
            late = await alerts.carried(c, await deliveries.expire(c, now))
            instead = [stale.expired(firing, now, self._params) for firing in late]
            await alerts.append_decisions(c, filter(None, instead))
            return await deliveries.claim(
                c, owner=self._owner, now=now, real_now=real_now(), lease=LEASE, limit=most
            )

    async def put_off(self, delivery: Delivery, seconds: float) -> None:
        """Its chat has to wait longer than a claim should be held."""
        until = real_now() + timedelta(seconds=seconds)
        async with self._db.durable() as c:
            await deliveries.put_off(c, delivery.id, self._owner, until=until)

    async def begin(self, delivery: Delivery) -> bool:
        """Mark it `sending`, committed before it leaves. False: the claim was lost; do not send."""
        return await self._begin(delivery.id)

    async def _begin_all(self, ids: Sequence[int]) -> list[bool]:
        async with self._db.durable() as c:
            begun = await deliveries.begin(c, ids, self._owner)
        return [id in begun for id in ids]

    async def arrived(self, delivery: Delivery, message_id: int) -> None:
        """It is in its chat."""
        await self._arrived(Arrived(delivery.id, message_id, self._clock.now()))

    async def _arrived_all(self, arrived: Sequence[Arrived]) -> Sequence[None]:
        await self._written(partial(deliveries.sent, arrived=arrived))
        return [None] * len(arrived)

    async def failed(self, delivery: Delivery, failure: Failure) -> None:
        """What a failed send means for the message and its chat."""
        await self._written(partial(_failed, delivery=delivery, failure=failure))

    async def _written(self, write: Callable[[AsyncConnection], Awaitable[object]]) -> None:
        """Write down what became of a message, even if the database is away for a moment.

        A message whose end was not written down goes out again at the next start.
        """
        tries = stamina.retry_context(
            on=Exception, attempts=RECORD_TRIES, timeout=None, wait_initial=0.1, wait_max=RECORD_PAUSE
        )
        async for attempt in tries:
            with attempt:
                async with self._db.durable() as c:
                    await write(c)


async def _threaded(c: AsyncConnection, messages: Sequence[Planned]) -> list[Planned]:
    """A story told again answers the message it was told in before, under whatever name of its family."""
    again: dict[str, list[int]] = {}
    for message in messages:
        if story := _told_again(message):
            again.setdefault(story, []).append(message.chat_id)
    before = {
        story: await deliveries.messages_about(c, chat_ids, await _family(c, story))
        for story, chat_ids in again.items()
    }
    return [_answering(message, before.get(_told_again(message) or "", {})) for message in messages]


async def _family(c: AsyncConnection, narrative_id: str) -> list[str]:
    told = await narratives.get(c, narrative_id)
    return await narratives.family(c, told.id) if told else []


def _told_again(message: Planned) -> str | None:
    """The story of a message that tells it a second time."""
    return message.payload.get("narrative_id") if message.payload.get("reason") == "escalated" else None


def _answering(message: Planned, before: dict[int, int]) -> Planned:
    if message.chat_id not in before:
        return message
    return message._replace(payload=message.payload | {"reply_to": before[message.chat_id]})


async def _failed(c: AsyncConnection, delivery: Delivery, failure: Failure) -> None:
    if failure.moved_to is not None:
        await chats.migrate(c, delivery.chat_id, failure.moved_to)
    if failure.drop_thread:
        await deliveries.without_thread(c, delivery.id)
        await chats.change(c, delivery.chat_id, thread_id=None)
    if failure.pause_chat:
        await chats.pause(c, delivery.chat_id, failure.reason)
    if failure.then == "again":
        retry_at = real_now() + timedelta(seconds=failure.wait)
        await deliveries.postpone(c, delivery.id, retry_at=retry_at, reason=failure.reason)
    else:
        await deliveries.finish(c, delivery.id, DeliveryState(failure.then), failure.reason)
