"""The whole chain on the simulated world: which planted stories are alerted, how late, and at what price.

The world is searched through the xAI server over loopback and every turn goes through the real cycle and
database, at the sampling that a profile's settings pay for; with `counts` X's own counts measure. An alert
belongs to a planted story when most of its narrative's posts do.

Five days, not more: six such runs (three profiles, two meters) have to fit into a few minutes. Stories that
begin in the first four of them are expected to be alerted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cycle import Wheel
from bot.ledger import Ledger, caps
from bot.profiles import Profile
from bot.sandbox.world import Planted, World, simulated_world
from bot.sandbox.x import XServer
from bot.sandbox.xai import XaiServer
from bot.settings import Settings, load
from bot.sources.grok import open_source
from bot.sources.x import open_meter
from core.models import Chat, ChatKind, Firing
from storage import alerts, chats, mentions
from storage.database import Database
from storage.migrate import migrate
from storage.tables import posts
from tests.bot.stage import StillClock

START = datetime(2026, 11, 2, tzinfo=UTC)
DAYS, SEED, KEY, BEARER = 5, 11, "xai-eval", "x-eval"
HOUR = timedelta(hours=1)
IN_TIME = 24 * HOUR  # after its onset; a later alert about it is neither a hit nor false
PEAK = 10.0  # posts an hour: smaller stories are not expected to ring
TICKS = 10**10


class Report(NamedTuple):
    """The days of one profile. `lines` tell it story by story."""

    recall: float
    delay_h: float  # median from a story's first post to its alert; of those alerted in time
    false_per_day: float
    alerts_per_day: float
    usd_day: float
    posts_per_usd: float  # different posts stored
    lines: tuple[str, ...]


class _Lived(NamedTuple):
    fired: list[tuple[Firing, str | None]]  # with the planted story it is about
    posts: int
    usd: float


async def run(profile: Profile, *, counts: bool) -> Report:
    """A simulated world with the settings of a profile, measured by Grok's samples or by X's counts."""
    world = simulated_world(seed=SEED, start=START, days=DAYS)
    clock = StillClock(START)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        xai = await XaiServer.start(world=world, now=clock.now, api_key=KEY)
        stack.push_async_callback(xai.stop)
        x = await XServer.start(world=world, now=clock.now, bearer=BEARER)
        stack.push_async_callback(x.stop)
        settings = load(
            bot_token="1000001:eval-token-of-no-bot",
            xai_api_key=KEY,
            xai_base_url=xai.base,
            x_bearer_token=BEARER if counts else None,
            x_base_url=x.base,
            database_url=f"sqlite:///{Path(folder) / 'eval.db'}",
            clock=None,
            profile=profile,
        )
        url = settings.database_url.get_secret_value()
        await migrate(url)
        db = await Database.open(url)
        stack.push_async_callback(db.close)
        await _live(settings, db, clock)
        fired, stored = await _remembered(world, db)
        lived = _Lived(fired, stored, (xai.billed_ticks + x.billed_ticks) / TICKS)
    return _graded(world.planted, lived)


async def _live(settings: Settings, db: Database, clock: StillClock) -> None:
    """Every turn of the world's days, on time."""
    every = timedelta(minutes=settings.cycle.every_minutes)
    ledger = Ledger(db, clock, caps(settings))
    source, meter = open_source(settings, ledger), open_meter(settings, ledger, clock)
    wheel = Wheel(settings=settings, database=db, source=source, clock=clock, meter=meter, ledger=ledger)
    async with db.writing() as c:
        await chats.save(c, Chat(id=1, kind=ChatKind.PRIVATE, subscribed=True, created_at=START))
    try:
        for number in range(1, DAYS * 24 * HOUR // every):
            clock.put(START + number * every)
            await wheel.turn(f"{number:05d}")
    finally:
        await source.close()
        if meter is not None:
            await meter.close()


async def _remembered(world: World, db: Database) -> tuple[list[tuple[Firing, str | None]], int]:
    """Each firing with the planted story it is about, and how many posts are stored."""
    stories = {str(post.id): post.story for post in world.posts}
    async with db.reading() as c:
        fired = [(f, await _about(c, f, stories)) for f in await alerts.unexpanded(c, 10_000)]
        return fired, (await c.execute(select(func.count()).select_from(posts))).scalar_one()


async def _about(c: AsyncConnection, firing: Firing, stories: dict[str, str | None]) -> str | None:
    rows = await mentions.read(
        c, since=firing.at - 24 * HOUR, known_by=firing.at, narrative_ids=[firing.narrative_id]
    )
    told = Counter(stories.get(row.post_id) for row in rows)
    story, count = told.most_common(1)[0] if told else (None, 0)
    return story if 2 * count > told.total() else None


def _graded(planted: Sequence[Planted], lived: _Lived) -> Report:
    big = [story for story in planted if story.peak_per_hour >= PEAK]
    expected = [story for story in big if story.onset < START + (DAYS - 1) * timedelta(days=1)]
    delays, lines = [], []
    for story in expected:
        first = min((f.at for f, about in lived.fired if about == story.slug), default=None)
        said = "never" if first is None else f"after {(first - story.onset) / HOUR:.1f} h"
        lines.append(
            f"{story.onset:%d %b %H:%M}  {story.slug:<32} peak {story.peak_per_hour:>3.0f}/h  {said}"
        )
        if first is not None and first - story.onset <= IN_TIME:
            delays.append((first - story.onset) / HOUR)
    known = {story.slug for story in planted}
    false = [f for f, about in lived.fired if about not in known]
    lines += [
        f"{f.at:%d %b %H:%M}  false: {f.facts.get('title')!r}, surprise {f.surprise:.1f}, "
        f"{f.facts.get('posts')} posts"
        for f in false
    ]
    return Report(
        recall=len(delays) / max(1, len(expected)),
        delay_h=median(delays) if delays else float("nan"),
        false_per_day=len(false) / DAYS,
        alerts_per_day=len(lived.fired) / DAYS,
        usd_day=lived.usd / DAYS,
        posts_per_usd=lived.posts / lived.usd if lived.usd else float("nan"),
        lines=tuple(lines),
    )
