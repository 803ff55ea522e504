"""Coordination: whether a day's posts look made by agreement. It speaks of posts and never of an account.

coordination = 1 − Π(1 − w·x) over the signs that can be known, in [0, 1]; each x is clipped to [0, 1]:

- near-copies (w .6): share d of the posts in bursts: near-copies by 3 authors or more within 30 min; other
  copies are left out; (d − .1)/.4
- posting together (w .6): the largest group of authors joined by near-copies within 60 s of each other, twice
  or more (the moments inside the ids), as share of the authors; share/.3
- few authors (w .4): share a of the different posts that five authors wrote; (a − .3)/.5; known from 17 posts
  on, because of fewer any five authors wrote more than .3
- regular gaps (w .3): burstiness B = (sd − mean)/(sd + mean) of the gaps between different posts (Goh and
  Barabási 2008), from 10 gaps on; −B/.5
- unknown accounts (w .4): share u of authors without an accepted post older than a week, beyond the share u₀
  that is usual among narratives now; (u − u₀ − 2·√(u₀(1 − u₀)/authors))/(1 − u₀); known once INTERN is a week
  old and where chance alone does not reach 1

Low below .3, medium below .6, high below .8, critical above. confidence = share of the weights that is known
× n/(n + 20). Fewer than 8 posts with an author (the least a narrative is ranked with) are not scored: three
strangers who share one headline would be nearly half of them. Copies count only where copies are meant, so
more of them never lower the value. Not validated against labels. Source: `signals.md` 4.0 and 4.9; CooRTweet.

>>> from datetime import UTC, datetime
>>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
>>> def said(number, author, text):
...     at = noon + timedelta(minutes=5 * (number // 4), seconds=number % 4)
...     return Mention("a", str(number), at, at, True, author, signature=text)
>>> ring = [said(i, f"account {i % 4}", text=77) for i in range(12)]
>>> (found,) = coordinations([ring])
>>> found.category, round(found.value, 2), [(t.sign, t.count, t.of) for t in found.traces]
('critical', 0.84, [('near-copies', 12, 12), ('posting together', 4, 4)])
>>> coordinations([ring[:5]])[0].reason
'5 posts with a known author are too few to judge'
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import NamedTuple

import numpy as np

from core.models import Category, Coordination, Mention, Sign, Trace
from core.signals.gamma import Bools, Floats
from core.signals.records import Ints

MIN_POSTS = 8
MOST = 1000  # the newest posts of one narrative that are compared with each other
BURST, BURST_AUTHORS = timedelta(minutes=30), 3
TOGETHER, TWICE = timedelta(seconds=60), 2
LOUDEST, LOUDEST_POSTS = 5, 17
GAPS = 10
HALF_SURE = 20.0  # posts
SIGNS: tuple[Sign, ...] = (
    "near-copies", "posting together", "few authors", "regular gaps", "unknown accounts",
)  # fmt: skip
WEIGHTS = np.array([0.6, 0.6, 0.4, 0.3, 0.4])
_BOUNDS: tuple[tuple[float, Category], ...] = ((0.3, "low"), (0.6, "medium"), (0.8, "high"))


class Regulars(NamedTuple):
    """Whom INTERN has known for a week, and how usual it is to be none of them."""

    names: Set[str]
    strangers: float  # usual share of a narrative's authors


class _Sign(NamedTuple):
    """One sign of every narrative [N]."""

    x: Floats
    known: Bools
    found: Ints
    of: Ints


def category(value: float) -> Category:
    """Low, medium, high or critical."""
    return next((name for bound, name in _BOUNDS if value < bound), "critical")


def usually(values: Sequence[float]) -> Category | None:
    """The category of the middle one of many values; None of none.

    >>> usually([0.1, 0.9, 0.2])
    'low'
    """
    return category(median(values)) if values else None


def suspicious(found: Coordination | None) -> bool:
    """High or critical: no alert is made of it."""
    return found is not None and found.category in ("high", "critical")


def independence(found: Coordination | None) -> float:
    """What is left of a score: 1 − ½·coordination; 1 where it is not scored."""
    return 1.0 if found is None or found.value is None else 1.0 - 0.5 * found.value


def coordinations(
    days: Sequence[Sequence[Mention]], regulars: Regulars | None = None
) -> tuple[Coordination, ...]:
    """One result per narrative, given the posts of its day; their order does not matter."""
    told = [_authored(day) for day in days]
    rows = [row for row, day in enumerate(told) if len(day) >= MIN_POSTS]
    found = [unscored(len(d), f"{len(d)} posts with a known author are too few to judge") for d in told]
    for row, result in zip(rows, _scored([told[row] for row in rows], regulars), strict=True):
        found[row] = result
    return tuple(found)


def _authored(day: Sequence[Mention]) -> list[Mention]:
    """The posts whose author is known, oldest first."""
    return sorted((m for m in day if m.author), key=lambda m: (m.created_at, int(m.post_id)))[-MOST:]


def unscored(n: int, reason: str) -> Coordination:
    """Of so many posts, and why not."""
    return Coordination(value=None, confidence=0.0, category=None, n=n, reason=reason)


def _scored(days: Sequence[Sequence[Mention]], regulars: Regulars | None) -> list[Coordination]:
    if not days:
        return []
    posts = _Posts.of(days)
    pairs = _pairs(posts)
    signs = (
        _copies(posts, pairs), _together(posts, pairs), _loudest(posts), _regular(posts),
        _strangers(posts, days, regulars),
    )  # fmt: skip
    x = np.array([np.where(sign.known, np.clip(sign.x, 0.0, 1.0), 0.0) for sign in signs])
    weights = WEIGHTS[:, None]
    value = 1.0 - np.prod(1.0 - weights * x, axis=0)
    known = (weights * np.array([sign.known for sign in signs])).sum(0) / WEIGHTS.sum()
    return [
        Coordination(
            value=float(value[row]),
            confidence=float(known[row] * n / (n + HALF_SURE)),
            category=category(float(value[row])),
            traces=_traces(signs, x, row),
            n=n,
        )
        for row, n in enumerate(map(len, days))
    ]


def _traces(signs: Sequence[_Sign], x: Floats, row: int) -> tuple[Trace, ...]:
    found = [
        Trace(
            sign=name,
            value=float(x[i, row]),
            weight=float(WEIGHTS[i]),
            count=int(signs[i].found[row]),
            of=int(signs[i].of[row]),
        )
        for i, name in enumerate(SIGNS)
        if x[i, row] > 0.0
    ]
    return tuple(sorted(found, key=lambda t: -t.weight * t.value))


@dataclass(frozen=True)
class _Posts:
    """The posts of all narratives as columns [P], each narrative's by time and id."""

    narratives: int
    row: Ints
    second: Floats  # since the oldest post of all
    author: Ints  # codes, their own in every narrative
    author_row: Ints  # [A] which one
    signature: Ints
    different: Bools  # no earlier post of the narrative has the same signature

    @classmethod
    def of(cls, days: Sequence[Sequence[Mention]]) -> _Posts:
        flat = [(row, m) for row, day in enumerate(days) for m in day]
        start = min(m.created_at for _, m in flat)
        row = np.array([row for row, _ in flat], dtype=np.int64)
        codes: dict[tuple[int, str], int] = {}
        author = [codes.setdefault((row, m.author or ""), len(codes)) for row, m in flat]
        signature = np.array([m.signature for _, m in flat], dtype=np.int64)
        return cls(
            narratives=len(days),
            row=row,
            second=np.array([(m.created_at - start).total_seconds() for _, m in flat]),
            author=np.array(author, dtype=np.int64),
            author_row=np.array([row for row, _ in codes], dtype=np.int64),
            signature=signature,
            different=_different(row, signature),
        )

    @property
    def n(self) -> Ints:
        """Posts per narrative."""
        return self.per_row(self.row)

    def per_row(self, rows: Ints) -> Ints:
        """How often each narrative stands among `rows`."""
        return np.bincount(rows, minlength=self.narratives).astype(np.int64)

    @property
    def writers(self) -> Ints:
        """Authors of different posts, per narrative."""
        return self.per_row(self.author_row[np.unique(self.author[self.different])])


def _different(row: Ints, signature: Ints) -> Bools:
    _, code = np.unique(signature, return_inverse=True)
    alone = np.arange(len(row)) + len(row)  # a post without text is like no other
    key = row * (2 * len(row)) + np.where(signature == 0, alone, code)
    first = np.zeros(len(row), dtype=bool)
    first[np.unique(key, return_index=True)[1]] = True
    return first


def _pairs(posts: _Posts) -> tuple[Ints, Ints]:
    """All near-copies of one narrative within 30 min of each other, the earlier one first."""
    span = BURST.total_seconds()
    place = posts.second + posts.row * (
        posts.second.max(initial=0.0) + 2 * span
    )  # one narrative after another
    last = np.searchsorted(place, place + span, side="right")
    many = last - np.arange(len(place)) - 1
    one = np.repeat(np.arange(len(place)), many)
    other = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many) + one + 1
    a, b = posts.signature[one], posts.signature[other]
    alike = (a == b) & (a != 0)
    return one[alike], other[alike]


def _copies(posts: _Posts, pairs: tuple[Ints, Ints]) -> _Sign:
    one, other = pairs
    span = len(posts.author_row)
    heads = np.unique(np.concatenate([one * span + posts.author[other], one * span + posts.author[one]]))
    crowded = np.bincount(heads // span, minlength=len(posts.row)) >= BURST_AUTHORS
    burst = np.unique(np.concatenate([np.flatnonzero(crowded), other[crowded[one]]]))
    told = posts.different.copy()
    told[burst] = True  # a copy outside a burst is neither a sign nor a post of its own
    count, of = posts.per_row(posts.row[burst]), posts.per_row(posts.row[told])
    return _Sign((count / np.maximum(of, 1) - 0.1) / 0.4, posts.n > 0, count, of)


def _together(posts: _Posts, pairs: tuple[Ints, Ints]) -> _Sign:
    largest = np.zeros(posts.narratives, dtype=np.int64)
    for group in _groups(_partners(posts, pairs)):
        row = posts.author_row[group[0]]
        largest[row] = max(largest[row], len(group))
    authors = np.maximum(posts.writers, largest)
    return _Sign(largest / np.maximum(authors, 1) / 0.3, posts.n > 0, largest, authors)


def _partners(posts: _Posts, pairs: tuple[Ints, Ints]) -> list[tuple[int, int]]:
    """Authors who posted near-copies within 60 s of each other, both at least twice."""
    one, other = pairs
    a, b = posts.author[one], posts.author[other]
    close = (posts.second[other] - posts.second[one] <= TOGETHER.total_seconds()) & (a != b)
    one, other, a, b = one[close], other[close], a[close], b[close]
    span = len(posts.author_row)
    pair = np.minimum(a, b) * span + np.maximum(a, b)
    lower, upper = np.where(a < b, one, other), np.where(a < b, other, one)
    known, code = np.unique(pair, return_inverse=True)
    times = np.minimum(*(_distinct(code, side, len(known)) for side in (lower, upper)))
    return [(int(p) // span, int(p) % span) for p in known[times >= TWICE]]


def _distinct(group: Ints, item: Ints, groups: int) -> Ints:
    """How many different items each group has."""
    span = int(item.max(initial=0)) + 1
    return np.bincount(np.unique(group * span + item) // span, minlength=groups)


def _groups(edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The connected components of a graph."""
    member: dict[int, list[int]] = {}
    for a, b in edges:
        one, other = member.setdefault(a, [a]), member.setdefault(b, [b])
        if one is not other:
            small, large = sorted((one, other), key=len)
            large += small
            member.update(dict.fromkeys(small, large))
    return list({id(group): group for group in member.values()}.values())


def _loudest(posts: _Posts) -> _Sign:
    """Posts of the five authors who wrote most of the different ones."""
    wrote = np.bincount(posts.author[posts.different], minlength=len(posts.author_row))
    order = np.lexsort((-wrote, posts.author_row))
    rows = posts.author_row[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    top = order[rank < LOUDEST]
    count = np.bincount(posts.author_row[top], weights=wrote[top], minlength=posts.narratives)
    different = posts.per_row(posts.row[posts.different])
    share = count / np.maximum(different, 1)
    return _Sign((share - 0.3) / 0.5, different >= LOUDEST_POSTS, count.astype(np.int64), different)


def _regular(posts: _Posts) -> _Sign:
    row, second = posts.row[posts.different], posts.second[posts.different]
    same = row[1:] == row[:-1]
    gap, of = np.diff(second)[same], row[1:][same]
    n = posts.per_row(of)
    mean = np.bincount(of, weights=gap, minlength=posts.narratives) / np.maximum(n, 1)
    spread = np.bincount(of, weights=(gap - mean[of]) ** 2, minlength=posts.narratives)
    sd = np.sqrt(spread / np.maximum(n, 1))
    both = sd + mean
    burstiness = np.divide(sd - mean, both, out=np.zeros_like(both), where=both > 0.0)
    return _Sign(-burstiness / 0.5, n >= GAPS, n, n)


def _strangers(posts: _Posts, days: Sequence[Sequence[Mention]], regulars: Regulars | None) -> _Sign:
    """Authors of different posts whom INTERN has not known for a week."""
    usual = 1.0 if regulars is None else regulars.strangers
    names: Set[str] = frozenset() if regulars is None else regulars.names
    strange = posts.different & np.array([m.author not in names for day in days for m in day], dtype=bool)
    found, writers = posts.per_row(posts.author_row[np.unique(posts.author[strange])]), posts.writers
    chance = 2.0 * np.sqrt(usual * (1.0 - usual) / np.maximum(writers, 1))
    beyond = found / np.maximum(writers, 1) - usual - chance
    return _Sign(beyond / max(1.0 - usual, 1e-9), usual + chance < 1.0, found, writers)
