"""One whole cycle over 1,000 posts: check claims, find narratives, score, decide, commit."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median

from bot.clock import AppClock
from bot.cycle import Wheel
from tests.bench.stage import NOW, PER_ANSWER, Instant, database, plant

ROUNDS = 5
REFRESHES = 1000 // PER_ANSWER - 2  # and two discovery questions


async def figures() -> dict[str, float]:
    """Median seconds of a turn that takes in 1,000 posts, on SQLite, once a little history is there."""
    async with database(cycle={"refresh_per_cycle": REFRESHES}) as (db, settings):
        await plant(db, REFRESHES)
        took = []
        for turn in range(ROUNDS + 1):
            clock = AppClock(NOW + timedelta(hours=turn), 0.0)
            wheel = Wheel(settings=settings, database=db, source=Instant(), clock=clock)
            begin = time.perf_counter()
            outcome = await wheel.turn(f"bench-{turn}")
            took.append(time.perf_counter() - begin)
            assert len(outcome.posts) >= 900, len(outcome.posts)
        return {"cycle_1000_posts_s": median(took[1:])}
