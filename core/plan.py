"""What to ask this turn: one search intent a question, most telling narratives first.

Windows overlap the previous one by a quarter, so that what arrived late is still found and nothing falls
between two polls. A narrative nobody has asked about yet is asked about its past day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from core.models import Fact, Narrative, Poll, Question, QuestionKind, Score
from core.narratives.query import discovery_queries

OVERLAP = 0.25
DAY = timedelta(hours=24)


class PlanParams(Fact):
    """How much to ask in one turn."""

    every: timedelta
    languages: tuple[str, ...] = ("en", "zh")
    refreshes: int = 4
    limit: int = 10


def questions(
    params: PlanParams,
    *,
    narratives: Sequence[Narrative],
    scores: Mapping[str, Score],
    polls: Iterable[Poll],
    now: datetime,
) -> list[Question]:
    """All questions of one turn at `now`: discovery in every language, then the chosen refreshes."""
    last = _last_good(polls)
    asked = [_discover(params, query, last, now) for query in discovery_queries((), params.languages)]
    chosen = choose(narratives, scores, last, now=now, count=params.refreshes)
    return asked + [_refresh(params, narrative, last, now) for narrative in chosen]


def choose(
    narratives: Sequence[Narrative],
    scores: Mapping[str, Score],
    last: Mapping[str, Poll],
    *,
    now: datetime,
    count: int,
) -> list[Narrative]:
    """The `count` narratives worth asking about: lively ones often, quiet ones by and by.

    The urge is liveliness times hours since the last answer; one never asked about counts as a day old,
    and half the weight follows mere waiting so that no baseline starves.
    """

    def urge(narrative: Narrative) -> tuple[float, str]:
        poll = last.get(narrative.id)
        waited = min((now - poll.until) / DAY * 24 if poll else 24.0, 24.0)
        score = scores.get(narrative.id)
        lively = 1.0 if score is None else 0.25 + score.score / 50 + min(score.surprise, 6.0) / 3
        return (waited * lively, narrative.id)

    alive = [n for n in narratives if n.redirect_to is None and now - n.last_post_at <= 3 * DAY]
    return sorted(alive, key=urge, reverse=True)[:count]


def _last_good(polls: Iterable[Poll]) -> dict[str, Poll]:
    """The newest good poll per narrative id, or per query for discovery."""
    last: dict[str, Poll] = {}
    for poll in polls:
        key = poll.narrative_id or poll.query
        if poll.ok and (key not in last or poll.until > last[key].until):
            last[key] = poll
    return last


def _since(previous: Poll | None, now: datetime, *, first: timedelta, step: timedelta) -> datetime:
    if previous is None:
        return now - first
    return max(previous.until - OVERLAP * step, now - DAY)


def _discover(params: PlanParams, query: str, last: Mapping[str, Poll], now: datetime) -> Question:
    first = params.every * (1 + OVERLAP)
    since = _since(last.get(query), now, first=first, step=params.every)
    return Question(kind=QuestionKind.DISCOVER, query=query, limit=params.limit, since=since, until=now)


def _refresh(params: PlanParams, narrative: Narrative, last: Mapping[str, Poll], now: datetime) -> Question:
    since = _since(last.get(narrative.id), now, first=DAY, step=params.every)
    return Question(
        kind=QuestionKind.REFRESH,
        query=narrative.query,
        limit=params.limit,
        since=since,
        until=now,
        narrative_id=narrative.id,
    )
