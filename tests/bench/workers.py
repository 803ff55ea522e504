"""How much sooner a turn ends when several workers share its questions, on PostgreSQL.

Each worker is a process of its own and asks four questions at once, as xAI takes them. The stub's answers
take one to two seconds, a tenth of Grok's; how long each takes depends on its question alone.

`python -m tests.bench.workers <database url>` is one that helps, until its input ends.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from bot import logs
from bot.clock import AppClock
from bot.cycle import Wheel
from bot.due_polls import DuePolls
from core.models import Answer, Question
from storage.database import Database
from tests import postgres
from tests.bench.stage import NOW, Instant, database, plant

REFRESHES = 22  # and two discovery questions
MOST = 3  # workers
SHORTEST, LONGEST = 1.0, 2.0  # seconds an answer takes


class Slow(Instant):
    """Takes its time."""

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        await asyncio.sleep(random.Random(question.query).uniform(SHORTEST, LONGEST))
        return await super().ask(question, known=known)


async def figures() -> dict[str, float]:
    """Seconds of a turn of 24 questions by the number of workers, and what the second and third one bring."""
    try:
        with postgres.running() as server:
            took = [await _turn(server, workers) for workers in range(1, MOST + 1)]
    except postgres.Unavailable as error:
        print(f"workers' speed-up: left out, {error}")
        return {}
    times = {f"turn_{workers}_workers_s": seconds for workers, seconds in enumerate(took, 1)}
    return times | {f"workers_speedup_{n}": took[0] / took[n - 1] for n in range(2, MOST + 1)}


async def _turn(server: postgres.Server, workers: int) -> float:
    """Seconds of one turn that so many processes work at, the one that turns the wheel among them."""
    url = server.url(await server.clean())
    async with AsyncExitStack() as stack:
        db, made = await stack.enter_async_context(
            database(database_url=url, cycle={"refresh_per_cycle": REFRESHES})
        )
        await plant(db, REFRESHES)
        for _ in range(workers - 1):
            await stack.enter_async_context(_helper(url))
        clock = AppClock(NOW + timedelta(hours=1), 0.0)
        wheel = Wheel(settings=made, database=db, source=Slow(), clock=clock)
        begin = time.perf_counter()
        outcome = await wheel.turn("bench")
        took = time.perf_counter() - begin
    assert len(outcome.polls) == REFRESHES + 2 and all(poll.ok for poll in outcome.polls), outcome.polls
    return took


@asynccontextmanager
async def _helper(url: str) -> AsyncIterator[None]:
    """Another worker, ready."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.workers", url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.stdin.close()
        await process.wait()


async def _help(url: str) -> None:
    db, stop = await Database.open(url), asyncio.Event()
    helping = asyncio.create_task(DuePolls(db, Slow()).help(stop))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    stop.set()
    await helping
    await db.close()


if __name__ == "__main__":
    logs.configure(level="error")
    asyncio.run(_help(sys.argv[1]))
