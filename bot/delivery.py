"""Pushes out: the only place that sends what nobody asked for this second.

Firings become deliveries, a delivery is claimed, marked `sending` *before* the HTTP call and recorded after
it. Whatever goes wrong ends in a state with a reason: sent, dead, unknown, expired or another try.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineKeyboardMarkup, ReplyParameters
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import AppClock
from bot.failures import diagnose
from bot.outbox import Outbox
from bot.pacing import Pacer
from bot.settings import Settings
from bot.telegram import pushing
from bot.views.markup import unmarked
from core.models import EDITS, Delivery
from storage.database import Database

log = structlog.get_logger()
IDLE = 1.0  # seconds between looks when nobody rings
HELD = 2.0  # seconds a claim is kept for a chat that may not be written to yet; then it goes back

Content = tuple[str, InlineKeyboardMarkup | None]
Render = Callable[[Delivery], Awaitable[Content]]


class Sender:
    """The delivery loop: woken by an event, drains what is due, has up to `concurrency` messages in hand."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        bot: Bot,
        clock: AppClock,
        render: Render,
        idle: float = IDLE,
    ) -> None:
        """`idle`: real seconds between looks; what is planned in this process rings as well."""
        knobs = settings.telegram
        self._outbox = Outbox(settings, database, clock)
        self._bot = bot
        self._clock = clock
        self._render = render
        self._idle = idle
        self._pacer = Pacer(
            per_second=knobs.per_second,
            per_chat_seconds=knobs.per_chat_seconds,
            per_group_minute=knobs.per_group_minute,
        )
        self._most = knobs.concurrency
        self._max_attempts = knobs.max_attempts
        self._wake = asyncio.Event()
        self._news = False  # somebody rang, and nobody has looked since
        self._flying: dict[asyncio.Task[None], int] = {}  # → the delivery

    def wake(self) -> None:
        """There may be something to send."""
        self._news = True
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; messages already on their way are finished and recorded.

        Cancelled, it cuts them off: they stay `sending`, and the next start decides about them.
        """
        recovered = stumbled = False
        try:
            while not stop.is_set():
                self._wake.clear()
                try:
                    if not recovered:
                        await self._outbox.recover()
                        recovered = True
                    await self._work(stop)
                    if stumbled:
                        log.info("delivery goes on")
                    stumbled = False
                except Exception:
                    log.exception("delivery stumbled")
                    stumbled = True
                await self._rest(stop)
        finally:
            await self._outbox.release()

    async def _rest(self, stop: asyncio.Event) -> None:
        """Until somebody rings, a message lands, or it is time to look again."""
        await _first(self._wake.wait(), stop.wait(), within=self._idle)

    async def _work(self, stop: asyncio.Event) -> None:
        await self._outbox.follow_clock()
        if await self._outbox.expand() == 0 and not await self._outbox.due():
            return
        with self._clock.hold():
            await self._drain(stop)
            # A replay waits here for messages put off by a retry, so that none of them grows too old.
            while self._clock.replay and await self._outbox.due() and not stop.is_set():
                await _first(stop.wait(), within=0.2)
                await self._drain(stop)

    async def _drain(self, stop: asyncio.Event) -> None:
        """Claim and send until nothing claimable is left; firings that come meanwhile are expanded, a batch
        at a time, while messages fly."""
        more, looked = True, 0.0
        try:
            while not stop.is_set():
                self._wake.clear()
                if more or self._news or time.monotonic() > looked + self._idle:
                    self._news, looked = False, time.monotonic()
                    more = await self._outbox.expand() > 0
                room = self._most - len(self._flying)
                for delivery in await self._outbox.claim(room, self._flying.values()):
                    self._start(delivery, stop)
                if not more and not self._news and not self._flying:
                    return
                if not more:
                    await self._rest(stop)
        except asyncio.CancelledError:
            for task in self._flying:
                task.cancel()
            raise
        finally:  # a cancellation that comes only now is passed on by `gather`
            await asyncio.gather(*self._flying, return_exceptions=True)

    def _start(self, delivery: Delivery, stop: asyncio.Event) -> None:
        task = asyncio.create_task(self._send(delivery, stop))
        self._flying[task] = delivery.id
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        """Log how a send broke off (a cancelled one is no news); with some room again, more is claimed."""
        del self._flying[task]
        if not task.cancelled() and (error := task.exception()):
            log.error("a message's state is not written down", exc_info=error)
        if len(self._flying) <= self._most // 2:
            self._wake.set()

    async def _send(self, delivery: Delivery, stop: asyncio.Event) -> None:
        pushing.set(True)
        try:
            content = await self._ready(delivery, stop)
        except Exception:
            self._outbox.not_sent(delivery)
            log.exception("a message waits", chat=delivery.chat_id, kind=delivery.kind.value)
            return
        if content is None:
            return
        try:
            message_id = await self._deliver(delivery, *content)
        except Exception as error:
            await self._failed(delivery, error)
            return
        await self._outbox.arrived(delivery, message_id)
        log.info("sent", chat=delivery.chat_id, kind=delivery.kind.value, cause=delivery.cause)

    async def _ready(self, delivery: Delivery, stop: asyncio.Event) -> Content | None:
        """What to send, now that it counts as being sent; None when it is not to leave."""
        if (wait := self._pacer.own_wait(delivery.chat_id)) > HELD:
            await self._outbox.put_off(delivery, wait)
            return None
        try:
            content = await self._render(delivery)  # between `begin` and the wire is no time to lose
        except (SQLAlchemyError, OSError):
            raise  # says nothing about the message
        except Exception as error:
            await self._failed(delivery, error)
            return None
        if not await self._pacer.turn(delivery.chat_id, stop) or not await self._outbox.begin(delivery):
            return None  # not begun: `run` gives the claim back, or it was lost
        return content

    async def _deliver(self, delivery: Delivery, text: str, keyboard: InlineKeyboardMarkup | None) -> int:
        """Send the message, or change the one it is about; returns its id."""
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

    async def _failed(self, delivery: Delivery, error: Exception) -> None:
        """What a failed send means for this message, its chat and the pace."""
        failure = diagnose(error, delivery, self._max_attempts)
        log.warning(
            "not sent", chat=delivery.chat_id, then=failure.then, why=failure.reason, error=repr(error)
        )
        if failure.pause_pacer:
            self._pacer.pause(failure.wait, delivery.chat_id)
        await self._outbox.failed(delivery, failure)


def _answered(delivery: Delivery) -> ReplyParameters | None:
    """The message this one answers, if it is still there."""
    message_id = delivery.payload.get("reply_to")
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True) if message_id else None


async def _first(*waits: Awaitable[object], within: float | None = None) -> None:
    """Until the first of `waits` is over, at most `within` real seconds."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
