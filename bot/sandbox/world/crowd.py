"""Who posts: a few loud accounts and very many quiet ones, all invented."""

from __future__ import annotations

import random
from bisect import bisect
from itertools import accumulate
from typing import NamedTuple

# fmt: off
_FIRST = (
    "mossy", "basis", "quiet", "amber", "rusty", "lucid", "tidal", "paper", "velvet", "hollow",
    "cobalt", "brisk", "plain", "sunny", "gentle", "copper", "marble", "salty", "northern",
    "little", "honest", "sleepy", "stray", "wry", "dusty", "silver", "jolly", "blunt", "civil",
    "lunar",
)
_SECOND = (
    "ledger", "heron", "otter", "candle", "delta", "kelp", "lantern", "mint", "anchor", "comet",
    "falcon", "pixel", "ribbon", "spindle", "tundra", "walnut", "yarrow", "zephyr", "badger",
    "cipher", "dune", "ember", "fjord", "glyph", "hazel", "inlet", "juniper", "kettle", "lichen",
    "mosaic",
)
# fmt: on


class Author(NamedTuple):
    handle: str
    followers: int


class Crowd:
    """Accounts of one language, drawn with heavy-tailed or with almost even chances."""

    def __init__(self, rng: random.Random, *, size: int, first: int = 0) -> None:
        self._authors = [_author(rng, first + rank) for rank in range(size)]
        self._loud = list(accumulate(1 / (rank + 4) ** 0.8 for rank in range(size)))
        self._even = list(accumulate(1 / (rank + 4) ** 0.25 for rank in range(size)))

    def someone(self, rng: random.Random) -> Author:
        """Whoever posts about ordinary things: the loud ones again and again."""
        return self._draw(rng, self._loud)

    def anyone(self, rng: random.Random) -> Author:
        """Whoever reacts when something happens: many voices, few twice."""
        return self._draw(rng, self._even)

    def _draw(self, rng: random.Random, weights: list[float]) -> Author:
        return self._authors[bisect(weights, rng.random() * weights[-1])]


def ring(rng: random.Random, size: int) -> list[Author]:
    """A handful of young accounts that act together."""
    return [
        Author(f"{rng.choice(_SECOND)}{rng.randrange(10_000, 99_999)}", rng.randrange(3, 180))
        for _ in range(size)
    ]


def _author(rng: random.Random, number: int) -> Author:
    words = f"{rng.choice(_FIRST)}_{rng.choice(_SECOND)}"
    return Author(f"{words[:11]}{number}", int(rng.lognormvariate(7.0, 1.7)) + 5)  # X allows 15 characters
