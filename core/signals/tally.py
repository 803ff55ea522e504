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
from core.signals.log import HOUR, Ints, Rows, among, runs

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
        """The chosen posts in the same order."""
        return Posts(*(getattr(self, name)[kept] for name in self.__dataclass_fields__))


def gather(mentions: Rows, row: Ints, found: Ints, *, start: int, now: int) -> Posts:
    """The posts created since `start` and known by `now` (µs) of narratives with a row (others: −1).

    `mentions` are a log's, `found` the sorted ids of the posts that discovery returned.
    """
    at, known = mentions["at"], mentions["known"]
    seen = np.flatnonzero((row >= 0) & (at >= start) & (at <= now) & (known <= now))
    late = (known[seen] - at[seen]) > LATE_HOURS * HOUR
    kept = np.concatenate([seen[~late], seen[late]])
    stance, weight = opinion.settled(*(mentions[name][kept] for name in ("stance", "tone", "engagement")))
    return Posts(
        row=row[kept],
        hour=(at[kept] - start) / HOUR,
        late=np.sort(late),
        metered=mentions["metered"][kept],
        found=among(mentions["post"][kept], found) >= 0,
        author=_codes(mentions["author"][kept]),
        signature=_codes(mentions["signature"][kept]),
        stance=stance,
        weight=weight,
    )


def _codes(values: Ints) -> Ints:
    """Small numbers for equal values; each 0 (unknown) has its own."""
    order = np.argsort(values)
    ordered = values[order]
    fresh = np.ones(len(values), dtype=bool)
    fresh[1:] = (ordered[1:] != ordered[:-1]) | (ordered[1:] == 0)
    codes = np.empty(len(values), dtype=np.int64)
    codes[order] = np.cumsum(fresh) - 1
    return codes


def _firsts(group: Ints, code: Ints) -> Ints:
    """Positions of the first post of each (group, code), in the given order."""
    key = group * (int(code.max(initial=0)) + 1) + code
    order = np.argsort(key)
    starts = runs(key[order])
    return np.sort(np.minimum.reduceat(order, starts)) if len(starts) else starts


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
    block = ((elapsed - posts.hour) // STANCE_HOURS).astype(np.int64)
    group = posts.row * (int(block.max(initial=0)) + 1) + block
    for codes in (posts.signature, posts.author):
        kept = kept[_firsts(group[kept], codes[kept])]
    return posts.only(kept)
