"""Posts → events: what is said together, found in one pass over the posts in order of their times.

An event is the faded sum of its posts' word vectors; a post joins the one it is most alike (cosine), or
begins another. The single-pass method of Yang, Pierce and Carbonell (SIGIR 1998), with three changes: a word
weighs by how few *events* contain it, so that the words all posts of a large event share keep telling; an
event looks for its twin whenever it has doubled; only events that share one of a post's heaviest words are
compared, which makes 10,000 posts a matter of a second.

An event's words of a day ago weigh half, and a silent event resembles half as much for each day: yesterday's
story is continued only in nearly its own words. Nothing is kept between turns: the last three days are
clustered anew. Broad topics ("DeFi") and stories told in two languages are not one event: see identity.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from heapq import nlargest
from typing import NamedTuple

from core.models import Post
from core.narratives.reading import read

JOIN = 0.12  # cosine above which a post belongs to an event
MERGE = 0.2  # and above which two events are one: a wrong merge costs more than a wrong post
HALF_LIFE = 86_400.0  # seconds
MOST_FADED = 400.0  # half-lives, where floats end: what is older fades no more
HEAVIEST = 8  # words by which like events are looked for
COMPARED = 4  # events, those most alike in these words, that are compared in all words
SHOWN = 8  # words an event is described by


class Event(NamedTuple):
    """Posts that say the same."""

    posts: tuple[Post, ...]  # oldest first, at least one
    words: tuple[str, ...]  # up to eight, the most telling first


def events(posts: Iterable[Post]) -> list[Event]:
    """The events of these posts, largest first; posts without a telling word are left out.

    The order of the posts changes nothing. Every post is in one event, many events have one post only.
    """
    pass_ = _Pass()
    joined: list[tuple[Post, int]] = []
    for post in sorted({post.id: post for post in posts}.values(), key=lambda post: int(post.id)):
        if words := read(post.text).words:
            joined.append((post, pass_.add(words, post.created_at.timestamp() / HALF_LIFE)))
    pass_.finish()
    members: dict[int, list[Post]] = defaultdict(list)
    for post, number in joined:
        members[pass_.today(number)].append(post)
    found = [Event(tuple(said), pass_.heaviest(number)) for number, said in members.items()]
    return sorted(found, key=lambda event: (-len(event.posts), int(event.posts[0].id)))


def clustered(texts: Iterable[Collection[str]]) -> list[int]:
    """The event of each text of one moment, given as its words, in order; events are numbered anyhow.

    >>> clustered([["aave", "probe", "closed"], ["bridge", "drained"], ["sec", "closed", "aave", "probe"]])
    [0, 1, 0]
    """
    pass_ = _Pass()
    joined = [pass_.add(text, 0.0) for text in texts]
    pass_.finish()
    return [pass_.today(number) for number in joined]


class _Event:
    """The running sum of an event; its weights stand in the index."""

    __slots__ = ("checked", "last", "posts", "square", "words")

    def __init__(self, at: float) -> None:
        self.words: dict[str, None] = {}  # in order of appearance
        self.square = 0.0  # of the sum's length
        self.posts = 0
        self.last = at
        self.checked = 1  # posts it had when it last looked for a twin


class _Pass:
    """The events so far and which of them each word is in. Times are in half-lives."""

    def __init__(self) -> None:
        self._index: dict[str, dict[int, float]] = {}  # word → event → weight
        self._events: dict[int, _Event] = {}
        self._into: dict[int, int] = {}  # merged event → where it went
        self._begun: float | None = None

    def add(self, words: Collection[str], at: float) -> int:
        """The event that the post joins or begins, by a number that `today` keeps up to date."""
        self._begun = at if self._begun is None else self._begun
        weights = {word: self._weight(word) for word in sorted(set(words))}
        length = math.hypot(*weights.values())
        found = self._alike(weights, length, at)
        joins = found and found[0][0] > JOIN
        number = found[0][1] if joins else len(self._events) + len(self._into)
        event = self._events[number] if joins else self._events.setdefault(number, _Event(at))
        growth = 2.0 ** min(
            at - self._begun, MOST_FADED
        )  # newer words weigh more: the same as older ones fading
        self._enter(number, {word: growth * weight / length for word, weight in weights.items()})
        event.posts += 1
        event.last = max(event.last, at)
        if event.posts >= 2 * event.checked:
            self._unite(number)
        return number

    def finish(self) -> None:
        """Let every event that has grown since it last looked for a twin look once more."""
        for number in list(self._events):
            event = self._events.get(number)
            if event and event.posts > event.checked:
                self._unite(number)

    def today(self, number: int) -> int:
        """The event that a numbered one has become part of."""
        while number in self._into:
            number = self._into[number]
        return number

    def heaviest(self, number: int) -> tuple[str, ...]:
        """The words that weigh most in an event."""
        return tuple(word for _, word in nlargest(SHOWN, self._sum(number)))

    def _weight(self, word: str) -> float:
        """Rarity of a word among the events, in nats, and one more so that none is worth nothing."""
        return 1.0 + math.log((len(self._events) + 1) / (len(self._index.get(word, ())) + 1))

    def _sum(self, number: int) -> list[tuple[float, str]]:
        return [(self._index[word][number], word) for word in self._events[number].words]

    def _alike(
        self, weights: Mapping[str, float], length: float, at: float, but: int = -1
    ) -> list[tuple[float, int]]:
        """The events most alike a vector, as (faded cosine, number), best first."""
        rows = [(weight, word, row) for word, weight in weights.items() if (row := self._index.get(word))]
        near: dict[int, float] = defaultdict(float)
        for weight, _, row in sorted(rows, reverse=True)[:HEAVIEST]:
            for number, there in row.items():
                near[number] += weight * there
        near.pop(but, 0.0)
        likely = sorted([(dot * dot / self._events[n].square, n) for n, dot in near.items()])[-COMPARED:]
        found = []
        for _, number in likely:
            event = self._events[number]
            dot = sum([weight * row.get(number, 0.0) for weight, _, row in rows])
            silent = abs(at - event.last)
            found.append((dot / (length * math.sqrt(event.square)) * 0.5**silent, number))
        return sorted(found, reverse=True)

    def _enter(self, number: int, weights: Mapping[str, float]) -> None:
        event = self._events[number]
        for word, weight in weights.items():
            row = self._index.setdefault(word, {})
            before = row.get(number, 0.0)
            row[number] = before + weight
            event.square += weight * (2 * before + weight)
            event.words[word] = None

    def _unite(self, number: int) -> None:
        """Merge the event with those it has become one with; the larger one goes on."""
        while (twin := self._twin(number)) is not None:
            keep, gone = sorted((number, twin), key=lambda n: (-self._events[n].posts, n))
            weights = {word: weight for weight, word in self._sum(gone)}
            for word in weights:
                del self._index[word][gone]
            left = self._events.pop(gone)
            self._into[gone] = number = keep
            self._enter(keep, weights)
            self._events[keep].posts += left.posts
            self._events[keep].last = max(self._events[keep].last, left.last)
        self._events[number].checked = self._events[number].posts

    def _twin(self, number: int) -> int | None:
        event = self._events[number]
        weights = {word: weight for weight, word in self._sum(number)}
        for likeness, other in self._alike(weights, math.sqrt(event.square), event.last, but=number):
            alone = min(event.posts, self._events[other].posts) == 1
            if likeness > (JOIN if alone else MERGE):
                return other
        return None
