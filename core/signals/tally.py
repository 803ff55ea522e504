"""The tally: which posts count, once each, whatever the order they arrived in.

A post counts once per narrative. Within a bucket, posts of equal non-zero signature (near-copies) count as
one, then each author for at most 3; posts that arrived in time go first, so that late ones can only add to
them. For stance an author speaks once per 6 h (the newest post). An unknown author never collapses with
another. Source: `signals.md` 4.0, 4.1 and 4.5.

>>> cell, no = np.zeros(4, dtype=np.int64), np.zeros(4, dtype=bool)
>>> one_author = Posts(cell, np.arange(4.0), no, ~no, no, cell, np.arange(4), np.zeros(4), np.ones(4))
>>> counted(one_author, cell).tolist()
[0, 1, 2]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.signals import opinion
from core.signals.gamma import Bools, Floats
from core.signals.log import HOUR
from core.signals.records import Ints, Rows, among, picked, runs

LATE_HOURS = 6.0
PER_AUTHOR = 3  # posts of one author that count in one bucket
STANCE_HOURS = 6.0  # one voice per author in each such block, counted back from now


@dataclass(frozen=True)
class Posts:
    """Mentions as columns [P], those in time first, then by time and id."""

    row: Ints  # narrative
    hour: Floats  # created, hours after the panel's start
    late: Bools
    metered: Bools
    found: Bools  # among the discovery posts
    author: Ints  # codes; every unknown author or empty signature has one of its own
    signature: Ints
    stance: Floats  # NaN where neither Grok nor the lexicon tells one
    weight: Floats  # of the stance

    def only(self, kept: Bools | Ints) -> Posts:
        """The chosen posts, in their order or the one given."""
        if kept.dtype == bool and kept.all():
            return self
        places = np.flatnonzero(kept) if kept.dtype == bool else kept
        return Posts(*(np.take(getattr(self, name), places) for name in self.__dataclass_fields__))


def gather(mentions: Rows, row: Ints, found: Ints, *, start: int, now: int) -> Posts:
    """The posts created since `start` and known by `now` (µs) of narratives with a row (others: −1).

    `mentions` are a log's, `found` the sorted ids of the posts that discovery returned.
    """
    at, known = (np.ascontiguousarray(mentions[name]) for name in ("at", "known"))
    late = (known - at) > LATE_HOURS * HOUR
    seen = (row >= 0) & (at >= start) & (at <= now) & (known <= now)
    kept = np.concatenate([np.flatnonzero(seen & ~late), np.flatnonzero(seen & late)])
    as_they_are = len(kept) == len(mentions) and not late.any()
    told = mentions if as_they_are else picked(mentions, kept)
    stance, weight = opinion.settled(*(told[name] for name in ("stance", "tone", "engagement")))
    return Posts(
        row=np.take(row, kept),
        hour=(np.take(at, kept) - start) / HOUR,
        late=np.take(late, kept),
        metered=told["metered"],
        found=among(told["post"], found) >= 0,
        author=_codes(told["author"]),
        signature=_codes(told["signature"]),
        stance=stance,
        weight=weight,
    )


def _codes(values: Ints) -> Ints:
    """Small numbers for equal values; each 0 (unknown) has its own."""
    values = np.ascontiguousarray(values)
    order = np.argsort(values)
    ordered = np.take(values, order)
    fresh = np.ones(len(values), dtype=bool)
    fresh[1:] = (ordered[1:] != ordered[:-1]) | (ordered[1:] == 0)
    codes = np.empty(len(values), dtype=np.int64)
    codes[order] = np.cumsum(fresh) - 1
    return codes


def _firsts(group: Ints, code: Ints) -> Ints:
    """Positions of the first post of each (group, code), in the given order."""
    again = np.flatnonzero(np.bincount(code)[code] > 1)  # most codes of a signature are of one post
    key = np.take(group, again) * (int(code.max(initial=0)) + 1) + np.take(code, again)
    order = np.argsort(key, kind="stable")
    first = np.ones(len(code), dtype=bool)
    first[again] = False
    first[again[order[runs(key[order])]]] = True
    return np.flatnonzero(first)


def counted(posts: Posts, cell: Ints) -> Ints:
    """Positions of the posts that count in their bucket (`cell` = narrative × bucket)."""
    originals = _firsts(cell, posts.signature)
    author = cell[originals] * (int(posts.author.max(initial=0)) + 1) + posts.author[originals]
    by_author = np.argsort(author, kind="stable")
    ordered = author[by_author]
    position = np.arange(len(ordered))
    begins = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]
    place = position - np.maximum.accumulate(np.where(begins, position, 0))
    return np.sort(originals[by_author[place < PER_AUTHOR]])


def voices(posts: Posts, elapsed: float) -> Posts:
    """The posts whose stance counts: labelled, no near-copies, the newest of each author in each 6 h."""
    labelled = np.flatnonzero(~np.isnan(posts.stance))
    if posts.late.any():  # otherwise a narrative's posts are in order of time already
        labelled = labelled[np.argsort(posts.hour[labelled], kind="stable")]
    kept = labelled[::-1]
    block = ((elapsed - posts.hour) / STANCE_HOURS).astype(np.int64)
    group = posts.row * (int(block.max(initial=0)) + 1) + block
    for codes in (posts.signature, posts.author):
        kept = kept[_firsts(group[kept], codes[kept])]
    return posts.only(kept)
