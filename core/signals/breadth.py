"""Breadth: by how many voices a narrative is carried.

Effective number of authors = 1/Σ share², what would give the same concentration if all posted equally;
breadth = min(1, log₁₀(1 + effective authors)/2), in [0, 1]: 9 even authors 0.5, 99 or more 1. Posts whose
author is unknown prove no author and are left out. It is a count, not an estimate: no confidence. Source:
`signals.md` 4.0.

>>> effective_authors(["ann", "bob", "cy", "cy"])
2.6666666666666665
>>> breadth(9.0)
0.5
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import log10


def effective_authors(authors: Iterable[str | None]) -> float:
    """1/Σ share² over the known authors of posts; 0 without any."""
    posts = Counter(author for author in authors if author is not None)
    squares = sum(n * n for n in posts.values())
    return posts.total() ** 2 / squares if squares else 0.0


def breadth(effective: float) -> float:
    """Breadth of an effective number of authors."""
    return min(1.0, log10(1.0 + effective) / 2.0)
