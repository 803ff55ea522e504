"""`make demo`: the whole product on loopback, nothing to configure.

One process holds a simulated X (or a posts file) with its embed service, an xAI server over it, a Bot API
server with a chat page, and INTERN itself, wired exactly as in production: only the base addresses differ.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot import app, logs
from bot.clock import AppClock
from bot.guide import Guide
from bot.sandbox.telegram import TelegramServer
from bot.sandbox.world import World, WorldError, file_world, simulated_world
from bot.sandbox.x import XServer
from bot.sandbox.xai import XaiServer
from bot.settings import Settings, load
from core.errors import BadInput

TOKEN = "1000001:demo-token-of-the-sandbox"  # noqa: S105 — opens nothing but the loopback server above
KEY = "xai-demo-key"
START = datetime(2026, 11, 16, tzinfo=UTC)
DAYS = 14.0
WARM_UP = timedelta(hours=50)
FAST = 20_000.0  # app seconds per second while history builds up
SLOW = 900.0  # a turn of the wheel every four seconds
QUICK_WARM_UP = timedelta(hours=20)  # enough for new stories to stand out
BRISK = 3_600.0  # a turn of the wheel every second
REPLAY = 12_000.0
YOU, GROUP = 1001, -2001


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play: the simulated world, or a posts file from `first` to `last` (UTC dates, inclusive)."""

    posts: Path | None = None
    first: date | None = None
    last: date | None = None
    stay: bool = False
    port: int = 0
    guide_only: bool = False
    quick: bool = False  # no tour and less history: somebody else writes in the chat page

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Plan:
        """From the command line. Raises BadInput naming what is missing or wrong."""
        if not 0 <= arguments.port <= 65535:
            raise BadInput(f"--port is {arguments.port}: choose one from 1 to 65535, or 0 for any free one.")
        common = {"port": arguments.port, "guide_only": arguments.guide_only, "quick": arguments.quick}
        if not arguments.posts:
            if arguments.first or arguments.last:
                raise BadInput("--from and --to belong to a posts file: name it with --posts (make: POSTS=).")
            return cls(**common)
        first, last = _date("--from", arguments.first), _date("--to", arguments.last)
        if last < first:
            raise BadInput(f"--to {last} is before --from {first}: swap them.")
        return cls(Path(arguments.posts), first, last, arguments.stay, **common)


def _date(name: str, text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        make = name.removeprefix("--").upper()
        got = f"got {text!r}" if text else "it is missing"
        raise BadInput(f"A posts file needs {name} YYYY-MM-DD, a UTC date (make: {make}=); {got}.") from None


async def play(plan: Plan) -> int:
    """Run the demo; 0 when it ended as planned."""
    world, clock, end = await asyncio.to_thread(_world, plan)
    stop, ready = asyncio.Event(), asyncio.Event()
    app.stop_on_signals(stop)
    with tempfile.TemporaryDirectory(prefix="intern-demo-") as folder:
        async with _outside(world, clock, plan.port) as (telegram, xai, x):
            settings = _settings(telegram, xai, x, Path(folder))
            logs.configure(level=settings.log.level, secrets=settings.secrets)
            bot = asyncio.create_task(app.run(settings, clock, stop, ready=ready))
            guide = Guide(telegram, clock, you=YOU)
            tour = asyncio.create_task(_tour(plan, guide, end, ready, stop))
            await asyncio.wait({bot, tour}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            tour.cancel()
            results = await asyncio.gather(bot, tour, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return 0


def _world(plan: Plan) -> tuple[World, AppClock, datetime]:
    """The world, the clock at its beginning, and its end."""
    if plan.posts is None or plan.first is None or plan.last is None:
        return (
            simulated_world(seed=7, start=START, days=DAYS),
            AppClock(START, FAST),
            START + timedelta(days=DAYS),
        )
    try:
        world = file_world(plan.posts, first=plan.first, last=plan.last)
    except WorldError as error:
        raise BadInput(str(error)) from None
    start = datetime.combine(plan.first, time(), UTC)
    return world, AppClock(start, REPLAY), datetime.combine(plan.last, time(23, 59, 59), UTC)


@asynccontextmanager
async def _outside(
    world: World, clock: AppClock, port: int
) -> AsyncIterator[tuple[TelegramServer, XaiServer, XServer]]:
    """The three servers, with a private chat and a group to start from."""
    async with AsyncExitStack() as stack:
        try:
            telegram = await TelegramServer.start(token=TOKEN, now=clock.now, port=port)
        except OSError as error:
            said = f"The chat page cannot use port {port} ({error.strerror}): choose another."
            raise BadInput(said) from None
        stack.push_async_callback(telegram.stop)
        xai = await XaiServer.start(world=world, now=clock.now, api_key=KEY)
        stack.push_async_callback(xai.stop)
        x = await XServer.start(world=world, now=clock.now, bearer=None)
        stack.push_async_callback(x.stop)
        telegram.acts.add_private(YOU, "You")
        telegram.acts.add_group(GROUP, "Desk", members={YOU: "You", 1002: "Guest"}, admins=[YOU])
        yield telegram, xai, x


def _settings(telegram: TelegramServer, xai: XaiServer, x: XServer, folder: Path) -> Settings:
    return load(
        bot_token=TOKEN,
        xai_api_key=KEY,
        database_url=f"sqlite:///{folder / 'demo.db'}",
        telegram_api_base=telegram.base,
        xai_base_url=xai.base,
        x_base_url=x.base,
        oembed_base_url=x.base,
        x_bearer_token=None,
        port=None,
        admin_ids=(YOU,),
        allowed_chats=(),
        clock=None,
        log={"level": "warning"},
    )


async def _tour(plan: Plan, guide: Guide, end: datetime, ready: asyncio.Event, stop: asyncio.Event) -> None:
    await ready.wait()
    if plan.posts is not None and plan.first is not None and plan.last is not None:
        await guide.through_days(plan.first, plan.last, end)
        if not plan.stay:
            return
    else:
        if plan.quick:
            await guide.skip(warm_until=START + QUICK_WARM_UP, then=BRISK)
        else:
            await guide.show(warm_until=START + WARM_UP, fast=FAST, slow=SLOW)
        if plan.guide_only:
            return
    guide.invite()
    await stop.wait()
