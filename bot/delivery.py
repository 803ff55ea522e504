"""Pushes out: the only place that sends what nobody asked for this second.

Firings become deliveries, a delivery is claimed, marked `sending` *before* the HTTP call and recorded after
it. Whatever goes wrong ends in a state with a reason: sent, dead, unknown, expired or another try.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import stamina
import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineKeyboardMarkup, ReplyParameters
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import AppClock, real_now
from bot.expanding import planned
from bot.failures import Failure, diagnose
from bot.pacing import Pacer
from bot.settings import Settings
from bot.telegram import pushing
from bot.views.markup import unmarked
from core.alerts import stale
from core.alerts.params import AlertParams
from core.models import EDITS, Delivery, DeliveryState
from storage import alerts, chats, deliveries, narratives
from storage.database import Database

log = structlog.get_logger()
LEASE = timedelta(seconds=120)
BATCH = 1000  # firings expanded in one transaction
IDLE = 1.0  # seconds between looks when nobody rings
RECORD_TRIES = 5  # how often what became of a message is written down before it is left to the next start
RECORD_PAUSE = 5.0  # the longest pause between two of them, in seconds

Render = Callable[[Delivery], Awaitable[tuple[str, InlineKeyboardMarkup | None]]]


class Sender:
    """The delivery loop: woken by an event, drains what is due, keeps up to `concurrency` sends in flight."""

    def __init__(
        self, *, settings: Settings, database: Database, bot: Bot, clock: AppClock, render: Render
    ) -> None:
        knobs = settings.telegram
        self._db = database
        self._bot = bot
        self._clock = clock
        self._render = render
        self._owner = uuid4().hex
        self._pacer = Pacer(
            per_second=knobs.per_second,
            per_chat_seconds=knobs.per_chat_seconds,
            per_group_minute=knobs.per_group_minute,
        )
        self._concurrency = knobs.concurrency
        self._max_attempts = knobs.max_attempts
        self._params = AlertParams(stale=timedelta(hours=settings.alerts.stale_after_hours))
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; messages already on their way are finished and recorded.

        Cancelled, it cuts them off: they stay `sending`, and the next start decides about them.
        """
        await self._recover()
        try:
            while not stop.is_set():
                self._wake.clear()
                try:
                    await self._work(stop)
                except Exception:
                    log.exception("delivery stumbled")
                await _first(self._wake.wait(), stop.wait(), within=IDLE)
        finally:
            async with self._db.durable() as c:
                await deliveries.release(c, self._owner)

    async def _work(self, stop: asyncio.Event) -> None:
        if await self._expand() == 0 and not await self._due():
            return
        with self._clock.hold():
            await self._drain(stop)
            # A replay waits here for messages put off by a retry, so that none of them grows too old.
            while self._clock.replay and await self._due() and not stop.is_set():
                await _first(stop.wait(), within=0.2)
                await self._drain(stop)

    async def _due(self) -> bool:
        async with self._db.reading() as c:
            return await deliveries.pending_due(c, self._clock.now()) > 0

    async def _recover(self) -> None:
        async with self._db.durable() as c:
            found = await deliveries.recover(c, owner=self._owner, real_now=real_now())
        if found.resent or found.unknown:
            log.warning("messages were cut off by a crash", again=found.resent, unknown=found.unknown)

    async def _expand(self) -> int:
        """Firings → deliveries, a batch at a time; marking them is the resumable cursor."""
        total = 0
        while True:
            async with self._db.durable() as c:
                batch = await alerts.unexpanded(c, BATCH)
                if not batch:
                    return total
                threads = {chat.id: chat.thread_id for chat in await chats.reachable(c)}
                messages = planned(batch, threads, stale=self._params.stale)
                await deliveries.plan(c, [await _threaded(c, message) for message in messages])
                await alerts.mark_expanded(c, [f.id for f in batch])
            total += len(batch)

    async def _drain(self, stop: asyncio.Event) -> None:
        """Claim and send until nothing claimable is left."""
        flying: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                claimed = await self._claim(self._concurrency - len(flying))
                flying |= {asyncio.create_task(self._send(delivery, stop)) for delivery in claimed}
                if not flying:
                    return
                landed, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                _told(task.exception() for task in landed)
        except asyncio.CancelledError:
            for task in flying:
                task.cancel()
            raise
        finally:  # a cancellation that comes only now is passed on by `gather`
            _told(await asyncio.gather(*flying, return_exceptions=True))

    async def _claim(self, free: int) -> list[Delivery]:
        if free <= 0:
            return []
        async with self._db.durable() as c:
            now = self._clock.now()
            late = await alerts.carried(c, await deliveries.expire(c, now))
            instead = [stale.expired(firing, now, self._params) for firing in late]
            await alerts.append_decisions(c, filter(None, instead))
            return await deliveries.claim(
                c, owner=self._owner, now=now, real_now=real_now(), lease=LEASE, limit=free
            )

    async def _send(self, delivery: Delivery, stop: asyncio.Event) -> None:
        pushing.set(True)
        await _first(self._pacer.turn(delivery.chat_id), stop.wait())
        if stop.is_set():
            return  # not begun: `run` gives the claim back
        async with self._db.durable() as c:
            if not await deliveries.begin(c, delivery.id, self._owner):
                return
        try:
            message_id = await self._deliver(delivery)
        except Exception as error:
            await self._record(delivery, diagnose(error, delivery, self._max_attempts), error)
            return
        at = self._clock.now()
        await self._written(partial(deliveries.sent, delivery_id=delivery.id, message_id=message_id, at=at))
        log.info("sent", chat=delivery.chat_id, kind=delivery.kind.value, cause=delivery.cause)

    async def _deliver(self, delivery: Delivery) -> int:
        """Send the message, or change the one it is about; returns its id."""
        text, keyboard = await self._render(delivery)
        put = self._edit if delivery.kind in EDITS else self._send_new
        try:
            return await put(delivery, text=text, reply_markup=keyboard)
        except TelegramBadRequest as error:
            if "can't parse entities" not in str(error):
                raise
            log.error("entities refused, sent as plain text", chat=delivery.chat_id, why=str(error))
            return await put(delivery, text=unmarked(text), reply_markup=keyboard, parse_mode=None)

    async def _send_new(self, delivery: Delivery, **content: Any) -> int:
        message = await self._bot.send_message(
            delivery.chat_id,
            message_thread_id=delivery.thread_id,
            disable_notification=delivery.silent or None,
            reply_parameters=_answered(delivery),
            **content,
        )
        return message.message_id

    async def _edit(self, delivery: Delivery, **content: Any) -> int:
        """A message that reads like that already is as good as edited."""
        message_id: int = delivery.payload["message_id"]
        try:
            await self._bot.edit_message_text(chat_id=delivery.chat_id, message_id=message_id, **content)
        except TelegramBadRequest as error:
            if "message is not modified" not in str(error):
                raise
        return message_id

    async def _record(self, delivery: Delivery, failure: Failure, error: Exception) -> None:
        """What a failed send means for this message, its chat and the pace."""
        log.warning(
            "not sent", chat=delivery.chat_id, then=failure.then, why=failure.reason, error=repr(error)
        )
        if failure.pause_pacer:
            self._pacer.pause(failure.wait, delivery.chat_id)
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


async def _threaded(c: AsyncConnection, message: deliveries.Planned) -> deliveries.Planned:
    """A story told again answers the message it was told in before, under whatever name of its family."""
    if message.payload.get("reason") != "escalated" or "narrative_id" not in message.payload:
        return message
    told = await narratives.get(c, message.payload["narrative_id"])
    family = await narratives.family(c, told.id) if told else ()
    before = await deliveries.message_about(c, message.chat_id, family)
    return message._replace(payload=message.payload | {"reply_to": before}) if before else message


def _answered(delivery: Delivery) -> ReplyParameters | None:
    """The message this one answers, if it is still there."""
    message_id = delivery.payload.get("reply_to")
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True) if message_id else None


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


def _told(ends: Iterable[BaseException | None]) -> None:
    """Log how sends broke off; a cancelled one is no news."""
    for error in ends:
        if isinstance(error, Exception):
            log.error("a message's end is not written down", exc_info=error)


async def _first(*waits: Awaitable[object], within: float | None = None) -> None:
    """Until the first of `waits` is over, at most `within` real seconds."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
