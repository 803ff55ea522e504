"""Which job, when, with what grace: nothing else.

A ring asks what is due. It comes at an even pace by a clock nobody can set: a scheduler that waits for a time
of day stands still for an hour when the clock is set back by one.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from bot import digests, held_back, tracking
from bot.clock import AppClock, real_now
from bot.cycle import Wheel
from bot.lookout import Lookout
from bot.roles import Wakes
from bot.rota import Rota, within
from bot.settings import Settings
from storage import chats, observations, retention, updates
from storage.database import Database

log = structlog.get_logger()
RING = 0.25  # real seconds between rings
RING_REPLAY = 0.05
PATIENCE = 1.0  # real seconds for which what is at work may go on when the process ends
WAITS = (60.0, 300.0)  # real seconds until a slot that failed once, twice is tried again; then it is given up
WAITS_REPLAY = (1.0, 1.0)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
UPDATES_KEPT = 10_000
SLOTS_KEPT = timedelta(days=2)  # real time; no slot falls due again after that


class Jobs:
    """Rings, and runs at most one of each job at a time."""

    def __init__(
        self, *, settings: Settings, database: Database, clock: AppClock, wheel: Wheel, sender: Wakes
    ) -> None:
        self._settings = settings
        self._db = database
        self._clock = clock
        self._wheel = wheel
        self._sender = sender
        self._lookout = Lookout(settings, database, clock)
        self.rota = Rota(database, WAITS_REPLAY if clock.replay else WAITS, settable=not clock.replay)

    async def run(self, stop: asyncio.Event) -> None:
        """Ring until `stop`; what is at work then may finish."""
        every = RING_REPLAY if self._clock.replay else RING
        try:
            while not stop.is_set():
                self.ring()
                await within(stop, every)
        finally:
            await self.rota.stop(PATIENCE)

    def ring(self) -> None:
        """What is due now? Each job runs in a task of its own, so a long cycle delays no digest."""
        now = self._clock.now()
        every = timedelta(minutes=self._settings.cycle.every_minutes)
        self.rota.begin("cycle", now, every, self._cycle)
        self.rota.begin("digests", now, MINUTE, self._digests)
        self.rota.begin("lookout", now, MINUTE, self._look_out)
        self.rota.begin("retention", now, DAY, self._retention)
        self.rota.begin("calibration", now, DAY, self._calibration)

    async def _cycle(self, slot: str) -> None:
        async with self._db.reading() as c:
            committed = await observations.has_cycle(c, slot)
        if committed:
            return  # committed by a process that was killed before it could say so
        await self._wheel.turn(slot)
        self._sender.wake()

    async def _digests(self, _slot: str) -> None:
        catch_up = timedelta(hours=self._settings.digest.catch_up_hours)
        async with self._db.reading() as c:
            with_digest = await chats.with_digest(c)
            without = await held_back.waiting(c, self._clock.now(), catch_up)
        planned = 0
        for chat in with_digest:
            async with self._db.durable() as c:
                planned += await digests.plan_due(c, chat, self._clock.now(), catch_up)
        for chat in without:
            async with self._db.durable() as c:
                planned += await held_back.plan_note(c, chat, self._clock.now(), catch_up)
        if planned:
            self._sender.wake()

    async def _calibration(self, _slot: str) -> None:
        await tracking.recalibrate(self._db, self._clock)

    async def _look_out(self, _slot: str) -> None:
        if await self._lookout.look():
            self._sender.wake()

    async def _retention(self, _slot: str) -> None:
        now, keep = self._clock.now(), self._settings.retention
        async with self._db.writing() as c:
            forgotten = await retention.forget(
                c,
                texts_before=now - timedelta(days=keep.excerpt_days),
                rows_before=now - timedelta(days=keep.days),
                real_before=real_now() - SLOTS_KEPT,
            )
            await updates.prune(c, UPDATES_KEPT)
        log.info("retention", **forgotten)
