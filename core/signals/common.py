"""Common: what moved nearly all narratives at once is no news about any one of them.

Over the narratives with a past that were measured by their own polls or counts in the last 3 h, at least 5:
the middle log-ratio g is at least ln 2 away from usual, three in four moved the same way by 0.3 or more, and
Σ z/√n ≥ 3 with z = g/√(var g + max(φ, 0.05)): narratives that move independently, also very restless ones,
look like that in fewer than 1 of 10⁴ readings (`test_common.py`). factor = e^(middle g), 1.0 usual.

Which of two it is follows from the other meter we have. Discovery asks about crypto in general: where its
polls, of equal segments only, return 1.5 × as many posts per covered hour as at their median of the week (at
an average hour of the day), there is more talk: the *whole market*. Where they do not, where they cannot say,
where most of the narratives changed their segment, or where all fell, it is a *meter change*.

What this cannot tell apart: an X search that returns more of everything, discovery included, looks like a
whole market; a whole market that talks of our narratives and not of crypto's general words looks like a meter
change. Full discovery pages cover minutes, so their density is that of those minutes. Either way nothing but
"all at once" is claimed, and what moves beyond the common factor still counts as its own.

>>> from core.signals import Panel, measure
>>> loud = np.hstack([np.full((6, 237), 8.0), np.full((6, 3), 32.0)])
>>> now = datetime(2026, 1, 11, tzinfo=UTC)
>>> found = common(measure(Panel.of_counts(loud, np.ones(loud.shape), now=now)), polls=())
>>> found.kind, found.narratives, found.of, found.factor > 3.0
('meter change', 6, 6, True)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import exp, log, sqrt
from statistics import median
from typing import Literal

import numpy as np
from pydantic import Field

from core.models import Fact, Poll, QuestionKind
from core.signals.gamma import Bools
from core.signals.log import Log, code, micros
from core.signals.measures import Measures
from core.signals.segments import RECENT, changed, sampled, saw

LEAST = 5  # narratives without which nothing is common
JUMP = log(2.0)  # of the middle one
MOVED, SHARE = 0.3, 0.75  # what counts as moved, and how many must have
UNUSUAL = 3.0  # standard deviations of all together
PAST_HOURS = 12.0  # own history without which a narrative has no usual to move from
DENSER = 1.5
WEEK = timedelta(days=7)
LEAST_POLLS = 12  # of discovery that make a usual density
_FLUCTUATION = 0.05  # variance of a log-ratio that an even narrative has beside chance


class Common(Fact):
    """One move of nearly all measured narratives."""

    kind: Literal["meter change", "whole market"]
    factor: float = Field(ge=0.0)  # the middle narrative's rate over its usual; below 1 all fell
    narratives: int = Field(ge=0)  # that moved with it
    of: int = Field(ge=0)  # measured
    surprise: float = Field(ge=0.0)  # of the middle one
    moved: tuple[str, ...]  # their ids, farthest from usual first


def common(measures: Measures, polls: Iterable[Poll]) -> Common | None:
    """The common move at the measures' time, None without one. `polls`: of the last 8 days, in any order."""
    known = list({p.id: p for p in polls if p.known_at <= measures.as_of}.values())
    replaced = _replaced(measures, known)
    watched = np.flatnonzero(measures.polled & ((measures.history_hours >= PAST_HOURS) | replaced))
    if len(watched) < LEAST:
        return None
    g = measures.g[watched]
    middle = float(np.median(g))
    side = -1.0 if middle < 0.0 else 1.0
    moved = watched[side * g >= MOVED]
    spread = np.sqrt(measures.variance[watched] + np.maximum(measures.phi[watched], _FLUCTUATION))
    z = side * float((g / spread).sum()) / sqrt(len(g))
    if abs(middle) < JUMP or len(moved) < SHARE * len(g) or z < UNUSUAL:
        return None
    new_meter = middle < 0.0 or 2 * replaced[watched].sum() > len(g) or not _denser(measures, known)
    return Common(
        kind="meter change" if new_meter else "whole market",
        factor=exp(middle),
        narratives=len(moved),
        of=len(g),
        surprise=float(np.median(measures.surprise[watched])),
        moved=tuple(measures.ids[i] for i in sorted(moved, key=lambda i: (-side * measures.g[i], i))),
    )


def _replaced(measures: Measures, polls: Iterable[Poll]) -> Bools:
    """Narratives [N] whose segment became another one in the last 3 h."""
    fresh = changed(Log.of(samples=sampled(polls)).samples, micros(measures.as_of))
    return np.isin([code(id_) for id_ in measures.ids], fresh) & ~measures.counted


def _denser(measures: Measures, polls: Iterable[Poll]) -> bool:
    ratio = density(polls, profile=tuple(measures.profile), now=measures.as_of)
    return ratio is not None and ratio >= DENSER


def density(polls: Iterable[Poll], *, profile: Sequence[float], now: datetime) -> float | None:
    """Discovery's posts per covered hour in the last 3 h over their usual; None where no past compares.

    Each stream (a segment of discovery polls, newest first) is set against its own median poll of the 7 days
    before, both at an average hour of the day by `profile` [24]; the streams count together.
    """
    recent: dict[tuple[str, str | None, str], list[Poll]] = defaultdict(list)
    before: dict[tuple[str, str | None, str], list[float]] = defaultdict(list)
    for p in polls:
        if p.kind is QuestionKind.DISCOVER and saw(p) and p.known_at <= now and _hours(p) > 0.0:
            if now - RECENT < p.until <= now:
                recent[p.segment].append(p)
            elif now - RECENT - WEEK < p.until <= now - RECENT:
                before[p.segment].append(p.returned / _exposure(p, profile))
    pairs = [
        (sum(p.returned for p in asked) / sum(_exposure(p, profile) for p in asked), median(before[stream]))
        for stream, asked in recent.items()
        if len(before[stream]) >= LEAST_POLLS
    ]
    usual = sum(past for _, past in pairs)
    return sum(rate for rate, _ in pairs) / usual if usual > 0.0 else None


def _hours(poll: Poll) -> float:
    return (poll.until - (poll.covered_from or poll.until)) / timedelta(hours=1)


def _exposure(poll: Poll, profile: Sequence[float]) -> float:
    """Covered hours × hour-of-day multiplier."""
    return _hours(poll) * profile[poll.until.astimezone(UTC).hour]
