"""Which job, when, with what grace: nothing else.

APScheduler only rings. Each ring asks what is due; a row (job, slot) with a lease decides, so a slot is
finished once whatever the scheduler, the clock or a crash does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import digests, held_back, tracking
from bot.clock import AppClock, real_now
from bot.cycle import Wheel
from bot.lookout import Lookout
from bot.roles import Wakes
from bot.settings import Settings
from storage import chats, observations, retention, schedule, updates
from storage.database import Database

log = structlog.get_logger()
RING = 0.25  # real seconds between rings
RING_REPLAY = 0.05
LEASE = timedelta(seconds=10)  # a slot whose process was killed is free again after this
RENEW = timedelta(seconds=3)  # how often a running job prolongs its lease
WAITS = (60.0, 300.0)  # real seconds until a slot that failed once, twice is tried again; then it is given up
WAITS_REPLAY = (1.0, 1.0)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
UPDATES_KEPT = 10_000
SLOTS_KEPT = timedelta(days=2)  # real time; no slot falls due again after that


@dataclass
class _Failing:
    """A slot whose work broke: how often, and when (on the loop's clock) it may be tried again."""

    slot: str
    times: int = 0
    rests_until: float = 0.0


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
        self._owner = uuid4().hex
        self._running: dict[str, asyncio.Task[None]] = {}
        self._finished: dict[str, str] = {}  # job → slot this process knows to be over
        self._failing: dict[str, _Failing] = {}
        self._waits = WAITS_REPLAY if clock.replay else WAITS
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    def start(self) -> None:
        seconds = RING_REPLAY if self._clock.replay else RING
        self._scheduler.add_job(
            self.ring, "interval", seconds=seconds, coalesce=True, max_instances=1, misfire_grace_time=None
        )
        self._scheduler.start()

    async def stop(self, patience: float = 1.0) -> None:
        """No more rings; what runs may finish within `patience` seconds, then it is cancelled."""
        self._scheduler.shutdown(wait=False)
        running = list(self._running.values())
        if running:
            _, late = await asyncio.wait(running, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def ring(self) -> None:
        """What is due now? Each job runs in a task of its own, so a long cycle delays no digest."""
        now = self._clock.now()
        every = timedelta(minutes=self._settings.cycle.every_minutes)
        self._begin("cycle", _floor(now, every), self._cycle)
        self._begin("digests", _floor(now, timedelta(minutes=1)), self._digests)
        self._begin("lookout", _floor(now, timedelta(minutes=1)), self._look_out)
        self._begin("retention", _floor(now, timedelta(days=1)), self._retention)
        self._begin("calibration", _floor(now, timedelta(days=1)), self._calibration)

    def _begin(self, job: str, slot: str, work: Callable[[str], Awaitable[None]]) -> None:
        over = self._finished.get(job) == slot
        if job not in self._running and not over and not self._rests(job, slot):
            self._running[job] = asyncio.create_task(self._run(job, slot, work))

    async def _run(self, job: str, slot: str, work: Callable[[str], Awaitable[None]]) -> None:
        try:
            began = real_now()
            if await self._claim(job, slot, began, LEASE):
                if await self._is_over(job, slot, work, began + LEASE):
                    await self._finish(job, slot)
            elif await self._done(job, slot):
                self._finished[job] = slot
            else:
                await asyncio.sleep(1)  # in other hands, or in those of a dead process until its lease ends
        except Exception:
            log.exception("slot neither claimed nor finished", job=job, slot=slot)
            await asyncio.sleep(1)
        finally:
            del self._running[job]

    async def _is_over(
        self, job: str, slot: str, work: Callable[[str], Awaitable[None]], until: datetime
    ) -> bool:
        """Do the work: True when it is done or given up, False when it broke and is worth another try."""
        try:
            async with self._lease(job, slot, until):
                await work(slot)
        except Exception:
            return self._gives_up(job, slot)
        return True

    def _gives_up(self, job: str, slot: str) -> bool:
        """Every try may cost money: the next one waits, and after the last wait there is none."""
        failing = self._failing.get(job)
        if failing is None or failing.slot != slot:
            failing = self._failing[job] = _Failing(slot)
        failing.times += 1
        last = failing.times > len(self._waits)
        wait = 0.0 if last else self._waits[failing.times - 1]
        failing.rests_until = asyncio.get_running_loop().time() + wait
        then = "given up" if last else f"again in {wait:.0f} s"
        log.exception("job failed", job=job, slot=slot, tries=failing.times, then=then)
        return last

    def _rests(self, job: str, slot: str) -> bool:
        failing = self._failing.get(job)
        if failing is None or failing.slot != slot:
            return False
        return asyncio.get_running_loop().time() < failing.rests_until

    async def _finish(self, job: str, slot: str) -> None:
        self._finished[job] = slot  # first: what cannot be written down is not worked twice either
        async with self._db.writing() as c:
            await schedule.finish_slot(c, job=job, slot=slot, owner=self._owner, real_now=real_now())

    async def _claim(self, job: str, slot: str, at: datetime, lease: timedelta) -> bool:
        async with self._db.writing() as c:
            return await schedule.claim_slot(
                c, job=job, slot=slot, owner=self._owner, real_now=at, lease=lease
            )

    async def _done(self, job: str, slot: str) -> bool:
        async with self._db.reading() as c:
            return await schedule.done(c, job, slot)

    @asynccontextmanager
    async def _lease(self, job: str, slot: str, until: datetime) -> AsyncIterator[None]:
        """Prolong the lease while the block runs."""
        over = asyncio.Event()
        keeping = asyncio.create_task(self._prolong(job, slot, until, over))
        try:
            yield
        finally:
            over.set()
            await asyncio.wait({keeping})

    async def _prolong(self, job: str, slot: str, until: datetime, over: asyncio.Event) -> None:
        """Claim again as of the moment one's own lease ends: that fails as soon as somebody took over."""
        while not await _within(over, RENEW):
            try:
                if not await self._claim(job, slot, until, RENEW):
                    log.warning("slot taken over", job=job, slot=slot)
                    return
                until += RENEW
            except Exception:
                log.exception("lease not prolonged", job=job, slot=slot)

    async def _cycle(self, slot: str) -> None:
        async with self._db.reading() as c:
            last = await observations.last_cycle(c)
        if last is not None and last.id == slot:
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


async def _within(event: asyncio.Event, span: timedelta) -> bool:
    """Whether the event comes within this much real time."""
    try:
        await asyncio.wait_for(event.wait(), span.total_seconds())
    except TimeoutError:
        return False
    return True


def _floor(now: datetime, every: timedelta) -> str:
    """The slot `now` falls into, by its beginning."""
    return (now - (now - EPOCH) % every).strftime("%Y-%m-%dT%H:%M:%SZ")
