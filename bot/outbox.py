"""What the sender reads and writes: firings become deliveries, claims are taken, ends are written down."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import AppClock, real_now
from bot.expanding import planned, threaded
from bot.failures import LONGEST, Failure
from bot.settings import Settings
from bot.together import Together
from core.alerts import stale
from core.alerts.params import AlertParams
from core.models import Delivery, DeliveryState
from storage import alerts, chats, deliveries
from storage.ailments import away
from storage.database import Database
from storage.deliveries import Arrived

log = structlog.get_logger()
LEASE = timedelta(seconds=120)
WAIT = timedelta(seconds=LONGEST)  # how long a message waits for its next try at most
BATCH = 900  # firings expanded in one transaction, so that each of its lists is one statement
RECORD_PAUSE = 1.0  # the longest pause, in seconds, between two tries to write down what became of a message
LAST = 0.5  # seconds a transaction under way may take when everything ends
AGAIN = timedelta(seconds=1)  # after which a message is tried again that a failing database kept from leaving

Write = Callable[[AsyncConnection], Awaitable[object]]


class Outbox:
    """One sender's deliveries; every method is a transaction of its own or part of a shared one."""

    def __init__(self, settings: Settings, database: Database, clock: AppClock) -> None:
        self._db = database
        self._clock = clock
        self._owner = uuid4().hex
        self._params = AlertParams(stale=timedelta(hours=settings.alerts.stale_after_hours))
        self._looked: datetime | None = None  # app time when `follow_clock` last looked
        self._first: int | None = None  # where the circle of chats begins
        self._unsent: set[int] = set()  # claimed, did not leave, and the database may not know yet
        self._unsure = False  # a claim broke off: messages may be ours that nobody here knows of
        self._begin = Together(self._begin_all)
        self._arrived = Together(self._arrived_all)

    async def recover(self) -> None:
        """Settle what senders that are gone left behind. The caller is the only one, with nothing in hand.

        From now on it goes by another name: what it could not write down before is left behind too.
        """
        owner = uuid4().hex
        async with self._db.durable() as c:
            await self._give_back(c, out=(), unsent=self._unsent)
            found = await deliveries.recover(c, owner=owner, real_now=real_now())
        self._owner, self._unsent, self._unsure = owner, set(), False
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
        await self._begin.settled(LAST)
        await self._arrived.settled(LAST)
        try:
            async with self._db.durable() as c:
                await deliveries.release(c, self._owner)
        except SQLAlchemyError:
            log.exception("claims not given back")

    async def due(self) -> bool:
        """Whether any message waits for its way out."""
        if self._unsent or self._unsure:
            return True
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
            await deliveries.plan(c, await threaded(c, messages))
        if len(found) < BATCH:
            self._first = None
        return len(found)

    async def _begins(self, c: AsyncConnection) -> int:
        """The chat that hears first: any, drawn anew for every run of batches."""
        if self._first is None:
            drawn = await chats.drawn(c, random.random())
            self._first = alerts.FIRST_CHAT if drawn is None else drawn
        return self._first

    async def claim(self, most: int, out: Collection[int]) -> list[Delivery]:
        """Take up to `most` messages that may leave; what has grown too old ends here.

        `out` are those in hand. What is ours besides is given back: something broke off before it left.
        """
        if most <= 0:
            return []
        unsent, self._unsent, unsure = self._unsent, set(), self._unsure
        try:
            async with self._db.durable() as c:
                if unsent or unsure:
                    await self._give_back(c, out=set(out), unsent=unsent)
                claimed = await self._claim(c, most)
        except BaseException:  # committed or not: who is cut off here cannot know
            self._unsent |= unsent
            self._unsure = True
            raise
        self._unsure = False
        return claimed

    async def _claim(self, c: AsyncConnection, most: int) -> list[Delivery]:
        now = self._clock.now()
        late = await alerts.carried(c, await deliveries.expire(c, now))
        instead = [stale.expired(firing, now, self._params) for firing in late]
        await alerts.append_decisions(c, filter(None, instead))
        return await deliveries.claim(
            c, owner=self._owner, now=now, real_now=real_now(), lease=LEASE, limit=most
        )

    def not_sent(self, delivery: Delivery) -> None:
        """It was claimed, and something broke before it left: the next claim gives it back."""
        self._unsent.add(delivery.id)

    async def _give_back(self, c: AsyncConnection, *, out: Collection[int], unsent: Collection[int]) -> None:
        at = real_now() + AGAIN
        await deliveries.give_back(c, self._owner, out=out, unsent=unsent, retry_at=at)

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
        unknown = partial(_parked, ids=[each.delivery_id for each in arrived], state=DeliveryState.UNKNOWN)
        await self._written(partial(deliveries.sent, arrived=arrived), otherwise=unknown)
        return [None] * len(arrived)

    async def failed(self, delivery: Delivery, failure: Failure) -> None:
        """What a failed send means for the message and its chat."""
        state = DeliveryState.UNKNOWN if failure.then == "unknown" else DeliveryState.DEAD
        await self._written(
            partial(_failed, delivery=delivery, failure=failure),
            otherwise=partial(_parked, ids=[delivery.id], state=state),
        )

    async def _written(self, write: Write, *, otherwise: Write) -> None:
        """Write down what became of messages, however long the database is away.

        `otherwise` is written where it is no trouble of the database that keeps `write` from being done.
        """
        try:
            await self._insisting(write)
        except Exception:
            log.exception("what became of a message cannot be written down: it is parked")
            await self._insisting(otherwise)

    async def _insisting(self, write: Write) -> None:
        pause = 0.1
        while True:
            try:
                async with self._db.durable() as c:
                    await write(c)
                return
            except Exception as error:
                if not away(error):
                    raise
                log.warning("what became of a message is not written down yet", exc_info=error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, RECORD_PAUSE)


async def _parked(c: AsyncConnection, ids: Sequence[int], state: DeliveryState) -> None:
    for id in ids:
        await deliveries.finish(c, id, state, "what became of it could not be written down")


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
