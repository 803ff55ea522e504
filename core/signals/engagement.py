"""Engagement velocity: do people take up the posts faster than posts of that age usually gain?

A post seen twice had E₁ likes, reposts and replies at age a₁ and E₂ at age a₂ = a₁ + Δ. By its age alone it
would have E₁·M(a₂)/M(a₁), where M(a) = F(a)·a^0.2 is what posts have gained by an age: F the SEISMIC
kernel's cdf, and a slow growth of those it reaches: the exponent is the middle one of retweet cascades of
2018, because F alone expects too little of young posts (`tests/eval/engagement.py`). Its excess is [ln(1 +
E₂) − ln(1 + E₁·M(a₂)/M(a₁))]/Δ, in nats per hour; a narrative's is the median of its posts, at least 5,
seen twice in the last 24 h. value = 1/(1 + e⁻³ᵉ), in [0, 1]: 0.5 as expected, 0.67 twice that in 3 h. error
= 1.2533·1.4826·MAD/√n, with at least 0.1 nats for the MAD's term; confidence = P(the growth of 3 h is
within × 1.5 of the truth). Only kinds told both times count, and where not one post of a narrative changed
at all nothing is told: then it is the counts that stand still. Source: `signals.md` 4.4; kernel: Zhao et
al. KDD'15.

>>> matured(np.array([0.25, 1.0, 24.0])).round(2).tolist()
[0.28, 0.54, 1.47]
>>> age = np.full(5, 1.0)
>>> fast = growth(np.zeros(5, dtype=np.int64), np.full(5, 20.0), np.full(5, 80.0), age, age + 1.0, rows=1)
>>> bool(fast.value[0] > 0.9), int(fast.n[0])
(True, 5)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.models import Engagement, Mention
from core.signals.gamma import Bools, Floats, sigmoid, within_factor
from core.signals.records import Ints
from core.signals.velocity import FLAT_HOURS, THETA

HOURS = 3.0  # over which growth is told, as velocity's
WINDOW = timedelta(hours=24)  # how far back both looks lie
LEAST_POSTS = 5
_APART = 0.25  # hours between the two looks, at least
_FLOOR = 0.1  # nats per hour that one post's growth differs from another's
_YOUNGEST = 1.0 / 60.0  # hours
_REACH = 0.2  # exponent of the slow growth
_KINDS = ("likes", "reposts", "replies")


@dataclass(frozen=True)
class Growth:
    """One element per narrative."""

    excess: Floats  # nats per hour beyond what age explains
    error: Floats  # its standard error
    n: Floats  # posts seen twice
    value: Floats
    confidence: Floats

    @property
    def told(self) -> Bools:
        """Where enough posts were seen twice."""
        enough: Bools = self.n >= LEAST_POSTS
        return enough


def engagement(
    rows: Mapping[str, int], mentions: Iterable[Mention], log: Iterable[Engagement], *, now: datetime
) -> Growth:
    """The growth [N] of narratives' posts, from everything known of their engagement in the last 24 h."""
    pairs = _pairs(log, now)
    posts = {
        (rows[m.narrative_id], m.post_id): m.created_at
        for m in mentions
        if m.narrative_id in rows and m.post_id in pairs and m.known_at <= now
    }
    table = [
        (row, *told, *((known - created) / timedelta(hours=1) for known in looks))
        for (row, post_id), created in sorted(posts.items())
        for told, looks in [pairs[post_id]]
    ]
    row, *columns = np.array(table, dtype=float).reshape(-1, 5).T
    return growth(row.astype(np.int64), *columns, rows=len(rows))


def _pairs(
    log: Iterable[Engagement], now: datetime
) -> dict[str, tuple[tuple[float, float], tuple[datetime, datetime]]]:
    """Each post's first and last engagement in the window, with when it was told."""
    seen: dict[str, list[Engagement]] = {}
    for each in log:
        if now - WINDOW < each.known_at <= now:
            seen.setdefault(each.post_id, []).append(each)
    pairs = {}
    for post_id, looks in seen.items():
        first, last = min(looks, key=_when), max(looks, key=_when)
        kinds = [k for k in _KINDS if getattr(first, k) is not None and getattr(last, k) is not None]
        if kinds and last.known_at - first.known_at >= timedelta(hours=_APART):
            told = _total(first, kinds), _total(last, kinds)
            pairs[post_id] = told, (first.known_at, last.known_at)
    return pairs


def _when(look: Engagement) -> tuple[datetime, int]:
    return look.known_at, sum(getattr(look, kind) or 0 for kind in _KINDS)


def _total(look: Engagement, kinds: Iterable[str]) -> float:
    return float(sum(getattr(look, kind) for kind in kinds))


def growth(row: Ints, before: Floats, after: Floats, young: Floats, old: Floats, *, rows: int) -> Growth:
    """Growth [N] from posts' rows, engagement at two looks, and ages in hours at them."""
    each = excess(before, after, young, old)
    middle, spread, n = np.zeros(rows), np.zeros(rows), np.bincount(row, minlength=rows).astype(float)
    for i in np.flatnonzero(n):
        own = each[row == i]
        middle[i] = np.median(own)
        spread[i] = 1.4826 * np.median(np.abs(own - middle[i]))
    error = 1.2533 * np.maximum(spread, _FLOOR) / np.sqrt(np.maximum(n, 1.0))
    n = np.where(np.bincount(row, after != before, rows) > 0, n, 0.0)
    told = n >= LEAST_POSTS
    certain = np.where(told, within_factor((HOURS * error) ** 2), 0.0)
    return Growth(middle, error, n, np.where(told, sigmoid(HOURS * middle), 0.5), certain)


def excess(before: Floats, after: Floats, young: Floats, old: Floats) -> Floats:
    """Nats per hour by which posts gained more than their age explains."""
    young = np.maximum(young, _YOUNGEST)
    expected = before * matured(old) / matured(young)
    rate: Floats = (np.log1p(after) - np.log1p(expected)) / np.maximum(old - young, _YOUNGEST)
    return rate


def matured(age: Floats) -> Floats:
    """M: what a post has gained by an age in hours, as a multiple of what it gains in all by the kernel."""
    gained: Floats = reacted(age) * np.maximum(age, _YOUNGEST) ** _REACH
    return gained


def reacted(age: Floats) -> Floats:
    """F: the share of reactions that have come by an age in hours, by the kernel alone."""
    whole = FLAT_HOURS * (1.0 + 1.0 / THETA)
    flat = np.minimum(age, FLAT_HOURS)
    tail = FLAT_HOURS / THETA * (1.0 - (np.maximum(age, FLAT_HOURS) / FLAT_HOURS) ** -THETA)
    share: Floats = (flat + tail) / whole
    return share
