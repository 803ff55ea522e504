"""Segments: what each narrative is measured by, so that only samples of one meter are compared.

A poll is a sample of (query, served model, version of prompt and schema): its segment. A narrative's current
segment is that of its newest good refresh or backfill poll; only polls of it cover, the others are of another
meter. It follows from what is known, not from what happened: when a fallback model served one turn, the old
series returns with the next. Counts are a meter of their own: those of the newest counted query are used
until the narrative's polls have seen 3 h more than they have. Source: the baseline breaks with the meter
(`signals.md` 4.0: a narrative's coverage is its refresh polls, or the hours a counts meter reported).

>>> from core.models import Count
>>> from core.signals.log import EPOCH, micros
>>> noon = EPOCH + timedelta(days=20000, hours=12)
>>> half = Count("a", "q", noon, noon + HOUR / 2, 3, noon + HOUR / 2)
>>> log = Log.of(counts=[half, half._replace(end=noon + HOUR, posts=7, known_at=noon + HOUR)])
>>> counted(log.counts, now=micros(noon + HOUR))["posts"].tolist()
[7]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from core.models import Poll, QuestionKind
from core.signals.gamma import Bools
from core.signals.log import MICROSECOND, Log, Sample
from core.signals.records import Ints, Rows, among, runs, where

HOUR = timedelta(hours=1)
RECENT = 3 * HOUR  # the long window of momentum
SAMPLES = frozenset({QuestionKind.REFRESH, QuestionKind.BACKFILL})
_HOUR, _RECENT = HOUR // MICROSECOND, RECENT // MICROSECOND


@dataclass(frozen=True)
class Meters:
    """What each narrative is measured by: rows of the log."""

    samples: Rows  # that cover; narratives measured by counts have none
    counts: Rows
    counted: Ints  # sorted codes of the narratives that counts measure

    @classmethod
    def of(cls, log: Log, now: int) -> Meters:
        """The meters as known at `now` (µs)."""
        known = where(log.samples, log.samples["known"] <= now)
        totals = _not_outdated(counted(log.counts, now), known)
        ids = totals["narrative"][runs(totals["narrative"])]
        samples = where(known, current(known))
        return cls(where(samples, among(samples["narrative"], ids) < 0), totals, ids)

    @property
    def spans(self) -> tuple[Ints, Ints, Ints]:
        """Narrative's code, and the stretch of time that one poll or count saw: from, until."""
        polls = (self.samples[name] for name in ("narrative", "since", "at"))
        totals = (self.counts[name] for name in ("narrative", "at", "end"))
        narrative, since, until = (np.concatenate(pair) for pair in zip(polls, totals, strict=True))
        return narrative, since, until


def sampled(polls: Iterable[Poll]) -> list[Sample]:
    """The narratives' own polls that really saw a stretch of time, of any segment."""
    return [
        Sample(p.narrative_id, p.covered_from, p.until, p.segment, p.known_at)
        for p in polls
        if p.kind in SAMPLES and p.narrative_id is not None and p.covered_from is not None and saw(p)
    ]


def saw(poll: Poll) -> bool:
    """Whether a poll measured anything: a failed one, or one that chose, did not."""
    return poll.covered_from is not None and poll.ok and poll.meters


def current(samples: Rows) -> Bools:
    """Which of a log's samples are of the segment of their narrative's newest one.

    The newest has seen furthest; when it became known plays no part, so a delayed answer changes nothing.
    """
    starts = runs(samples["narrative"])
    lengths = np.diff(starts, append=len(samples))
    newest = samples["segment"][starts + lengths - 1]
    of_it: Bools = samples["segment"] == np.repeat(newest, lengths)
    return of_it


def changed(samples: Rows, now: int) -> Ints:
    """Codes of the narratives whose current segment took the place of another one in the last 3 h."""
    known = samples[samples["known"] <= now]
    starts = runs(known["narrative"])
    if not len(starts):
        return starts
    old = known["known"] <= now - _RECENT
    before = np.logical_or.reduceat(old, starts)
    still = np.logical_or.reduceat(old & current(known), starts)
    codes: Ints = known["narrative"][starts][before & ~still]
    return codes


def counted(counts: Rows, now: int) -> Rows:
    """Each narrative's counts known by now of the query counted last, none overlapping another."""
    known = counts[(counts["known"] <= now) & (counts["at"] < counts["end"]) & (counts["end"] <= now)]
    if not len(known):
        return known
    starts = runs(known["narrative"])
    lengths = np.diff(starts, append=len(known))
    order = np.lexsort([known[name] for name in ("query", "known", "end", "narrative")])
    query = np.repeat(known["query"][order[starts + lengths - 1]], lengths)
    ours: Rows = known[known["query"] == query]
    return _apart(ours)


def _apart(counts: Rows) -> Rows:
    """Of equal beginnings the one known last, then the longest first, as far as they do not overlap."""
    ordered = counts[np.lexsort([counts[name] for name in ("posts", "end", "known", "at", "narrative")])]
    starts = runs(ordered[["narrative", "at"]])
    newest: Rows = ordered[np.append(starts[1:], len(ordered)) - 1]
    same = newest["narrative"][1:] == newest["narrative"][:-1]
    crossing = same & (newest["end"][:-1] > newest["at"][1:])
    mixed = np.isin(newest["narrative"], newest["narrative"][1:][crossing])
    if not mixed.any():
        return newest
    kept = ~mixed
    taken: dict[tuple[int, int], list[Rows]] = {}
    for i in sorted(np.flatnonzero(mixed), key=lambda i: (newest["at"][i] - newest["end"][i], i)):
        row = newest[i]
        hour = taken.setdefault((int(row["narrative"]), int(row["at"]) // _HOUR), [])
        kept[i] = all(row["end"] <= other["at"] or other["end"] <= row["at"] for other in hour)
        if kept[i]:
            hour.append(row)
    apart: Rows = newest[kept]
    return apart


def _not_outdated(counts: Rows, samples: Rows) -> Rows:
    """Without narratives whose polls went on 3 h beyond their counts: the counts meter is off or down."""
    if not len(counts) or not len(samples):
        return counts
    first, begins = runs(counts["narrative"]), runs(samples["narrative"])
    polled_until = samples["at"][np.append(begins[1:], len(samples)) - 1]
    place = among(counts["narrative"][first], samples["narrative"][begins])
    counted_until = np.maximum.reduceat(counts["end"], first)
    gone = (place >= 0) & (polled_until[place] - counted_until > _RECENT)
    useful: Rows = counts[~np.repeat(gone, np.diff(first, append=len(counts)))]
    return useful
