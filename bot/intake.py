"""Updates in: polling that confirms an update only after it was handled.

aiogram's own polling confirms on the next request whatever its tasks are still doing, so a kill loses the
updates in flight. Here every chat has a lane of its own, polling goes on while lanes work, and what is
confirmed is the handled beginning of what came in; a kill means Telegram sends the rest again, and the
record of handled updates keeps effects single.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import Update

from bot.clock import AppClock
from bot.telegram import refused
from bot.together import Together
from core.errors import ConfigError
from storage import updates
from storage.database import Database

log = structlog.get_logger()
POLL_SECONDS = 25
HANDLER_SECONDS = 20  # no handler does slow work; one that hangs must not stop its chat for ever
OPEN = 100  # updates taken in and not yet confirmed, at most; also what one poll brings at most
NEWCOMER = 60.0  # who polls for less long than this gives way to one who did before
PAUSE = 0.25  # seconds between polls while updates are in hand: Telegram brings those again at once


class Intake:
    """Reads updates until told to stop, and then finishes the ones in hand."""

    def __init__(self, *, bot: Bot, dispatcher: Dispatcher, database: Database, clock: AppClock) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._db = database
        self._clock = clock
        self._offset: int | None = None
        self._seen = Together(self._which_seen)
        self._remembered = Together(self._remember)
        self._begun = time.monotonic()
        self._told = False  # that somebody else polls too
        self._open: dict[int, bool] = {}  # update → handled; in the order they came
        self._settled = asyncio.Event()  # nothing is open
        self._settled.set()
        self._lanes: dict[int, deque[Update]] = {}  # chat → what it waits for
        self._working: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; raises ConfigError when the token is refused or was in other hands before.

        Cancelled, it drops what is in hand: unconfirmed, so Telegram brings it again.
        """
        self._begun = time.monotonic()
        polling, stopping = asyncio.create_task(self._poll()), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if polling.done():
                polling.result()
            polling.cancel()
            await self._settled.wait()
        finally:
            tasks = {polling, stopping, *self._working}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._seen.settled()
            await self._remembered.settled()

    async def handle(self, batch: Iterable[Update]) -> None:
        """Handle updates, and wait until everything taken in so far is handled."""
        self._take(batch)
        await self._settled.wait()

    async def _poll(self) -> None:
        kinds = self._dispatcher.resolve_used_update_types()
        while True:
            if len(self._open) < OPEN:
                known = set(self._open)  # a poll brings again what was unconfirmed when it began
                batch = await self._fetch(kinds)
                self._take(update for update in batch if update.update_id not in known)
            await self._settle_within(PAUSE)

    async def _settle_within(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._settled.wait(), seconds)
        except TimeoutError:
            return  # a chat is slow; the others may have written

    def _take(self, batch: Iterable[Update]) -> None:
        """Line updates up, each behind the earlier ones of its chat."""
        for update in batch:
            if update.update_id in self._open:
                continue
            self._open[update.update_id] = False
            self._settled.clear()
            chat = _chat(update)
            if chat not in self._lanes:
                self._lanes[chat] = deque()
                task = asyncio.create_task(self._serve(chat))
                self._working.add(task)
                task.add_done_callback(self._working.discard)
            self._lanes[chat].append(update)

    async def _serve(self, chat: int) -> None:
        """Handle a chat's updates in order until none waits."""
        lane = self._lanes[chat]
        try:
            while lane:
                update = lane.popleft()
                await self._handle(update)
                self._confirm(update.update_id)
        finally:
            del self._lanes[chat]

    def _confirm(self, update_id: int) -> None:
        """The next poll confirms every update before the first that is still being handled."""
        self._open[update_id] = True
        while self._open and self._open[first := next(iter(self._open))]:
            del self._open[first]
            self._offset = first + 1
        if not self._open:
            self._settled.set()

    async def _handle(self, update: Update) -> None:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await self._once(update)
        except TelegramRetryAfter as error:
            log.warning(
                "no answer: Telegram asked for a pause",
                update_id=update.update_id,
                method=type(error.method).__name__,
                seconds=error.retry_after,
            )
        except Exception:
            log.exception("update failed", update_id=update.update_id)

    async def _once(self, update: Update) -> None:
        if await self._seen(update.update_id):
            return
        await self._dispatcher.feed_update(self._bot, update)
        await self._remembered(update.update_id)

    async def _which_seen(self, ids: Sequence[int]) -> list[bool]:
        async with self._db.reading() as c:
            seen = await updates.seen(c, ids)
        return [id in seen for id in ids]

    async def _remember(self, ids: Sequence[int]) -> list[None]:
        async with self._db.writing() as c:
            await updates.remember(c, ids, self._clock.now())
        return [None] * len(ids)

    async def _contested(self, error: TelegramConflictError) -> None:
        """A webhook is taken away. Who else polls with this token? The one who came last refuses."""
        if "webhook" in str(error):
            await self._bot.delete_webhook(drop_pending_updates=False)
            return
        if time.monotonic() < self._begun + NEWCOMER:
            raise ConfigError(
                "another INTERN takes the updates of this BOT_TOKEN: stop that one, or ask @BotFather for a "
                "token of its own."
            )
        if not self._told:
            log.error("another INTERN polls with this BOT_TOKEN: stop one of the two")
        self._told = True
        await asyncio.sleep(1)

    async def _fetch(self, kinds: list[str]) -> Sequence[Update]:
        """One long poll; trouble is waited out and told, never raised (but a refused token is final)."""
        try:
            return await self._bot.get_updates(
                offset=self._offset,
                limit=OPEN,
                timeout=POLL_SECONDS,
                allowed_updates=kinds,
                request_timeout=POLL_SECONDS + 15,
            )
        except (TelegramUnauthorizedError, TelegramNotFound) as error:
            raise refused(error) from None
        except TelegramConflictError as error:
            await self._contested(error)
        except TelegramRetryAfter as error:
            await asyncio.sleep(error.retry_after)
        except (TelegramAPIError, ClientDecodeError) as error:
            log.warning("telegram unreachable", why=type(error).__name__)
            await asyncio.sleep(1)
        return ()


def _chat(update: Update) -> int:
    """The chat an update belongs to, so that one chat's updates stay in order."""
    pressed = update.callback_query.message if update.callback_query else None
    for part in (update.message, pressed, update.my_chat_member):
        if part is not None:
            return part.chat.id
    return 0
