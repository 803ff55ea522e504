"""What one turn asks the outside world, and what it hears: searches, and counts where a meter is at hand."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import following
from bot.clock import AppClock
from bot.due_polls import DuePolls
from bot.ledger import Purse
from bot.notices import Tell
from bot.settings import Settings
from bot.sources import Meter
from bot.sources.grok import prices
from core import budget, plan
from core.alerts import track_record
from core.errors import Misconfigured, OutOfCredit, SourceError
from core.models import Count, Narrative, Question, Score
from core.narratives.merging import survivor
from core.observing import Reply
from storage import counts, narratives, observations, records, scores
from storage.database import Database

log = structlog.get_logger()
KNOWN = 40  # narratives named to the model, so that it may reuse their slugs
COUNTED = timedelta(days=7)  # what a counts meter can tell at once
DAY = timedelta(days=1)
HOURLY = timedelta(minutes=50)  # counts are of hours: younger ones are not asked for again
AGAIN = timedelta(hours=2)  # the newest counts still grow: they are counted once more


class Heard(NamedTuple):
    """Everything that came back in one turn; `followed` are the narratives of topics chats follow."""

    replies: list[Reply]
    counts: list[Count]
    followed: list[Narrative]


class _Picture(NamedTuple):
    """What is known before anything is asked."""

    live: list[Narrative]
    scores: dict[str, Score]
    followed: list[Narrative]


class Inquiry:
    """Has the plan's questions asked, within the money there is; one that fails is a reply with a fault."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        polls: DuePolls,
        clock: AppClock,
        meter: Meter | None = None,
        ledger: Purse | None = None,
        tell: Tell | None = None,
    ) -> None:
        self._db = database
        self._polls = polls
        self._clock = clock
        self._meter = meter
        self._ledger = None if settings.posts_file else ledger  # posts of a file cost nothing
        self._tell = tell
        self._settings = settings
        self._metered = meter is not None  # and it answers
        self._every = timedelta(minutes=settings.cycle.every_minutes)
        posts, model = settings.cycle.posts_per_search, settings.grok.model
        self._price, self._reserved = prices.planned(posts, model), prices.at_most(posts, model)
        self._counted = settings.cycle.counts_per_cycle

    async def hear(self, turn: str, now: datetime) -> Heard:
        """One turn's searches and counts, side by side."""
        picture = await self._picture(now)
        questions = await self._questions(picture, now)
        asking = self._polls.replies(turn, questions, _known(picture, now))
        replies, counted = await asyncio.gather(asking, self._count(picture, now))
        return Heard(replies, counted, picture.followed)

    def _plan(self) -> plan.PlanParams:
        """A meter that does not answer leaves the searches to measure."""
        return plan_params(self._settings, metered=self._metered)

    async def _picture(self, now: datetime) -> _Picture:
        followed = await following.narratives_of(self._db, now)
        cared = {narrative.id for narrative in followed}
        async with self._db.reading() as c:
            live = await narratives.live(c, since=now - timedelta(days=3))
            asked = [n for n in live if not n.topic or n.id in cared]
            return _Picture(asked, {s.narrative_id: s for s in await scores.as_of(c, now)}, followed)

    async def _questions(self, picture: _Picture, now: datetime) -> list[Question]:
        async with self._db.reading() as c:
            asked = await observations.polls(c, since=now - plan.REMEMBERS, known_by=now)
            told = await _told(c, now)
        return plan.questions(
            self._plan(),
            narratives=picture.live,
            scores=picture.scores,
            polls=asked,
            now=now,
            allowance=await self._allowance(now),
            told=told,
            followed=picture.followed,
        )

    async def _allowance(self, now: datetime) -> int | None:
        """Searches this turn can pay for, when the rest of the day is to be paid as well."""
        if self._ledger is None:
            return None
        room = await self._ledger.room()
        if room.ticks < self._reserved:
            return 1  # which the ledger refuses: so the log has the cap's name, and the operator hears of it
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return budget.allowance(
            room,
            price=self._price,
            reserved=self._reserved,
            turn=int((now - midnight) / self._every),
            turns=ceil(DAY / self._every),
        )

    async def _count(self, picture: _Picture, now: datetime) -> list[Count]:
        """What the meter says of the narratives most worth measuring, since it last said something."""
        if self._meter is None or not self._counted:
            return []
        async with self._db.reading() as c:
            last = await counts.last(c, [n.id for n in picture.live])
        same = {n.id: last[n.id][1] for n in picture.live if n.id in last and last[n.id][0] == n.query}
        stale = [n for n in picture.live if n.id not in same or now - same[n.id] >= HOURLY]
        chosen = plan.measured(self._plan(), stale, picture.scores, last=same, now=now, count=self._counted)
        found = await asyncio.gather(*(self._counts_of(n, same.get(n.id), now) for n in chosen))
        if chosen:
            self._metered = any(found)
        return [count for counts_of in found for count in counts_of]

    async def _counts_of(self, narrative: Narrative, last: datetime | None, now: datetime) -> list[Count]:
        assert self._meter is not None
        since = now - COUNTED if last is None else last - AGAIN
        try:
            found = await self._meter.count(narrative.id, narrative.query, since=since, until=now)
            return [count._replace(known_at=now) for count in found]  # known to this turn, as its answers are
        except (Misconfigured, OutOfCredit) as error:
            log.warning("not counted", narrative=narrative.slug, fault=error.fault, why=str(error))
            if self._tell is not None:
                await self._tell(f"counts {error.fault}", {"why": str(error)})
        except SourceError as error:
            log.warning("not counted", narrative=narrative.slug, fault=error.fault, why=str(error))
        except Exception:  # as for a question: the rest of the turn is worth keeping
            log.exception("not counted", narrative=narrative.slug)
        return []


def _known(picture: _Picture, now: datetime) -> list[tuple[str, str]]:
    """What an answer may reuse."""
    recent = [n for n in picture.live if n.last_post_at >= now - timedelta(days=1)]
    return [(narrative.slug, narrative.title) for narrative in recent[:KNOWN]]


async def _told(c: AsyncConnection, now: datetime) -> dict[str, list[datetime]]:
    """When people were told of each narrative, as long as that is not graded; merged ones lead on."""
    sent = await records.sent(c, since=now - track_record.LAST)
    redirects = await narratives.redirects(c, since=now - track_record.LAST - DAY) if sent else {}
    told: dict[str, list[datetime]] = {}
    for id, at in sent:
        told.setdefault(survivor(id, redirects), []).append(at)
    return told


def plan_params(settings: Settings, *, metered: bool) -> plan.PlanParams:
    """How much the settings ask in one turn.

    Where X's own counts measure, searches only find, label and cite: half as many refreshes do.
    """
    knobs = settings.cycle
    return plan.PlanParams(
        every=timedelta(minutes=knobs.every_minutes),
        languages=knobs.languages,
        refreshes=ceil(knobs.refresh_per_cycle / 2) if metered else knobs.refresh_per_cycle,
        limit=knobs.posts_per_search,
        extras_per_day=knobs.extras_per_day,
        backfills_per_day=0 if metered else knobs.backfills_per_day,
    )


def following_costs(settings: Settings) -> int:
    """Ticks a day that one followed topic costs at most: a search a turn."""
    turns = ceil(DAY / timedelta(minutes=settings.cycle.every_minutes))
    return turns * prices.planned(settings.cycle.posts_per_search, settings.grok.model)
