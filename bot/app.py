"""The composition root: opens everything in order, closes it in reverse, owns the only clock."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)

from bot.board import Board
from bot.clock import AppClock
from bot.cycle import Wheel
from bot.delivery import Sender
from bot.handlers import make_dispatcher
from bot.handlers.room import Room
from bot.inquiry import following_costs
from bot.intake import Intake
from bot.jobs import Jobs
from bot.judging import alert_params
from bot.messages import Messages
from bot.notices import Notices
from bot.outside import outside, wording
from bot.settings import Settings
from bot.telegram import make_bot, refused
from bot.views.start import commands
from bot.web import Health
from bot.words import WordingWorker
from storage import chats
from storage.database import Database
from storage.migrate import migrate

log = structlog.get_logger()
Loop = Callable[[asyncio.Event], Awaitable[None]]
GREETING = 3.0  # seconds the start waits for Telegram before everything else begins beside it
FAREWELL = 1.5  # seconds for what is in hand after `stop`; with closing, the process ends within three


async def run(
    settings: Settings, clock: AppClock, stop: asyncio.Event, *, ready: asyncio.Event | None = None
) -> None:
    """Everything in one process until `stop` is set; then updates, sends and the cycle in hand are finished.

    What is not finished in time is cut off: Telegram brings such updates again, the outbox knows such sends.
    Raises ConfigError when a start is impossible.
    """
    url = settings.database_url.get_secret_value()
    await migrate(url)
    async with AsyncExitStack() as stack:
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        async with database.writing() as c:
            await chats.keep_to(c, settings.allowed_chats)
        bot = make_bot(settings)
        stack.push_async_callback(bot.session.close)
        every = timedelta(minutes=settings.cycle.every_minutes)
        board = Board(database, clock, every=every)
        sender = Sender(
            settings=settings,
            database=database,
            bot=bot,
            clock=clock,
            render=Messages(database, clock, every=every).render,
        )
        notices = Notices(database, clock, settings.admin_ids, sender.wake)
        world = await stack.enter_async_context(outside(settings, database, clock, tell=notices.tell))
        wheel = Wheel(settings=settings, database=database, clock=clock, tell=notices.tell, **world._asdict())
        jobs = Jobs(settings=settings, database=database, clock=clock, wheel=wheel, sender=sender)
        room = Room(
            database=database,
            board=board,
            clock=clock,
            caps=world.ledger.caps,
            admins=frozenset(settings.admin_ids),
            params=alert_params(settings),
            following=following_costs(settings),
            words=settings.words.enabled and settings.posts_file is None,
        )
        dispatcher = make_dispatcher(room, settings.allowed_chats)
        intake = Intake(bot=bot, dispatcher=dispatcher, database=database, clock=clock)
        if settings.port is not None:
            health = Health(database, clock)
            await health.start(settings.port)
            stack.push_async_callback(health.stop)
        loops: list[Loop] = [intake.run, sender.run]
        if room.words:
            smith = await stack.enter_async_context(wording(settings, world.ledger))
            worker = WordingWorker(database=database, clock=clock, smith=smith, wake=sender.wake)
            loops.append(worker.run)
        async with _greeting(bot, stop) as greeting:
            if not stop.is_set():
                jobs.start()
                log.info("ready", database=database.dialect, replay=clock.replay)
                if ready is not None:
                    ready.set()
                await _serve(stop, greeting, loops, jobs)
        log.info("stopped")


@asynccontextmanager
async def _greeting(bot: Bot, stop: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
    """Introduce the bot; a Telegram that takes its time is waited for a moment, then beside the block."""
    greeting, stopping = asyncio.create_task(_introduce(bot)), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({greeting, stopping}, timeout=GREETING, return_when=asyncio.FIRST_COMPLETED)
        if greeting.done():
            greeting.result()
        yield greeting
    finally:
        greeting.cancel()
        stopping.cancel()
        await asyncio.gather(greeting, stopping, return_exceptions=True)


async def _serve(
    stop: asyncio.Event, greeting: asyncio.Task[None], running: Iterable[Loop], jobs: Jobs
) -> None:
    """Run the loops until `stop`; if one ends by itself or the greeting fails, everything ends."""
    loops = {asyncio.ensure_future(run(stop)) for run in running}
    try:
        done, _ = await asyncio.wait({greeting, *loops}, return_when=asyncio.FIRST_COMPLETED)
        if done == {greeting} and greeting.exception() is None:
            await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        greeting.cancel()
        await asyncio.gather(jobs.stop(), asyncio.wait(loops, timeout=FAREWELL))
        for loop in loops:
            loop.cancel()
        results = await asyncio.gather(greeting, *loops, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _introduce(bot: Bot) -> None:
    """Check the token and tell Telegram our commands; when it is out of reach, polling waits for it."""
    try:
        me = await bot.get_me()
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
