"""One worker of a rota as a process of its own: the product's `Jobs`, on lanes of short slots.

What it does goes to a file, a line each: `begun`, `died`, `finished`. A doomed worker kills itself inside its
n-th piece of work; a frozen one blocks its event loop there until its lease has long run out, then goes on.
"""

import asyncio
import os
import signal
import sys
import time
from datetime import timedelta

from bot import jobs as product
from bot import logs
from bot.clock import AppClock
from bot.jobs import Jobs
from bot.settings import load
from storage import schedule
from storage.database import Database
from tests.chaos.crowd import TOKEN
from tests.chaos.life import FORKED

LEASE = timedelta(seconds=1)
RENEW = timedelta(seconds=0.3)
FROZEN = 3.5  # seconds: in others' hands long since


def employ(url, log, lanes, slots, end, number):
    """Start a worker; `end` is ("dies" or "freezes", n) or None."""
    process = FORKED.Process(target=_work, args=(url, str(log), lanes, slots, end, number))
    process.start()
    return process


def slot_name(number):
    return f"{number:05}"


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
    """Goes through each lane's slots in order, all lanes at once, as the product's rings do."""

    def __init__(self, database, out, end):
        self._db, self._out = database, out
        self._end, self._left = end or (None, 0)
        settings = load(bot_token=TOKEN, xai_api_key="xai-key-of-chaos")
        self.jobs = Jobs(settings=settings, database=database, clock=AppClock(), wheel=None, sender=None)
        _told(self)

    async def work(self, lanes, slots, number):
        names = [f"lane {(lane + number * 7) % lanes:02}" for lane in range(lanes)]
        async with self._db.reading() as c:
            done = {lane: await schedule.last_done(c, lane) for lane in names}
        at = {lane: 0 if last is None else int(last) + 1 for lane, last in done.items()}
        while any(each < slots for each in at.values()):
            for lane in names:
                self._ring(lane, at, slots)
            await asyncio.sleep(0.002)

    def _ring(self, lane, at, slots):
        while at[lane] < slots and self.jobs._finished.get(lane) == slot_name(at[lane]):
            at[lane] += 1
        if at[lane] < slots:
            self.jobs._begin(lane, slot_name(at[lane]), lambda slot: self._piece(lane, slot))

    async def _piece(self, lane, slot):
        self.say("begun", lane, slot)
        await asyncio.sleep(0.002)
        self._left -= 1
        if self._left == 0 and self._end == "dies":
            self.say("died", lane, slot)
            os.kill(os.getpid(), signal.SIGKILL)
        if self._left == 0 and self._end == "freezes":
            time.sleep(FROZEN)

    def say(self, what, lane, slot):
        os.write(self._out, f"{what}\t{lane}\t{slot}\t{self.jobs._owner}\t{time.time()}\n".encode())


def _told(worker):
    """Whoever is told that it finished a slot says so once that is committed."""
    real, committed = schedule.finish_slot, worker.jobs._finish
    ended = set()

    async def finish_slot(c, **named):
        if did := await real(c, **named):
            ended.add((named["job"], named["slot"]))
        return did

    async def finish(job, slot):
        await committed(job, slot)
        if (job, slot) in ended:
            worker.say("finished", job, slot)

    schedule.finish_slot, worker.jobs._finish = finish_slot, finish
