"""Slots of work: each is done once, whoever rings and however often, whatever a crash or the clock does.

A slot is a stretch of time by its beginning; a row (job, slot) with a lease decides who works it. When the
clock is set back, its slots come up a second time and are over already. The work goes on all the same: a job
that has rested for a whole interval, by a clock nobody can set, is worked again in the slot at hand, under a
name of its own (`2026-11-20T12:00:00Z/2`), so that nothing is done twice under one name.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import structlog

from bot.clock import real_now
from storage import schedule
from storage.database import Database

log = structlog.get_logger()
LEASE = timedelta(seconds=10)  # a slot whose process was killed is free again after this
RENEW = timedelta(seconds=3)  # how often a running job prolongs its lease
LOOK = 1.0  # seconds between looks at a slot in other hands; sooner where its lease ends before
LATE = 1 / 30  # of an interval: a clock set back by less is waited for
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

Work = Callable[[str], Awaitable[None]]


@dataclass
class _Failing:
    """A slot whose work broke: how often, and when (on the loop's clock) it may be tried again."""

    slot: str
    times: int = 0
    rests_until: float = 0.0


class _Over(NamedTuple):
    """The newest slot of a job this process knows to be over."""

    slot: str
    runs: int | None  # how many slots of the job were over then; None: could not be written down
    at: float  # on the loop's clock: when its work began, or when we learnt of it


class Rota:
    """Works at most one slot of each job at a time, and none that somebody else holds."""

    def __init__(self, database: Database, waits: Sequence[float], *, settable: bool = True) -> None:
        """`waits`: real seconds until a slot that failed once, twice … is tried again; then it is given up.

        `settable`: somebody may set the clock that slots are taken from, back as well.
        """
        self._db = database
        self._waits = waits
        self._settable = settable
        self._owner = uuid4().hex
        self._running: dict[str, asyncio.Task[None]] = {}
        self._over: dict[str, _Over] = {}
        self._failing: dict[str, _Failing] = {}

    def begin(self, job: str, now: datetime, every: timedelta, work: Work) -> None:
        """Work the slot that `now` falls into, in a task of its own, if it is due and nobody has."""
        slot = floor(now, every)
        over = self._over.get(job)
        known = over is not None and over.slot == slot
        if job in self._running or self._rests(job, slot) or (known and not self._rested(job, every)):
            return
        self._running[job] = asyncio.create_task(self._run(job, slot, work, again=known))

    async def stop(self, patience: float) -> None:
        """What runs may finish within `patience` seconds, then it is cancelled."""
        running = list(self._running.values())
        if running:
            _, late = await asyncio.wait(running, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _rested(self, job: str, every: timedelta) -> bool:
        """Whether nothing was done of the job for a whole interval, though its slot is over."""
        rest = _monotonic() - self._over[job].at
        return self._settable and rest >= every.total_seconds() * (1 + LATE)

    async def _run(self, job: str, slot: str, work: Work, *, again: bool) -> None:
        try:
            name = await self._again(job, slot) if again else slot
            if name is not None and not self._rests(job, name):
                await self._work(job, slot, name, work)
        except Exception:
            log.exception("slot neither claimed nor finished", job=job, slot=slot)
            await asyncio.sleep(LOOK)
        finally:
            del self._running[job]

    async def _again(self, job: str, slot: str) -> str | None:
        """The name under which a slot that is over is worked once more; None: others have worked since."""
        async with self._db.reading() as c:
            runs, times = await schedule.runs(c, job, slot)
        if runs != self._over[job].runs:
            self._over[job] = _Over(slot, runs, _monotonic())
            return None
        log.warning("the clock was set back: a slot is worked again", job=job, slot=slot, times=times)
        return f"{slot}{schedule.AGAIN}{times + 1}"

    async def _work(self, job: str, slot: str, name: str, work: Work) -> None:
        began, at = real_now(), _monotonic()
        if await self._claim(job, name, began, LEASE):
            if await self._is_over(job, name, work, began + LEASE):
                await self._finish(job, slot, name, at)
        elif await self._done(job, name):
            await self._learn(job, slot)
        else:
            await self._wait(job, name)

    async def _is_over(self, job: str, slot: str, work: Work, until: datetime) -> bool:
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
        failing.rests_until = _monotonic() + wait
        then = "given up" if last else f"again in {wait:.0f} s"
        log.exception("job failed", job=job, slot=slot, tries=failing.times, then=then)
        return last

    def _rests(self, job: str, slot: str) -> bool:
        """Whether the slot, or its newest repetition, broke a moment ago."""
        failing = self._failing.get(job)
        if failing is None or slot not in (failing.slot, failing.slot.partition(schedule.AGAIN)[0]):
            return False
        return _monotonic() < failing.rests_until

    async def _finish(self, job: str, slot: str, name: str, began: float) -> None:
        self._over[job] = _Over(slot, None, began)  # what cannot be written down is not worked twice either
        async with self._db.writing() as c:
            await schedule.finish_slot(c, job=job, slot=name, owner=self._owner, real_now=real_now())
            runs, _ = await schedule.runs(c, job, slot)
        self._over[job] = _Over(slot, runs, began)

    async def _learn(self, job: str, slot: str) -> None:
        """It is over: somebody else worked it just now, or it comes up again after the clock was set back."""
        async with self._db.reading() as c:
            runs, _ = await schedule.runs(c, job, slot)
        before = self._over.get(job)
        same = before is not None and before.runs == runs
        self._over[job] = _Over(slot, runs, before.at if before and same else _monotonic())

    async def _wait(self, job: str, slot: str) -> None:
        """It is in other hands, or in those of a dead process until its lease ends.

        A lease that runs for longer than any does was taken before the clock was set back: it gets a lease's
        time from now on, and whoever is alive prolongs it before that is over.
        """
        async with self._db.reading() as c:
            until = await schedule.held_until(c, job, slot)
        now = real_now()  # not earlier: a lease begun meanwhile would look too long
        if until is not None and until > now + LEASE:
            async with self._db.writing() as c:
                await schedule.shorten(c, job, slot, until=now + LEASE)
        left = LOOK if until is None else (until - now).total_seconds()
        await asyncio.sleep(min(LOOK, max(left, 0.0)))

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
        while not await within(over, RENEW.total_seconds()):
            try:
                if not await self._claim(job, slot, until, RENEW):
                    log.warning("slot taken over", job=job, slot=slot)
                    return
                until += RENEW
            except Exception:
                log.exception("lease not prolonged", job=job, slot=slot)


async def within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event comes within so many real seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


def floor(now: datetime, every: timedelta) -> str:
    """The slot `now` falls into, by its beginning."""
    return (now - (now - EPOCH) % every).strftime("%Y-%m-%dT%H:%M:%SZ")
