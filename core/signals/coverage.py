"""What was observed: the union of the intervals that polls covered, and its hours in each bucket.

A poll that came back full saw only [oldest returned post, until]; a failed one saw nothing. Coverage is a
union, so overlaps, repetitions and the order of polls cannot change it. Unobserved time is unknown, not
quiet. Units: hours on a line; all intervals are half open, [a, b). Source: `signals.md` 4.0 and 4.1, with one
case more: a bucket also counts as covered where a page of posts was seen. Ten posts of a loud narrative span
seconds; six minutes of silence would count and they would not, so that the louder a story was the less was
said of it (`tests/eval/bursts.py`: recall .27 without, .83 with, at ten posts a poll).

>>> seen = Intervals.union([(2.0, 3.0), (0.0, 1.5), (1.0, 2.5)])
>>> seen.hours_in(np.array([0.0, 1.0, 2.0, 4.0])).tolist()
[1.0, 1.0, 1.0]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.signals.gamma import Bools, Floats

SEEN_HOURS = 0.1  # a bucket counts as covered from 6 minutes on …
PAGE = 5  # … or from as many posts: the newest ten of a loud narrative span seconds
SPARSE = 4.0  # buckets of history that one seen bucket vouches for at most
SLIVER = 0.1  # share of a bucket below which what was seen of it is counted with its neighbour
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Intervals:
    """Disjoint, ascending intervals of float hours."""

    starts: Floats
    ends: Floats

    @classmethod
    def union(cls, pairs: Iterable[tuple[float, float]] | Floats) -> Intervals:
        """The union of [a, b) pairs in any order; empty and backward ones add nothing."""
        ab = np.asarray(pairs if isinstance(pairs, np.ndarray) else list(pairs), dtype=float).reshape(-1, 2)
        forward = np.flatnonzero(ab[:, 1] > ab[:, 0])
        order = forward[np.argsort(np.take(ab[:, 0], forward), kind="stable")]
        starts, ends = np.take(ab[:, 0], order), np.take(ab[:, 1], order)
        reach = np.maximum.accumulate(ends)
        opens = np.ones(len(starts), dtype=bool)
        opens[1:] = starts[1:] > reach[:-1]
        closes = np.roll(opens, -1)  # the last interval before the next opening one; the first always opens
        return cls(np.compress(opens, starts), np.compress(closes, reach))

    def hours_before(self, at: ArrayLike) -> Floats:
        """Covered hours to the left of each point."""
        points = np.asarray(at, dtype=float)
        total = np.concatenate([[0.0], np.cumsum(self.ends - self.starts)])
        k = np.searchsorted(self.starts, points, side="right")
        ends = np.concatenate([[-np.inf], self.ends])
        hours: Floats = total[k] - np.maximum(ends[k] - points, 0.0)
        return hours

    def hours_in(self, edges: Floats) -> Floats:
        """Covered hours between neighbouring edges (last axis), ≥ 0."""
        return np.maximum(np.diff(self.hours_before(edges), axis=-1), 0.0)

    def covers(self, at: ArrayLike) -> Bools:
        """Whether each point lies in a covered interval."""
        points = np.asarray(at, dtype=float)
        k = np.searchsorted(self.starts, points, side="right")
        covered: Bools = points < np.concatenate([[-np.inf], self.ends])[k]
        return covered


@dataclass(frozen=True)
class Slivers:
    """Which buckets [N, T] are joined to the bucket before or after them."""

    to_previous: Bools
    to_next: Bools

    @classmethod
    def find(cls, tau: Floats, n: Floats, width: float) -> Slivers:
        """Buckets seen for under a tenth of their width, without a page, beside one seen for longer."""
        seen = (tau >= SLIVER * width - _ROUNDING) | (n >= PAGE)
        thin = (tau > 0.0) & ~seen
        to_previous = thin.copy()
        to_previous[:, :1] = False
        to_previous[:, 1:] &= seen[:, :-1]
        to_next = thin & ~to_previous
        to_next[:, -1:] = False
        to_next[:, :-1] &= seen[:, 1:]
        return cls(to_previous, to_next)

    def join(self, values: Floats) -> Floats:
        """Move the slivers' amounts (hours or posts) into their neighbours; totals stay."""
        if not (self.to_previous.any() or self.to_next.any()):
            return values
        back, forth = values * self.to_previous, values * self.to_next
        joined: Floats = values - back - forth
        joined[:, :-1] += back[:, 1:]
        joined[:, 1:] += forth[:, :-1]
        return joined


def coverage(known: Bools, weights: Floats, buckets: float) -> Floats:
    """Share [N] of a window's buckets that count as covered.

    `weights` [T] is each bucket's part in the window, `buckets` the window's own length: what lies before the
    first bucket we keep was not observed either.

    >>> tau, n = np.array([[1.0, 0.05, 0.1, 0.01]]), np.array([[0.0, 2.0, 0.0, 9.0]])
    >>> coverage(seen(tau, n), np.ones(4), 4.0).tolist()
    [0.75]
    """
    share: Floats = known @ weights / buckets
    return np.minimum(share, 1.0)


def seen(tau: Floats, n: Floats) -> Bools:
    """Which buckets were observed enough to speak: for 6 minutes, or until a page was full."""
    enough: Bools = (tau >= SEEN_HOURS - _ROUNDING) | (n >= PAGE)
    return enough


def history(known: Bools, width: float) -> Floats:
    """Hours [N] of own history: from the first bucket seen to the last, at most 4 for each one seen.

    Not the hours observed: ten posts of a loud narrative cover minutes of an hour, and 48 observed hours of
    it would take weeks, though every hour was looked at. Nor the bare span: a look a day is no history. So
    48 h of history are two days of which at least every fourth hour was seen; a backfilled day counts.

    >>> history(np.array([[1] * 48, [1] + [0] * 46 + [1], [1] * 12 + [0] * 36], dtype=bool), 1.0).tolist()
    [48.0, 8.0, 12.0]
    """
    if not known.shape[1]:
        return np.zeros(len(known))
    span = known.shape[1] - known.argmax(1) - known[:, ::-1].argmax(1)
    hours: Floats = np.minimum(span, SPARSE * known.sum(1)) * width
    return hours
