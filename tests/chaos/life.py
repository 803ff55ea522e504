"""One life of INTERN as a process of its own, forked from one that has loaded everything: a real process, to
be killed for real, without four seconds of imports for each of a hundred lives.

A doomed life kills itself with SIGKILL at the n-th crossing of a named boundary, counted from `arm` on.
"""

import asyncio
import itertools
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from bot import app, intake  # noqa: F401 — loaded once, for all lives
from bot.__main__ import main
from bot.outbox import Outbox
from bot.roles import sender, web, worker  # noqa: F401
from storage import deliveries

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.chaos.life"])
BOUNDARIES = ("claimed", "before_http", "after_http", "expanding")


class Life:
    """A running INTERN; what it says goes to a file."""

    def __init__(self, environment, folder, *, doom=None, established=False, limited=False):
        """`doom`: (boundary, n), or None for a life that somebody else ends. It has to be armed.

        `established`: it counts as one that has been polling Telegram for long. `limited`: what it says comes
        through even when its files may not grow.
        """
        self.log = Path(folder) / f"life-{next(_numbers)}.log"
        self.doomed = doom is not None
        self.begun = time.time()
        self._process = FORKED.Process(
            target=_live, args=(dict(environment), doom, established, limited, str(self.log))
        )
        self._process.start()
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._end)

    def _end(self):
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self.ended_at = time.time()
        self._ended.set()

    @property
    def alive(self):
        return not self._ended.is_set()

    @property
    def said(self):
        return self.log.read_text("utf-8") if self.log.exists() else ""

    async def ended(self, patience=30.0):
        """Its exit code, −9 after SIGKILL."""
        await asyncio.wait_for(self._ended.wait(), patience)
        return self._process.exitcode

    async def says(self, text, patience=30.0):
        """When it said so, in seconds since 1970. Raises AssertionError when it ends or is silent."""
        async with asyncio.timeout(patience):
            while not (line := next((line for line in self.said.splitlines() if text in line), None)):
                assert self.alive or text in self.said, f"ended without {text!r}:\n{self.said[-2000:]}"
                await asyncio.sleep(0.01)
        return datetime.fromisoformat(line.split()[0]).timestamp()

    def signal(self, number):
        if self.alive:
            os.kill(self._process.pid, number)

    def limit_files(self, most):
        """From now on it can make no file longer than `most` bytes, as on a full disk."""
        hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (most, hard))

    def arm(self):
        """From now on a doomed life counts."""
        self.signal(signal.SIGUSR1)

    async def kill(self):
        self.signal(signal.SIGKILL)
        return await self.ended()

    async def terminate(self):
        """Its exit code and how many seconds it took to end."""
        asked = time.time()
        self.signal(signal.SIGTERM)
        return await self.ended(), self.ended_at - asked


_numbers = itertools.count()


def _live(environment, doom, established, limited, log):
    os.environ.clear()
    os.environ.update(environment)
    out = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    if limited:  # somebody else writes it down
        writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=out)
        out = writer.stdin.fileno()
    os.dup2(out, 1)
    os.dup2(out, 2)
    if doom is not None:
        _doom(*doom)
    if established:
        intake.NEWCOMER = 0.0
    sys.exit(main(["run"]))


def _doom(boundary, crossings):
    left = itertools.count(crossings - 1, -1)
    armed = []
    signal.signal(signal.SIGUSR1, lambda *_: armed.append(True))

    def cross():
        if armed and next(left) <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if boundary == "after_http":
        _before(Outbox, "arrived", cross)
    elif boundary == "expanding":
        _after(deliveries, "plan", cross)
    else:
        _after(Outbox, {"claimed": "claim", "before_http": "begin"}[boundary], cross)


def _before(owner, name, cross):
    real = getattr(owner, name)

    async def crossing(*given, **named):
        cross()
        return await real(*given, **named)

    setattr(owner, name, crossing)


def _after(owner, name, cross):
    """Crossed when something came of it: a claim, a begun message, planned deliveries."""
    real = getattr(owner, name)

    async def crossing(*given, **named):
        result = await real(*given, **named)
        if result:
            cross()
        return result

    setattr(owner, name, crossing)
