"""Hourly polls of labelled tweet counts, and what the product made of them at every hour.

Rate simulator: the series' 5-minute counts become posts (thinned at random for a share of the volume,
spread evenly inside their row); every hour a poll asks for the newest K posts since a quarter of an hour
before the last good one, and 3 % of the polls are lost. A full poll covers back to its oldest post, as in
the product. At every hour the product's own `build` and `measure` see what was known then, 14 days of it,
nothing from later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

import numpy as np

from core import signals
from core.models import Mention, Poll, QuestionKind
from core.signals import Measures, Panel, build, measure
from tests.eval.nab import MEMORY, Series

HOUR = timedelta(hours=1)
LOST, OVERLAP = 0.03, 0.25
MEMORY_HOURS = round(MEMORY / HOUR)
REACH = 3  # hours that a poll after lost ones asks about, at most


@dataclass(frozen=True)
class Log:
    """Everything the polls of some narratives brought back, by the hour at which it was known."""

    ids: tuple[str, ...]
    begin: datetime
    mentions: tuple[tuple[Mention, ...], ...]  # new at each hour, from 0 on
    polls: tuple[tuple[Poll, ...], ...]

    @property
    def hours(self) -> int:
        """Hours of the log; its last polls are made at their end."""
        return len(self.polls) - 1


def asked(
    found: Sequence[Series],
    limit: int,
    chance: np.random.Generator,
    *,
    share: float = 1.0,
    lost: float = LOST,
) -> Log:
    """The log of hourly polls of the newest `limit` posts, at a `share` of the volume."""
    begin, hours = span(found)
    mentions: list[list[Mention]] = [[] for _ in range(hours + 1)]
    polls: list[list[Poll]] = [[] for _ in range(hours + 1)]
    for number, series in enumerate(found):
        times = posts(series, begin, share, chance)
        since, told = 0.0, 0  # the posts before `told` are known, or missed for good
        for until in np.flatnonzero(chance.random(hours + 1) >= lost)[1:]:
            start = max(since, until - REACH)
            first, end = np.searchsorted(times, [start, until])
            shown = range(max(first, end - limit), end)
            seen_from = float(times[shown[0]]) if len(shown) >= limit else start
            known = moment(begin, until)
            polls[until].append(poll(series.name, known, moment(begin, seen_from), limit))
            mentions[until] += (
                Mention(
                    series.name, str(number * 10**9 + k + 1), moment(begin, times[k]), known, metered=True
                )
                for k in range(max(shown.start, told), end)
            )
            since, told = until - OVERLAP, end
    ids = tuple(s.name for s in found)
    return Log(ids, _utc(begin), tuple(map(tuple, mentions)), tuple(map(tuple, polls)))


def span(found: Sequence[Series]) -> tuple[float, int]:
    """The hour in which the first series begins, and the whole hours until the last one ends."""
    begin = min(s.times[0] for s in found) // 3600 * 3600
    return begin, int((max(s.times[-1] for s in found) - begin) // 3600)


def posts(series: Series, begin: float, share: float, chance: np.random.Generator) -> np.ndarray:
    """Times of the series' posts in hours after `begin`, ascending."""
    counts = chance.binomial(series.counts.astype(int), share)
    rows = np.repeat(np.arange(len(counts)), counts)
    times = (series.times[rows] - begin) / 3600.0 + series.step * chance.random(len(rows))
    return np.sort(times)


def poll(narrative_id: str, until: datetime, seen_from: datetime, limit: int) -> Poll:
    """A good refresh that covered from `seen_from` to `until`."""
    return Poll.model_construct(
        id=f"{narrative_id}.{until}", kind=QuestionKind.REFRESH, narrative_id=narrative_id, query="q",
        mode="Latest", limit=limit, ok=True, until=until, covered_from=seen_from, known_at=until,
    )  # fmt: skip


def moment(begin: float, hour: float) -> datetime:
    """The time so many hours after `begin`."""
    return _utc(begin) + float(hour) * HOUR


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def watched(log: Log) -> Iterator[tuple[int, tuple[Panel, Measures]]]:
    """What the product measures at the end of every hour, from what was known then.

    No poll reaches back further than `REACH`: buckets older than that are final, so a panel is the finished
    one up to there and the newest hours as they were known.
    """
    whole = _built(log, 0, log.hours)
    for t in range(REACH + 2, log.hours + 1):
        fresh = _built(log, t - REACH - 2, t)
        first = max(t - MEMORY_HOURS, 0)
        n, tau = (
            np.hstack([getattr(whole, name)[:, first : t - REACH], getattr(fresh, name)[:, -REACH:]])
            for name in ("n", "tau")
        )
        panel = Panel.of_counts(n, tau, now=log.begin + t * HOUR, ids=log.ids)
        yield t, (panel, measure(panel))


def _built(log: Log, first: int, last: int) -> Panel:
    """The product's panel of the hours from `first` to `last`, as known at `last`."""
    known = slice(first, last + 1)
    mentions, polls = chain(*log.mentions[known]), chain(*log.polls[known])
    return build(
        log.ids,
        signals.Log.of(mentions, signals.sampled(polls)),
        now=log.begin + last * HOUR,
        hours=last - first,
    )
