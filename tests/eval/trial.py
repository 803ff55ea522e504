"""Both sides of many paid calls: what the xAI server did, and what the real cycle stored of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.cycle import Wheel
from bot.ledger import Ledger, caps
from bot.sandbox.world import World, simulated_world
from bot.sandbox.xai import Call, Fault, XaiServer
from bot.settings import Settings, load
from bot.sources.grok import open_source
from core.evidence import SLACK, post_time
from core.models import Poll
from storage import observations
from storage.database import Database
from storage.tables import posts, sightings, spend
from tests.bot.stage import TOKEN, StillClock, open_database
from tests.core.makers import NOW

KEY = "xai-key-of-trials"
EVERY = timedelta(minutes=30)
BOUNDLESS = {"hourly_usd": 1e5, "daily_usd": 1e5, "monthly_usd": 1e6}
BUSY = {"every_minutes": 30, "refresh_per_cycle": 40, "extras_per_day": 48, "backfills_per_day": 100}
FAILED = "failed"  # what a poll is called whose question broke in our own hands


class Trial(NamedTuple):
    """A trial's end. `crashes`: turns that raised, and questions that broke in our own hands."""

    world: World
    calls: list[Call]
    polls: list[Poll]
    seen: dict[str, set[str]]  # poll id → posts it brought
    stored: set[str]
    ledger: list[Any]  # rows of the spend table
    crashes: int

    @property
    def polls_of(self) -> dict[str, Poll]:
        """Response id → the poll that stands for it."""
        return {poll.response_id: poll for poll in self.polls if poll.response_id}


async def hold(*, seed: int, calls: int, faults: Iterable[Fault]) -> Trial:
    """Turn the wheel every half hour of a simulated world until xAI has been called so often."""
    days = 3 + calls / 300
    world = await asyncio.to_thread(simulated_world, seed=seed, start=NOW - timedelta(days=2), days=days)
    clock = StillClock(NOW)
    xai = await XaiServer.start(world=world, now=clock.now, api_key=KEY, seed=seed)
    for fault in faults:
        xai.faults.put(fault)
    with TemporaryDirectory(prefix="intern-trial-") as folder:
        url, database = await open_database(Path(folder), Path(folder) / "template.db")
        try:
            crashes = await _turned(_settings(url, xai.base), database, clock, xai, calls)
            return await _found(world, xai, database, crashes)
        finally:
            await database.close()
            await xai.stop()


def _settings(url: str, base: str) -> Settings:
    return load(
        bot_token=TOKEN,
        xai_api_key=KEY,
        database_url=url,
        xai_base_url=base,
        clock=None,
        grok=BOUNDLESS | {"timeout_seconds": 20},
        cycle=BUSY,
    )


async def _turned(
    settings: Settings, database: Database, clock: StillClock, xai: XaiServer, calls: int
) -> int:
    """The number of turns that raised: the very thing that must not happen is counted."""
    loop, crashes, number = asyncio.get_running_loop(), 0, 0
    # The breakers rest on app time too: half an hour passes between two turns.
    ledger = Ledger(database, clock, caps(settings))
    source = open_source(settings, ledger, monotonic=lambda: clock.now().timestamp() + loop.time())
    wheel = Wheel(settings=settings, database=database, source=source, clock=clock)
    try:
        while len(xai.calls) < calls and clock.now() < xai.world.posts[-1].created_at:
            try:
                await wheel.turn(f"{number:05d}")
            except Exception as error:
                print(f"turn {number} crashed: {error!r}")
                crashes += 1
            number += 1
            clock.move(minutes=EVERY / timedelta(minutes=1))
    finally:
        await source.close()
    return crashes


async def _found(world: World, xai: XaiServer, database: Database, crashes: int) -> Trial:
    async with database.reading() as c:
        polls = await observations.polls(c, since=NOW - timedelta(days=9), known_by=NOW + timedelta(days=90))
        seen: dict[str, set[str]] = {poll.id: set() for poll in polls}
        for row in await c.execute(select(sightings)):
            seen[row.poll_id].add(row.post_id)
        stored = set((await c.execute(select(posts.c.id))).scalars())
        ledger = list((await c.execute(select(spend))).mappings())
    broken = sum(poll.fault == FAILED for poll in polls)
    return Trial(world, xai.calls, polls, seen, stored, ledger, crashes + broken)


def inside(poll: Poll, post_id: str) -> bool:
    """Whether a post was written in the window that was asked about."""
    return poll.since - SLACK <= post_time(post_id) <= poll.until + SLACK
