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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from core.models import Mention
from core.signals import opinion
from core.signals.gamma import Bools, Floats

Ints = NDArray[np.int64]
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


def hours_since(start: datetime, at: datetime) -> float:
    """Hours from `start` to `at`."""
    return (at - start).total_seconds() / 3600.0


def gather(
    rows: Mapping[str, int],
    mentions: Iterable[Mention],
    found: frozenset[str],
    *,
    start: datetime,
    now: datetime,
) -> Posts:
    """The posts of these narratives created since `start` and known by `now`."""
    once = _once(m for m in mentions if m.narrative_id in rows and start <= m.created_at <= now >= m.known_at)
    hour = np.array([hours_since(start, m.created_at) for m in once], dtype=float)
    delay = np.array([hours_since(m.created_at, m.known_at) for m in once], dtype=float)
    stance, weight = opinion.settled(
        _floats([m.stance for m in once]),
        _floats([m.tone for m in once]),
        _floats([m.engagement for m in once]),
    )
    posts = Posts(
        row=np.array([rows[m.narrative_id] for m in once], dtype=np.int64),
        hour=hour,
        late=delay > LATE_HOURS,
        metered=np.array([m.metered for m in once], dtype=bool),
        found=np.array([m.post_id in found for m in once], dtype=bool),
        author=_codes([m.author for m in once]),
        signature=_codes([m.signature or None for m in once]),
        stance=stance,
        weight=weight,
    )
    number = np.array([int(m.post_id) % 2**64 for m in once], dtype=np.uint64)
    return posts.only(np.lexsort((number, hour, posts.late)))


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _once(mentions: Iterable[Mention]) -> list[Mention]:
    """One mention per narrative and post: metered if any was, known since the earliest."""
    known: dict[tuple[str, str], Mention] = {}
    for mention in mentions:
        key = (mention.narrative_id, mention.post_id)
        known[key] = _merged(known[key], mention) if key in known else mention
    return list(known.values())


def _merged(one: Mention, other: Mention) -> Mention:
    first, second = sorted((one, other), key=lambda m: (m.known_at, repr(m)))
    return first._replace(
        metered=first.metered or second.metered,
        author=second.author if first.author is None else first.author,
        stance=second.stance if first.stance is None else first.stance,
        signature=first.signature or second.signature,
        tone=second.tone if first.tone is None else first.tone,
        engagement=max((e for e in (first.engagement, second.engagement) if e is not None), default=None),
    )


def _codes(values: list[str | None] | list[int | None]) -> Ints:
    """Small numbers for equal values; each None has its own."""
    known: dict[str | int, int] = {}
    fresh = len(values)
    return np.array(
        [fresh + i if v is None else known.setdefault(v, len(known)) for i, v in enumerate(values)],
        dtype=np.int64,
    )


def _firsts(group: Ints, code: Ints) -> Ints:
    """Positions of the first post of each (group, code), in the given order."""
    span = int(code.max(initial=0)) + 1
    return np.sort(np.unique(group * span + code, return_index=True)[1])


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
    newest = posts.only(np.argsort(-posts.hour, kind="stable"))
    labelled = newest.only(~np.isnan(newest.stance))
    for code in ("signature", "author"):
        block = ((elapsed - labelled.hour) // STANCE_HOURS).astype(np.int64)
        group = labelled.row * (int(block.max(initial=0)) + 1) + block
        labelled = labelled.only(_firsts(group, getattr(labelled, code)))
    return labelled
