"""Segments: what each narrative is measured by, so that only samples of one meter are compared.

A poll is a sample of (query, served model, version of prompt and schema): its segment. A narrative's current
segment is that of its newest good refresh or backfill poll; only polls of it cover, the others are of another
meter. It follows from what is known, not from what happened: when a fallback model served one turn, the old
series returns with the next. Counts are a meter of their own: those of the newest counted query are used
until the narrative's polls have seen 3 h more than they have. Source: the baseline breaks with the meter
(`signals.md` 4.0: a narrative's coverage is its refresh polls, or the hours a counts meter reported).

>>> noon, end = datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 13)
>>> half, whole = Count("a", "q", noon, noon + HOUR / 2, 3, noon), Count("a", "q", noon, end, 7, end)
>>> [count.posts for count in counted([whole, half], now=end)["a"]]
[7]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.models import Count, Poll, QuestionKind

HOUR = timedelta(hours=1)
RECENT = 3 * HOUR  # the long window of momentum
SAMPLES = frozenset({QuestionKind.REFRESH, QuestionKind.BACKFILL})
Span = tuple[str, datetime, datetime]  # narrative id, and the stretch of time that one poll or count saw


@dataclass(frozen=True)
class Meters:
    """What each of these narratives is measured by."""

    spans: list[Span]
    counts: list[Count]  # of the narratives that counts measure
    counted: frozenset[str]  # their ids

    @classmethod
    def of(
        cls, ids: Collection[str], polls: Iterable[Poll], counts: Iterable[Count], now: datetime
    ) -> Meters:
        """The meters as known at `now`; the order and repetition of polls and counts change nothing."""
        samples = sampled((p for p in polls if p.narrative_id in ids), now)
        totals = counted((c for c in counts if c.narrative_id in ids), now)
        totals = {id_: rows for id_, rows in totals.items() if not outdated(rows, samples.get(id_, ()))}
        used = [c for rows in totals.values() for c in rows]
        spans = [(c.narrative_id, c.start, c.end) for c in used]
        for id_, asked in samples.items():
            if id_ not in totals:
                spans += ((id_, p.covered_from or p.until, p.until) for p in current(asked))
        return cls(spans, used, frozenset(totals))


def sampled(polls: Iterable[Poll], now: datetime) -> dict[str, list[Poll]]:
    """Each narrative's own polls known by now that really saw a stretch of time, of any segment."""
    found: dict[str, list[Poll]] = defaultdict(list)
    for p in polls:
        if p.kind in SAMPLES and p.narrative_id is not None and saw(p, now):
            found[p.narrative_id].append(p)
    return found


def saw(poll: Poll, now: datetime) -> bool:
    """Whether a poll known by now measured anything: a failed one, or one that chose, did not."""
    return poll.covered_from is not None and poll.ok and poll.meters and poll.known_at <= now


def current(samples: Sequence[Poll]) -> list[Poll]:
    """Those of the newest one's segment.

    The newest has seen furthest; when it became known plays no part, so a delayed answer changes nothing.
    """
    segment = max(samples, key=lambda p: (p.until, p.id)).segment
    return [p for p in samples if p.segment == segment]


def changed(samples: Sequence[Poll], now: datetime) -> bool:
    """Whether the current segment took the place of another one in the last 3 h."""
    since = now - RECENT
    fresh = all(p.known_at > since for p in current(samples))
    return fresh and any(p.known_at <= since for p in samples)


def counted(counts: Iterable[Count], now: datetime) -> dict[str, list[Count]]:
    """Each narrative's counts known by now of the query counted last, none overlapping another."""
    found: dict[str, list[Count]] = defaultdict(list)
    for c in counts:
        if c.known_at <= now and c.start < c.end <= now:
            found[c.narrative_id].append(c)
    return {id_: _apart(_of_newest_query(rows)) for id_, rows in found.items()}


def _of_newest_query(counts: Sequence[Count]) -> list[Count]:
    query = max(counts, key=lambda c: (c.end, c.known_at, c.query)).query
    return [c for c in counts if c.query == query]


def _apart(counts: Iterable[Count]) -> list[Count]:
    """Of equal beginnings the one known last, then the longest first, as far as they do not overlap."""
    newest: dict[datetime, Count] = {}
    for c in counts:
        newest[c.start] = max(newest.get(c.start, c), c, key=lambda c: (c.known_at, c.end, c.posts))
    hours: dict[datetime, list[Count]] = defaultdict(list)
    for c in sorted(newest.values(), key=lambda c: (c.start - c.end, c.start)):
        hour = hours[c.start.replace(minute=0, second=0, microsecond=0)]
        if all(c.end <= kept.start or kept.end <= c.start for kept in hour):
            hour.append(c)
    return [c for hour in hours.values() for c in hour]


def outdated(counts: Sequence[Count], samples: Sequence[Poll]) -> bool:
    """Whether the narrative's polls went on 3 h beyond its counts: the counts meter is off or down."""
    counted_until = max(c.end for c in counts)
    return any(p.until - counted_until > RECENT for p in samples)
