"""The composition root: opens everything in order, closes it in reverse, owns the only clock."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from sqlalchemy import URL

from bot.clock import AppClock
from bot.roles import EVERYTHING, Common, Elsewhere, Loop, Role
from bot.settings import Settings
from bot.telegram import make_bot, refused
from bot.views.start import commands
from bot.web import Health
from core.errors import ConfigError
from storage import chats
from storage.database import Database, normalise
from storage.migrate import migrate
from storage.seats import alone

log = structlog.get_logger()
GREETING = 3.0  # seconds the start waits for Telegram before everything else begins beside it
FAREWELL = 1.5  # seconds for what is in hand after `stop`; with closing, the process ends within three


async def run(
    settings: Settings,
    clock: AppClock,
    stop: asyncio.Event,
    *,
    ready: asyncio.Event | None = None,
    roles: Collection[Role] = EVERYTHING,
) -> None:
    """Do the work of these roles until `stop` is set; then updates, sends and the cycle in hand are finished.

    What is not finished in time is cut off: Telegram brings such updates again, the outbox knows such sends.
    Raises ConfigError when a start is impossible.
    """
    url = settings.database_url.get_secret_value()
    address = normalise(url)
    _refuse_parts(address, roles)
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(address))
        await migrate(url)
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        async with database.writing() as c:
            await chats.keep_to(c, settings.allowed_chats)
        bot = make_bot(settings)
        stack.push_async_callback(bot.session.close)
        loops = await _loops(Common(settings, database, clock, bot, Elsewhere()), roles, stack)
        if settings.port is not None:
            health = Health(database, clock)
            await health.start(settings.port)
            stack.push_async_callback(health.stop)
        async with _greeting(bot, stop, roles) as greeting:
            if not stop.is_set():
                log.info(
                    "ready", database=database.dialect, roles=" ".join(sorted(roles)), replay=clock.replay
                )
                if ready is not None:
                    ready.set()
                await _serve(stop, greeting, loops)
        log.info("stopped")


def _refuse_parts(address: URL, roles: Collection[Role]) -> None:
    if address.get_backend_name() == "sqlite" and set(roles) != EVERYTHING:
        raise ConfigError(
            "several processes share their work through PostgreSQL only: set DATABASE_URL to one, or leave "
            "the roles out to do everything in one process."
        )


async def _loops(common: Common, roles: Collection[Role], stack: AsyncExitStack) -> list[Loop]:
    """The loops of these roles. What only others need is not even loaded."""
    loops: list[Loop] = []
    if Role.SENDER in roles:
        from bot.roles import sender  # noqa: PLC0415

        made, loop = sender.make(common, together=set(roles) == EVERYTHING)
        common = common._replace(sender=made)
        loops.append(loop)
    if Role.WEB in roles:
        from bot.roles import web  # noqa: PLC0415

        loops.append(web.make(common))
    if Role.WORKER in roles:
        from bot.roles import worker  # noqa: PLC0415

        loops += await worker.make(common, stack)
    return loops


@asynccontextmanager
async def _greeting(
    bot: Bot, stop: asyncio.Event, roles: Collection[Role]
) -> AsyncIterator[asyncio.Task[None]]:
    """Introduce the bot; a Telegram that takes its time is waited for a moment, then beside the block."""
    greeting = asyncio.create_task(_introduce(bot, roles))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({greeting, stopping}, timeout=GREETING, return_when=asyncio.FIRST_COMPLETED)
        if greeting.done():
            greeting.result()
        yield greeting
    finally:
        greeting.cancel()
        stopping.cancel()
        await asyncio.gather(greeting, stopping, return_exceptions=True)


async def _serve(stop: asyncio.Event, greeting: asyncio.Task[None], running: Iterable[Loop]) -> None:
    """Run the loops until `stop`; if one ends by itself or the greeting fails, everything ends."""
    loops = {asyncio.ensure_future(run(stop)) for run in running}
    try:
        done, _ = await asyncio.wait({greeting, *loops}, return_when=asyncio.FIRST_COMPLETED)
        if done == {greeting} and greeting.exception() is None:
            await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        greeting.cancel()
        await asyncio.wait(loops, timeout=FAREWELL)
        for loop in loops:
            loop.cancel()
        results = await asyncio.gather(greeting, *loops, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _introduce(bot: Bot, roles: Collection[Role]) -> None:
    """Check the token and tell Telegram our commands; when it is out of reach, polling waits for it."""
    if set(roles) == {Role.WORKER}:
        return  # has nothing to say to Telegram
    try:
        me = await bot.get_me()
        if Role.WEB in roles:
            await bot.delete_webhook(drop_pending_updates=False)
            await bot.set_my_commands(commands())
        log.info("telegram", bot=me.username)
    except (TelegramUnauthorizedError, TelegramNotFound) as error:
        raise refused(error) from None
    except (TelegramAPIError, ClientDecodeError) as error:
        log.warning("telegram unreachable at start, polling goes on", why=type(error).__name__)


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT mean: finish what is in hand and go."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
