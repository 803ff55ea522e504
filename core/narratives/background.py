"""How common words are in what INTERN has recently read: the measure of what is distinctive."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from operator import itemgetter
from typing import NamedTuple

from core.narratives.reading import own, read
from core.narratives.stopwords import GENERIC
from core.text import words

WRITTEN = 0.9  # of its occurrences within sentences have a capital: a name, not a word
MOST, FEW = 0.03, 20  # share and number of posts above which a name is of the market
SETTLED = 3  # posts of the oldest third: what they contain is not new
ALIAS = 0.8  # of the posts that name it beside a ticker name that one
RISING = 4  # posts of the newer two thirds: by chance all would stand there once in five times
YOUNG = 60  # posts: with fewer, nothing can be called new
_PRIOR = 50  # posts: below about this many, a share says little


class Whom(NamedTuple):
    """Whom something names, in lower case."""

    tickers: frozenset[str]  # no majors
    names: frozenset[str]
    all: frozenset[str]  # both

    @classmethod
    def of(cls, tickers: frozenset[str], names: frozenset[str]) -> Whom:
        return cls(tickers, names, tickers | names)


@dataclass(frozen=True, slots=True)
class Background:
    """Document frequencies over recently accepted posts, built anew from their texts."""

    posts: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)  # word, or two adjacent telling words → posts
    names: frozenset[str] = frozenset()  # words written with a capital: projects, persons; of many coins none
    parts: frozenset[str] = frozenset()  # those of persons, who have many stories
    aliases: Mapping[str, str] = field(default_factory=dict)  # name → the one ticker it goes with, lower case
    before: Mapping[str, int] = field(default_factory=dict)  # as `counts`, in the oldest third alone
    heard: dict[str, Whom] = field(default_factory=dict, compare=False, repr=False)  # text → whom it names

    def posts_with(self, phrase: str) -> int:
        """Upper bound of how many posts contain the phrase; 0 for one with a part never seen."""
        parts = words(phrase)
        return min((self.counts.get(part, 0) for part in [*parts, *_pairs(parts)]), default=self.posts)

    def is_new(self, phrase: str) -> bool:
        """Whether nearly nobody had said it when the oldest third of the posts was written."""
        parts = words(phrase)
        if self.posts < YOUNG:
            return False
        return min((self.before.get(part, 0) for part in [*parts, *_pairs(parts)]), default=SETTLED) < SETTLED

    def is_rising(self, phrase: str) -> bool:
        """Whether it came up lately, and too often for all of it to stand in the newer part by chance."""
        parts = words(phrase)
        seen = [(self.counts.get(p, 0), self.before.get(p, 0)) for p in [*parts, *_pairs(parts)]]
        return self.posts >= YOUNG and any(count - old >= RISING + RISING * old for count, old in seen)

    def rarity(self, word: str) -> float:
        """Inverse document frequency of one word in nats, > 0; a word of the trade counts a third."""
        seen = self.counts.get(word, 0)
        weight = 1 / 3 if word in GENERIC else 1.0
        return weight * math.log(1 + (self.posts + _PRIOR) / (seen + 1))


def background(texts: Iterable[str]) -> Background:
    """Count each word and each pair of adjacent telling words once per text; the oldest texts come first."""
    said = list(texts)
    old = len(said) // 3
    counts = Counter(chain.from_iterable(map(_counted, said[:old])))
    before = dict(counts)
    counts.update(chain.from_iterable(map(_counted, said[old:])))
    readings = [read(text) for text in said]
    written = Counter(chain.from_iterable(reading.written for reading in readings))
    plain = Counter(chain.from_iterable(reading.plain for reading in readings))
    pairs = Counter(chain.from_iterable(reading.pairs for reading in readings))
    capital = frozenset(
        word
        for word, count in written.items()
        if len(word) >= 3 and word not in GENERIC and count >= WRITTEN * (count + plain[word])
    )
    rare = frozenset(
        word
        for word in capital
        if 0 < counts[word] <= max(FEW, MOST * len(said)) or before.get(word, 0) < SETTLED <= counts[word]
    )
    persons = _parts(rare, pairs, counts)
    aliases, venues = _aliases(said, capital - persons)
    return Background(len(said), dict(counts), (rare - venues) | aliases.keys(), persons, aliases, before)


def _aliases(texts: Sequence[str], names: frozenset[str]) -> tuple[dict[str, str], frozenset[str]]:
    """Names that stand beside one ticker again and again and beside hardly any other, with that ticker; and
    names that stand beside several: exchanges, chains, media. Beside several tickers at once a name stands
    for that which abbreviates it."""
    beside: dict[str, Counter[str]] = defaultdict(Counter)
    of_ticker: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        reading = read(text)
        tickers = [ticker.lower() for ticker in own(reading.cashtags)]
        for name in reading.words & names if tickers else ():
            meant = tickers if len(tickers) == 1 else [t for t in tickers if abbreviates(t, name)]
            beside[name].update(meant if len(meant) == 1 else tickers)
            if len(meant) == 1:
                of_ticker[meant[0]][name] += 1
    found, venues = {}, set()
    for name, tickers_of in beside.items():
        ticker, times = max(tickers_of.items(), key=itemgetter(1, 0))
        rivals = [(abbreviates(ticker, other), count, other) for other, count in of_ticker[ticker].items()]
        first = max(rivals, default=(False, 0, ""))[2] == name
        if first and times >= SETTLED and times >= ALIAS * tickers_of.total() and name != ticker:
            found[name] = ticker
        if sum(count >= 2 for count in tickers_of.values()) >= 2 and times < ALIAS * tickers_of.total():
            venues.add(name)
    return found, frozenset(venues)


def abbreviates(short: str, long: str) -> bool:
    """Whether a ticker is made of the letters of a name in their order, as krvn of korvane."""
    letters = iter(long)
    return len(short) >= 3 and short[0] == long[:1] and all(letter in letters for letter in short)


def _parts(
    names: frozenset[str], pairs: Mapping[tuple[str, str], int], counts: Mapping[str, int]
) -> frozenset[str]:
    """Names that mostly stand beside the same other one, as first and last names do, or behind the same word
    of the trade, as in "Blockchain Association"."""
    beside: dict[str, int] = {}
    for (first, last), count in pairs.items():
        if last in names and (first in names or first in GENERIC):
            for word in names & {first, last}:
                beside[word] = max(beside.get(word, 0), count)
    return frozenset(word for word, count in beside.items() if 2 * count >= counts[word])


def _counted(text: str) -> set[str]:
    found = words(text)
    return {*found, *_pairs(found)}


def _pairs(found: Sequence[str]) -> list[str]:
    return [f"{a} {b}" for a, b in pairwise(found)]
