"""`python -m bot record`: turn the wheel as `run` does, without Telegram, and keep all that was asked.

What the wheel finds lies in a temporary database, so that a replay begins where the recording began; the
money is booked in the configured one, under the same caps as the bot's.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import TextIO

from bot.clock import AppClock
from bot.cycle import Wheel
from bot.outside import Outside, outside
from bot.replay import (
    EPOCH,
    SHAPING,
    Hand,
    Telling,
    confirmer,
    fresh_database,
    play,
    recorded_settings,
    shaping,
)
from bot.settings import Settings
from bot.sources import recordings
from bot.sources.recordings import (
    LedgerRecorder,
    LookupRecorder,
    MeterRecorder,
    Recorded,
    Recorder,
    Recording,
    Tape,
)
from bot.sources.x import open_lookup
from core.budget import TICKS
from core.errors import BadInput
from storage import spend
from storage.database import Database
from storage.migrate import migrate


async def record(
    settings: Settings,
    clock: AppClock,
    path: Path,
    out: TextIO,
    *,
    stop: asyncio.Event,
    turns: int | None = None,
    append: bool = False,
) -> None:
    """Record `turns` turns (None: until `stop`) at the configured interval; a turn in hand is finished.

    `append` goes on with a recording there is: first it is played, with its own settings. Raises BadInput
    when the file is there and not to be gone on with, or cannot be written.
    """
    hand = Hand(clock.now())
    began = hand.now()
    past = _past(path) if append else None
    if past is not None:
        settings = _as_then(path, past, settings)
    async with _money(settings) as money, outside(settings, money, hand) as world:
        with closing(_tape(path, past, settings, hand, metered=world.meter is not None)) as tape:
            async with fresh_database() as database, _wheel(settings, database, hand, world, tape) as wheel:
                telling = await _caught_up(past, settings, database, out)
                turning = _Turning(wheel, tape, telling, clock, hand)
                last = past.turns[-1].slot if past and past.turns else None
                every = timedelta(minutes=settings.cycle.every_minutes)
                made = await turning.run(every, stop, turns, last=last)
                await telling.end()
        async with money.reading() as c:
            cost = await spend.spent(c, since=began) / TICKS
    print(f"{made} turn{'' if made == 1 else 's'} recorded for ${cost:.2f}: {path}", file=out)


def _past(path: Path) -> Recording | None:
    """What was recorded before; None where there is no file yet."""
    return recordings.load(path) if path.exists() else None


def _as_then(path: Path, past: Recording, settings: Settings) -> Settings:
    """Today's keys and addresses, and the knobs of the recording, counts among them."""
    if past.metered and settings.x_bearer_token is None:
        raise BadInput(f"{path} was recorded with X's own counts: set X_BEARER_TOKEN to go on with it.")
    recorded = recorded_settings(path, past)
    then = {name: getattr(recorded, name) for name in SHAPING}
    if not past.metered:
        then["x_bearer_token"] = None
    return settings.model_copy(update=then)


def _tape(path: Path, past: Recording | None, settings: Settings, clock: AppClock, *, metered: bool) -> Tape:
    if past is not None:
        return Tape.resume(path, clock, secrets=settings.secrets)
    head = {"settings": shaping(settings), "metered": metered}
    return Tape.begin(path, clock, head=head, secrets=settings.secrets)


@asynccontextmanager
async def _money(settings: Settings) -> AsyncIterator[Database]:
    """The database that money is booked in."""
    url = settings.database_url.get_secret_value()
    await migrate(url)
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _wheel(
    settings: Settings, database: Database, clock: AppClock, world: Outside, tape: Tape
) -> AsyncIterator[Wheel]:
    """A wheel whose every word with the outside world goes over the tape."""
    async with AsyncExitStack() as stack:
        lookup = open_lookup(settings)
        if lookup is not None:
            stack.push_async_callback(lookup.close)
        yield Wheel(
            settings=settings,
            database=database,
            clock=clock,
            source=Recorder(world.source, tape),
            meter=MeterRecorder(world.meter, tape) if world.meter else None,
            confirmer=confirmer(settings, LookupRecorder(lookup, tape) if lookup else None),
            ledger=LedgerRecorder(world.ledger, tape),
        )


async def _caught_up(past: Recording | None, settings: Settings, database: Database, out: TextIO) -> Telling:
    """Tells what comes, on a database that knows what was recorded before."""
    telling = Telling(database, StringIO())
    if past is not None:
        await play(past, Recorded(past), settings=settings, database=database, telling=telling)
    telling.out = out
    return telling


class _Turning:
    """The wheel's turns onto the tape, each as one moment of a clock moved by hand."""

    def __init__(self, wheel: Wheel, tape: Tape, telling: Telling, clock: AppClock, hand: Hand) -> None:
        self._wheel = wheel
        self._tape = tape
        self._telling = telling
        self._clock = clock
        self._hand = hand

    async def run(self, every: timedelta, stop: asyncio.Event, turns: int | None, *, last: str | None) -> int:
        """One turn a slot, the first one now, until there are `turns`; how many there were."""
        made = 0
        while not stop.is_set() and (turns is None or made < turns):
            now = self._clock.now()
            begun = now - (now - EPOCH) % every
            slot = f"{begun:%Y-%m-%dT%H:%M:%SZ}"
            if slot == last:
                await self._rest(begun + every, stop)
            else:
                await self._turn(slot)
                made, last = made + 1, slot
        return made

    async def _turn(self, slot: str) -> None:
        with self._clock.hold():
            self._hand.at = self._clock.now()
            self._tape.begin_turn(slot)
            outcome = await self._wheel.turn(slot)
            self._tape.end_turn()
        await self._telling.turn(self._hand.at, outcome)

    async def _rest(self, until: datetime, stop: asyncio.Event) -> None:
        """Sleep until the next slot begins, or `stop`."""
        seconds = (until - self._clock.now()).total_seconds() / (self._clock.speed or 1.0)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(seconds, 0.01))


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGINT and SIGTERM: the turn in hand is finished, it is paid; a second one cuts it off."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def heard() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, heard)
