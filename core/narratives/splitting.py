"""One narrative that has become two stories: which of its posts have gone their own way.

Two sides that are told apart have words of their own, which hardly any post uses together. They are found in
what was said in the last hours: words that many of the narrative's posts and few others use are tied where
they stand in the same posts; a story told as one, however large, is tied together by its name. Splitting is
harder than merging so that neither undoes the other: both sides must have spoken all the time, by several
voices, with next to nothing in common, and what has parted is not joined by its ticker or name for days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import NamedTuple

from core.narratives.background import Background, abbreviates
from core.narratives.entities import named_in
from core.narratives.reading import read
from core.narratives.stopwords import GENERIC

RECENT = timedelta(hours=12)  # in which the sides must be apart
LEAST = 12  # posts in it
SIDE_POSTS, SIDE_AUTHORS, SIDE_SHARE = 5, 3, 0.2  # least of either side
LEADING = 0.15  # of the posts must use a word for it to lead
OUTSIDE = 0.5  # posts elsewhere with the word, per post inside: above it the word is not the narrative's own
TIED = 0.25  # of the rarer word's posts hold the other as well: one side
BETWEEN = 0.1  # posts that speak of both sides, per post of the smaller one: above it they are still one


class Said(NamedTuple):
    """A post of the narrative whose words are known."""

    id: str
    text: str
    author: str | None
    at: datetime


class Parting(NamedTuple):
    """The posts that leave, all there are, the words they live on, and why."""

    leaving: frozenset[str]
    words: frozenset[str]
    reason: str


class _Side(NamedTuple):
    words: frozenset[str]
    posts: frozenset[str]


def parting(told: Sequence[Said], background: Background, now: datetime) -> Parting | None:
    """Who leaves the narrative these posts belong to; None while it is one story. The larger side stays."""
    recent = [post for post in told if now - post.at <= RECENT]
    if len(recent) < LEAST:
        return None
    words_of = {post.id: spoken(post.text, background) for post in told}
    sides = _sides(words_of, recent, background)
    if len(sides) < 2 or not _apart(sides[0], sides[1], recent, background, now):
        return None
    stays, leaves = sides[0], sides[1]
    leaving = frozenset(id for id, said in words_of.items() if said & leaves.words and not said & stays.words)
    both = len(stays.posts & leaves.posts)
    reason = (
        f"of its last {len(recent)} posts {len(stays.posts)} speak of {_named(stays, recent)}, "
        f"{len(leaves.posts)} of {_named(leaves, recent)}, {both} of both"
    )
    return Parting(leaving, leaves.words, reason)


def _sides(
    words_of: Mapping[str, frozenset[str]], recent: Sequence[Said], background: Background
) -> list[_Side]:
    """Leading words tied by the posts they share, the side with most posts first."""
    ever = Counter(word for said in words_of.values() for word in said)
    leading = {
        word: ids
        for word, ids in _holders(recent, words_of).items()
        if len(ids) >= max(3, LEADING * len(recent))
        and background.posts_with(word) - ever[word] <= max(2, OUTSIDE * ever[word])
    }
    side = {word: {word} for word in leading}
    for a, b in combinations(sorted(leading), 2):
        common = len(leading[a] & leading[b])
        one = common >= TIED * min(len(leading[a]), len(leading[b])) or abbreviates(*sorted((a, b), key=len))
        if one and side[a] is not side[b]:
            side[a] |= side[b]
            for word in side[b]:
                side[word] = side[a]
    found = {
        frozenset(words): frozenset[str]().union(*(leading[word] for word in words))
        for words in side.values()
    }
    return sorted(
        (_Side(words, posts) for words, posts in found.items()),
        key=lambda s: (-len(s.posts), sorted(s.words)),
    )


def spoken(text: str, background: Background) -> frozenset[str]:
    """What a post says: its words, and the ticker that a name stands for."""
    return read(text).words | named_in(text, background).all


def _holders(recent: Sequence[Said], words_of: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
    holders: dict[str, set[str]] = defaultdict(set)
    for post in recent:
        for word in words_of[post.id] - GENERIC:
            holders[word].add(post.id)
    return holders


def _named(side: _Side, recent: Sequence[Said]) -> str:
    """The two words most of its posts use."""
    counts = Counter(word for post in recent for word in read(post.text).words & side.words)
    return " and ".join(sorted(counts, key=lambda word: (-counts[word], word))[:2])


def _apart(
    stays: _Side, leaves: _Side, recent: Sequence[Said], background: Background, now: datetime
) -> bool:
    both = stays.posts & leaves.posts
    if len(both) > BETWEEN * len(leaves.posts - both):
        return False
    named = {word for post in recent for word in named_in(post.text, background).all}
    return all(side.words & named and _steady(side.posts - both, recent, now) for side in (stays, leaves))


def _steady(ids: frozenset[str], recent: Sequence[Said], now: datetime) -> bool:
    """Whether a side has enough voices and spoke in both halves of the time."""
    posts = [post for post in recent if post.id in ids]
    older = sum(now - post.at > RECENT / 2 for post in posts)
    return (
        len(posts) >= max(SIDE_POSTS, SIDE_SHARE * len(recent))
        and len({post.author for post in posts}) >= SIDE_AUTHORS
        and 2 <= older <= len(posts) - 2
    )
