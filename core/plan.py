"""What to ask this turn: one search intent a question, in the order of what it is worth.

First what is being said at all (discovery in every language), then who is worth a look (`choosing.py`),
stretches of the past of narratives whose usual is not known yet, and extra discovery by rank and by meaning.
Windows overlap the previous one by a quarter, so that what arrived late is still found and nothing falls
between two polls; where there is money for less, intervals get longer and windows with them.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from core import choosing
from core.backfill import stretches
from core.models import Fact, Narrative, Poll, Question, QuestionKind, Score
from core.narratives.query import discovery_queries, semantic_query
from core.rationing import rationed

OVERLAP = 0.25
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
REMEMBERS = timedelta(days=4)  # how far back the polls reach that a plan is made from
TOP, SEMANTIC = timedelta(hours=6), DAY  # how far back extra discovery looks
BACKFILLS = 2  # a turn, at most

_NEVER = datetime.min.replace(tzinfo=UTC)


class PlanParams(Fact):
    """How much to ask in one turn, and in one day."""

    every: timedelta
    languages: tuple[str, ...] = ("en", "zh")
    refreshes: int = 4
    limit: int = 10
    extras_per_day: int = 0
    backfills_per_day: int = 0


def questions(
    params: PlanParams,
    *,
    narratives: Sequence[Narrative],
    scores: Mapping[str, Score],
    polls: Iterable[Poll],
    now: datetime,
    allowance: int | None = None,
    told: Mapping[str, Sequence[datetime]] | None = None,
    followed: Sequence[Narrative] = (),
) -> list[Question]:
    """All questions of one turn at `now`, the most worthwhile first.

    `polls` are those of the last four days (`REMEMBERS`), `allowance` the searches there is money for; None:
    as many as there are to ask. `told` is when people were told of a narrative (by id), so long as the alert
    is not graded; `followed` are the narratives of topics that chats follow, the most followed first.
    """
    log = list(polls)
    regular = [p for p in log if p.meters and p.kind is not QuestionKind.BACKFILL]
    good, asked = _newest(p for p in regular if p.ok), _newest(regular)
    waiting = {subject: poll.until for subject, poll in asked.items()}
    chosen = choosing.chosen(
        narratives,
        scores,
        waiting,
        looks=Counter(poll.narrative_id for poll in regular if poll.narrative_id),
        told=told or {},
        followed=followed,
        now=now,
        count=params.refreshes,
        every=params.every,
    )
    discoveries = _discoveries(params, good, waiting, now)
    refreshes = [_refresh(params, narrative, good, now) for narrative in chosen.begun]
    refreshes += [_refresh(params, narrative, good, now, grades=True) for narrative in chosen.graded]
    refreshes += [_refresh(params, narrative, good, now, follows=True) for narrative in chosen.followed]
    refreshes += [_refresh(params, narrative, good, now) for narrative in chosen.others]
    others = [*_backfills(params, narratives, scores, log, now), *_extras(params, log, now)]
    planned = [*discoveries, *refreshes, *others]
    if allowance is None or allowance >= len(planned):
        return planned
    return rationed(discoveries, refreshes, others, places=allowance, asked=waiting)


def measured(
    params: PlanParams,
    narratives: Sequence[Narrative],
    scores: Mapping[str, Score],
    *,
    last: Mapping[str, datetime],
    now: datetime,
    count: int,
) -> list[Narrative]:
    """The narratives a counts meter should count this turn, most urgent first.

    `last` is the end of the last hour counted, per narrative id.
    """
    return choosing.choose(narratives, scores, last, now=now, count=count, every=params.every)


def _newest(polls: Iterable[Poll]) -> dict[str, Poll]:
    """The newest poll per narrative id, or per query for discovery."""
    newest: dict[str, Poll] = {}
    for poll in polls:
        subject = poll.narrative_id or poll.query
        if subject not in newest or poll.until > newest[subject].until:
            newest[subject] = poll
    return newest


def _since(previous: Poll | None, now: datetime, *, first: timedelta, step: timedelta) -> datetime:
    if previous is None:
        return now - first
    return max(previous.until - OVERLAP * step, now - max(DAY, (1 + OVERLAP) * step))


def _discoveries(
    params: PlanParams, good: Mapping[str, Poll], waiting: Mapping[str, datetime], now: datetime
) -> list[Question]:
    """Every language once, the one that waited longest first."""
    queries = discovery_queries((), params.languages)
    first = params.every * (1 + OVERLAP)
    return [
        Question(
            kind=QuestionKind.DISCOVER,
            query=query,
            limit=params.limit,
            since=_since(good.get(query), now, first=first, step=params.every),
            until=now,
        )
        for query in sorted(queries, key=lambda query: waiting.get(query, _NEVER))
    ]


def _refresh(
    params: PlanParams,
    narrative: Narrative,
    good: Mapping[str, Poll],
    now: datetime,
    *,
    grades: bool = False,
    follows: bool = False,
) -> Question:
    return Question(
        kind=QuestionKind.REFRESH,
        query=narrative.query,
        limit=params.limit,
        since=_since(good.get(narrative.id), now, first=DAY, step=params.every),
        until=now,
        narrative_id=narrative.id,
        grades=grades,
        follows=follows,
    )


def _backfills(
    params: PlanParams,
    narratives: Sequence[Narrative],
    scores: Mapping[str, Score],
    log: Sequence[Poll],
    now: datetime,
) -> list[Question]:
    """What is missing of young segments' past, the liveliest narratives first, within the day's budget."""
    spent = sum(p.kind is QuestionKind.BACKFILL and p.known_at > now - DAY for p in log)
    room = min(BACKFILLS, params.backfills_per_day - spent)
    if room <= 0:
        return []
    own: dict[str, list[Poll]] = defaultdict(list)
    for poll in log:
        own[poll.narrative_id or ""].append(poll)
    lively = sorted(
        choosing.alive(narratives, now), key=lambda n: (-choosing.liveliness(scores.get(n.id)), n.id)
    )
    missing = (
        Question(
            kind=QuestionKind.BACKFILL,
            query=narrative.query,
            limit=params.limit,
            since=since,
            until=until,
            narrative_id=narrative.id,
        )
        for narrative in lively
        for since, until in stretches(narrative, own[narrative.id], now=now)
    )
    return list(islice(missing, room))


def _extras(params: PlanParams, log: Sequence[Poll], now: datetime) -> list[Question]:
    """The discovery by rank and by meaning that is due, that which waited longest first."""
    asked = [p for p in log if p.kind is QuestionKind.DISCOVER and not p.meters]
    due = _due(params, max((p.known_at for p in asked), default=now - params.every), now)
    last: dict[tuple[str, str, str], datetime] = {}
    for poll in asked:
        choice = (poll.tool, poll.mode, poll.query)
        last[choice] = max(poll.known_at, last.get(choice, _NEVER))
    choices = sorted(_choices(params, now), key=lambda q: last.get((q.tool, q.mode, q.query), _NEVER))
    return choices[:due]


def _due(params: PlanParams, last: datetime, now: datetime) -> int:
    """How many extras' times have come since the last one: the day has as many, evenly spread.

    What was missed in a long silence is not made up for.
    """
    if not params.extras_per_day:
        return 0
    apart = DAY / params.extras_per_day
    begun = (now - _NEVER) // apart - (last - _NEVER) // apart
    return min(begun, math.ceil(params.every / apart))


def _choices(params: PlanParams, now: datetime) -> Iterator[Question]:
    """For every language the posts X ranks highest, and those close to the meaning of something new."""
    discover, limit = QuestionKind.DISCOVER, params.limit
    for language in params.languages:
        for query in discovery_queries((), (language,)):
            yield Question(kind=discover, query=query, mode="Top", limit=limit, since=now - TOP, until=now)
        yield Question(
            kind=discover,
            query=semantic_query(language),
            tool="x_semantic_search",
            limit=limit,
            since=now - SEMANTIC,
            until=now,
        )
