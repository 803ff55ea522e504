"""The whole chain on the simulated world: which planted stories are alerted, how late, and what else is.

The world is searched through the xAI server over loopback and every turn goes through the real cycle and
database, at the sampling that the default settings pay for. An alert belongs to a planted story when most
of its narrative's posts do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.clock import AppClock
from bot.cycle import Wheel
from bot.sandbox.world import Planted, World, simulated_world
from bot.sandbox.xai import XaiServer
from bot.settings import load
from bot.sources.grok import open_source
from core.models import Chat, ChatKind, Firing
from storage import alerts, chats, narratives
from storage.database import Database
from storage.migrate import migrate

START = datetime(2026, 11, 2, tzinfo=UTC)
DAYS, SEED, KEY = 7, 11, "xai-eval"
HOUR = timedelta(hours=1)
IN_TIME = 24 * HOUR  # after its onset; a later alert about it is neither a hit nor false
PEAK = 10.0  # posts an hour: smaller stories are not expected to ring


class Hand(AppClock):
    """A clock moved by hand."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at, 0.0)
        self.at = at

    def now(self) -> datetime:
        return self.at


async def figures() -> dict[str, float]:
    """Recall of planted onsets, median delay in hours, false alerts and dollars a day."""
    world = simulated_world(seed=SEED, start=START, days=DAYS)
    with TemporaryDirectory() as folder:
        settings = load(
            bot_token="1000001:eval-token-of-no-bot",
            xai_api_key=KEY,
            database_url=f"sqlite:///{Path(folder) / 'eval.db'}",
            clock=None,
        )
        url = settings.database_url.get_secret_value()
        await migrate(url)
        db = await Database.open(url)
        try:
            fired, spent = await _live(world, settings, db)
            return _graded(world.planted, fired) | {"sim_usd_day": spent / DAYS}
        finally:
            await db.close()


async def _live(
    world: World, settings: object, db: Database
) -> tuple[list[tuple[Firing, str | None]], float]:
    """Every hour of the world; each firing with the planted story it is about, and the dollars spent."""
    clock = Hand(START)
    xai = await XaiServer.start(world=world, now=clock.now, api_key=KEY)
    source = open_source(settings.model_copy(update={"xai_base_url": xai.base}), db, clock)
    async with db.writing() as c:
        await chats.save(c, Chat(id=1, kind=ChatKind.PRIVATE, subscribed=True, created_at=START))
    try:
        for hour in range(1, DAYS * 24):
            clock.at = START + hour * HOUR
            await Wheel(settings=settings, database=db, source=source, clock=clock).turn(f"{hour:05d}")
    finally:
        await source.close()
        await xai.stop()
    stories = {str(post.id): post.story for post in world.posts}
    async with db.reading() as c:
        fired = [(f, await _about(c, f, stories)) for f in await alerts.unexpanded(c, 10_000)]
    return fired, xai.billed_ticks / 10**10


async def _about(c: object, firing: Firing, stories: dict[str, str | None]) -> str | None:
    rows = await narratives.mentions(
        c, since=firing.at - 24 * HOUR, known_by=firing.at, narrative_ids=[firing.narrative_id]
    )
    told = Counter(stories.get(row.post_id) for row in rows)
    story, count = told.most_common(1)[0] if told else (None, 0)
    return story if 2 * count > told.total() else None


def _graded(planted: Sequence[Planted], fired: Sequence[tuple[Firing, str | None]]) -> dict[str, float]:
    big = [story for story in planted if story.peak_per_hour >= PEAK]
    expected = [story for story in big if story.onset < START + (DAYS - 1) * timedelta(days=1)]
    delays = []
    for story in expected:
        first = min((f.at for f, about in fired if about == story.slug), default=None)
        said = "never" if first is None else f"after {(first - story.onset) / HOUR:.1f} h"
        print(f"{story.onset:%d %b %H:%M}  {story.slug:<32} peak {story.peak_per_hour:>3.0f}/h  {said}")
        if first is not None and first - story.onset <= IN_TIME:
            delays.append((first - story.onset) / HOUR)
    known = {story.slug for story in planted}
    false = [f for f, about in fired if about not in known]
    for f in false:
        what = f"{f.facts['title']!r}, surprise {f.surprise:.1f}, {f.facts['posts']} posts"
        print(f"{f.at:%d %b %H:%M}  false: {what}")
    return {
        "sim_onset_recall": len(delays) / max(1, len(expected)),
        "sim_delay_h": median(delays) if delays else float("nan"),
        "sim_false_per_day": len(false) / DAYS,
        "sim_alerts_per_day": len(fired) / DAYS,
    }
