"""How common words are in what INTERN has recently read: the measure of what is distinctive."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from core.narratives.stopwords import GENERIC
from core.text import words

_PRIOR = 50  # posts: below about this many, a share says little


@dataclass(frozen=True, slots=True)
class Background:
    """Document frequencies over recently accepted posts. Built anew from texts; order does not matter."""

    posts: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)  # word, or two adjacent telling words → posts

    def posts_with(self, phrase: str) -> int:
        """Upper bound of how many posts contain the phrase; 0 for one with a part never seen."""
        parts = words(phrase)
        return min((self.counts.get(part, 0) for part in [*parts, *_pairs(parts)]), default=self.posts)

    def rarity(self, word: str) -> float:
        """Inverse document frequency of one word in nats, > 0; a word of the trade counts a third."""
        seen = self.counts.get(word, 0)
        weight = 1 / 3 if word in GENERIC else 1.0
        return weight * math.log(1 + (self.posts + _PRIOR) / (seen + 1))


def background(texts: Iterable[str]) -> Background:
    """Count each word and each pair of adjacent telling words once per text."""
    counts: Counter[str] = Counter()
    posts = 0
    for text in texts:
        found = words(text)
        counts.update({*found, *_pairs(found)})
        posts += 1
    return Background(posts, dict(counts))


def _pairs(found: Sequence[str]) -> list[str]:
    return [f"{a} {b}" for a, b in pairwise(found)]
