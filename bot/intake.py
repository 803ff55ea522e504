"""Updates in: polling that confirms an update only after it was handled.

aiogram's own polling confirms on the next request whatever its tasks are still doing, so a kill loses the
updates in flight. Here a batch is handled (chats side by side, one chat in order) and then confirmed; a
kill in between means Telegram sends it again, and the record of handled updates keeps effects single.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import Update

from bot.clock import AppClock
from core.errors import ConfigError
from storage import updates
from storage.database import Database

log = structlog.get_logger()
POLL_SECONDS = 25
HANDLER_SECONDS = 20  # no handler does slow work; one that hangs must not stop the others for ever


class Intake:
    """Reads updates until told to stop, and then finishes the ones in hand."""

    def __init__(self, *, bot: Bot, dispatcher: Dispatcher, database: Database, clock: AppClock) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._db = database
        self._clock = clock
        self._offset: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; raises ConfigError when the token is refused."""
        kinds = self._dispatcher.resolve_used_update_types()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                polling = asyncio.create_task(self._fetch(kinds))
                await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not polling.done():
                    polling.cancel()
                    break
                await self.handle(polling.result())
        finally:
            stopping.cancel()

    async def handle(self, batch: Sequence[Update]) -> None:
        """Handle a batch: chats side by side, each chat's updates in order; then it counts as confirmed."""
        lanes: dict[int, list[Update]] = defaultdict(list)
        for update in batch:
            lanes[_lane(update)].append(update)
        await asyncio.gather(*(self._lane(lane) for lane in lanes.values()))
        if batch:
            self._offset = batch[-1].update_id + 1

    async def _lane(self, batch: Sequence[Update]) -> None:
        for update in batch:
            try:
                async with asyncio.timeout(HANDLER_SECONDS):
                    await self._once(update)
            except Exception:
                log.exception("update failed", update_id=update.update_id)

    async def _once(self, update: Update) -> None:
        async with self._db.reading() as c:
            if await updates.seen(c, update.update_id):
                return
        await self._dispatcher.feed_update(self._bot, update)
        async with self._db.writing() as c:
            await updates.first_time(c, update.update_id, self._clock.now())

    async def _fetch(self, kinds: list[str]) -> Sequence[Update]:
        """One long poll; trouble is waited out and told, never raised (but a refused token is final)."""
        try:
            return await self._bot.get_updates(
                offset=self._offset,
                timeout=POLL_SECONDS,
                allowed_updates=kinds,
                request_timeout=POLL_SECONDS + 15,
            )
        except TelegramUnauthorizedError:
            raise ConfigError(
                "BOT_TOKEN was refused by Telegram: ask @BotFather for the current token."
            ) from None
        except TelegramConflictError:
            log.error("another INTERN polls with this BOT_TOKEN: stop one of the two")
            await asyncio.sleep(5)
        except TelegramRetryAfter as error:
            await asyncio.sleep(error.retry_after)
        except (TelegramAPIError, ClientDecodeError) as error:
            log.warning("telegram unreachable", why=type(error).__name__)
            await asyncio.sleep(1)
        return ()


def _lane(update: Update) -> int:
    """The chat an update belongs to, so that one chat's updates stay in order."""
    pressed = update.callback_query.message if update.callback_query else None
    for part in (update.message, pressed, update.my_chat_member):
        if part is not None:
            return part.chat.id
    return 0
