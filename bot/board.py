"""The picture of the last cycle, kept ready: `/trending` is a look at memory, not a calculation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import AppClock
from core import aging
from core.junk.asides import LeftOut, left_out
from core.models import Narrative, Poll, Score
from core.pipeline import COMPLETENESS
from core.signals.completeness import Completeness, completeness, overlaps
from storage import narratives, observations, posts, scores
from storage.database import Database
from storage.observations import Tally

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
NOTHING = LeftOut()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a view needs to know about the data: the last ranking and how good the view of X was."""

    scores: Sequence[Score] = ()
    narratives: Mapping[str, Narrative] = field(default_factory=dict)
    earlier: Sequence[Score] = ()  # the ranking of a day before; empty in the first day
    as_of: datetime | None = None  # of the scores
    data_until: datetime | None = None  # X was last really seen then
    started_at: datetime | None = None  # first poll ever
    observed_hours: int = 0  # in so many hours X was really seen
    tally: Tally | None = None  # polls of the last 24 h
    completeness: Completeness | None = None  # whether searches return all the newest posts
    fault: str | None = None  # why the newest polls failed, when all of them did
    left_out: LeftOut = NOTHING  # of the last 24 h
    saving: bool = False  # the last turn asked nothing, so that the day's money lasts


class Board:
    """Holds the newest Snapshot; reads the database only after a new cycle."""

    def __init__(self, database: Database, clock: AppClock, *, every: timedelta = HOUR) -> None:
        self._db = database
        self._clock = clock
        self._every = every  # how often it is looked at X
        self._cycle_id: str | None = None
        self._snapshot = Snapshot()

    async def current(self) -> Snapshot:
        """The newest picture there is, trusted less the older it is; empty before the first cycle."""
        snapshot = await self._newest()
        age = aging.data_age(snapshot.data_until, self._clock.now())
        left = aging.share(age, every=self._every)
        if left == 1.0:
            return snapshot
        return replace(snapshot, scores=[aging.aged(score, left) for score in snapshot.scores])

    async def _newest(self) -> Snapshot:
        now = self._clock.now()
        async with self._db.reading() as c:
            cycle = await observations.last_cycle(c, by=now)
            if cycle is None or cycle.id == self._cycle_id:
                return self._snapshot
            newest = await scores.as_of(c, now)
            as_of = newest[0].as_of if newest else None
            good = await observations.last_good_poll(c, by=now)
            polls = await observations.of_cycle(c, cycle.id)
            asides = await posts.asides(c, since=cycle.known_at - DAY)
            self._snapshot = Snapshot(
                scores=newest,
                narratives=await narratives.by_ids(c, [s.narrative_id for s in newest]),
                earlier=await scores.as_of(c, as_of - DAY) if as_of else (),
                as_of=as_of,
                data_until=good.until if good else None,
                started_at=await observations.first_poll_at(c),
                observed_hours=await observations.observed_hours(c),
                tally=await observations.tally(c, since=cycle.known_at - DAY),
                completeness=await _completeness(c, cycle.known_at),
                fault=_fault(polls),
                left_out=await asyncio.to_thread(left_out, asides),
                saving=not polls,
            )
            self._cycle_id = cycle.id
            return self._snapshot


def _fault(polls: Sequence[Poll]) -> str | None:
    if not polls or any(poll.ok for poll in polls):
        return None
    return polls[0].fault or "failed"


async def _completeness(c: AsyncConnection, now: datetime) -> Completeness:
    since = now - COMPLETENESS
    asked = await observations.polls(c, since=since, known_by=now)
    finds = await observations.finds(c, since=since, known_by=now)
    return completeness(overlaps(p for p in asked if p.known_at > since), finds)
