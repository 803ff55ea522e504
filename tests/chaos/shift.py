"""One worker of a rota as a process of its own: the product's `Rota`, on lanes of short slots.

What it does goes to a file, a line each: `claimed`, `begun`, `died`, `froze`, `finished`. A doomed worker
kills itself inside its n-th piece of work; a frozen one blocks its event loop there until its lease has long
run out, then goes on for a while.
"""

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial

from bot import logs
from bot import rota as product
from bot.rota import Rota, floor
from storage import schedule
from storage.database import Database
from tests.chaos.life import FORKED

FIRST, EVERY = datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1)  # of a lane's slots
LEASE = timedelta(seconds=1)
RENEW = timedelta(seconds=0.3)
FROZEN = 3.5  # seconds: in others' hands long since
AFTERWARDS = 20  # pieces of work until a worker that froze is killed as well


def employ(url, log, lanes, slots, end, number):
    """Start a worker; `end` is ("dies" or "freezes", n) or None."""
    process = FORKED.Process(target=_work, args=(url, str(log), lanes, slots, end, number))
    process.start()
    return process


def moment(number):
    """A moment in a lane's n-th slot."""
    return FIRST + number * EVERY


def slot_name(number):
    return floor(moment(number), EVERY)


def _work(*given):
    logs.configure(level="critical")
    product.LEASE, product.RENEW = LEASE, RENEW
    sys.exit(asyncio.run(_shift(*given)))


async def _shift(url, log, lanes, slots, end, number):
    database = await Database.open(url)
    try:
        worker = Worker(database, os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND), end)
        await worker.work(lanes, slots, number)
    finally:
        await database.close()


class Worker:
    """Goes through each lane's slots in order, all lanes at once, begun as the product's rings do."""

    def __init__(self, database, out, end):
        self._db, self._out = database, out
        self._end, self._left = end or (None, 0)
        self.rota = Rota(database, waits=(), settable=False)
        _told(self)

    async def work(self, lanes, slots, number):
        async with asyncio.TaskGroup() as side_by_side:
            for lane in range(lanes):
                name = f"lane {(lane + number * 7) % lanes:02}"  # everybody begins with another one
                side_by_side.create_task(self._lane(name, slots))

    async def _lane(self, lane, slots):
        async with self._db.reading() as c:
            last = await schedule.last_done(c, lane)
        for number in range(slots):
            slot = slot_name(number)
            while (last is None or slot > last) and not self._knows_over(lane, slot):
                self.rota.begin(lane, moment(number), EVERY, partial(self._piece, lane))
                await asyncio.wait(set(self.rota._running.values()), return_when=asyncio.FIRST_COMPLETED)

    def _knows_over(self, lane, slot):
        over = self.rota._over.get(lane)
        return over is not None and over.slot == slot

    async def _piece(self, lane, slot):
        self.say("begun", lane, slot)
        await asyncio.sleep(0.002)
        self._left -= 1
        if self._left == 0 and self._end == "dies":
            self.say("died", lane, slot)
            os.kill(os.getpid(), signal.SIGKILL)
        if self._left == 0 and self._end == "freezes":
            self.say("froze", lane, slot)
            time.sleep(FROZEN)
            self._end, self._left = "dies", AFTERWARDS

    def say(self, what, lane, slot, at=None):
        at = time.time() if at is None else at
        os.write(self._out, f"{what}\t{lane}\t{slot}\t{self.rota._owner}\t{at}\n".encode())


def _told(worker):
    """Whoever is told that it has a slot, or finished it, says so once that is committed."""
    real, committed, claimed = schedule.finish_slot, worker.rota._finish, worker.rota._claim
    ended = set()

    async def finish_slot(c, **named):
        if did := await real(c, **named):
            ended.add((named["job"], named["slot"]))
        return did

    async def finish(job, slot, *given):
        await committed(job, slot, *given)
        if (job, slot) in ended:
            worker.say("finished", job, slot)

    async def claim(job, slot, at, lease):
        if mine := await claimed(job, slot, at, lease):
            worker.say("claimed", job, slot, at.timestamp() + (lease - LEASE).total_seconds())
        return mine

    schedule.finish_slot, worker.rota._finish, worker.rota._claim = finish_slot, finish, claim
