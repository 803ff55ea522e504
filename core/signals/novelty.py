"""Novelty: is this something new, or the same again?

novelty = ½·(1 − s) + ½·2^(−age/48 h), in [0, 1], with age the hours since the earliest post found and s the
greatest cosine between the narrative's wording and those of the narratives known before it and spoken of in
the last 30 days. A wording is a bag of words (title, terms, tickers), each word
weighing ln((1 + N)/(1 + d)) + 1 where d of N wordings have it. n = wordings compared with. It compares
words, not meanings: no confidence. Source: `signals.md` 4.6 (Mazoyer et al. LREC'20: tf-idf, no
general-purpose embeddings).

>>> old, again, other = ("sol", "fee", "cut"), ("sol", "fee", "cut"), ("wallet", "drained")
>>> found = novelty([Wording(old, 400.0), Wording(again, 0.0), Wording(other, 0.0)])
>>> found.value.round(2).tolist(), found.compared.tolist()
([0.5, 0.5, 1.0], [0.0, 1.0, 1.0])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.signals.gamma import Floats
from core.signals.records import Ints

HALF_LIFE = 48.0  # hours
_AT_ONCE = 512  # wordings compared at a time


class Wording(NamedTuple):
    """What a narrative is about, in words, and how long ago it began."""

    words: Iterable[str]
    age: float  # hours since the earliest post found


@dataclass(frozen=True)
class Novelty:
    """One element per narrative."""

    value: Floats
    nearest: Floats  # cosine to the most alike wording that came before it
    compared: Floats  # wordings that came before it


def novelty(wordings: Sequence[Wording]) -> Novelty:
    """Novelty [N] of each wording against the older ones of the same list."""
    age = np.maximum(np.array([w.age for w in wordings], dtype=float), 0.0)
    nearest = _nearest([frozenset(w.words) for w in wordings], age)
    compared = (age[None, :] > age[:, None]).sum(1).astype(float)
    fresh = 0.5 ** (age / HALF_LIFE)
    return Novelty(0.5 * (1.0 - nearest) + 0.5 * fresh, nearest, compared)


def _nearest(bags: Sequence[frozenset[str]], age: Floats) -> Floats:
    """Greatest cosine [N] to an older wording; 0 where there is none."""
    from scipy.sparse import csr_array  # noqa: PLC0415 — the sender never needs it

    row, column, weight = _weighed(bags)
    shape = (len(bags), int(column.max(initial=0)) + 1)
    matrix = csr_array((weight, (row, column)), shape=shape)
    nearest = np.zeros(len(bags))
    for first in range(0, len(bags), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        alike = (matrix[part] @ matrix.T).toarray()
        nearest[part] = np.where(age[None, :] > age[part, None], alike, 0.0).max(1, initial=0.0)
    return np.clip(nearest, 0.0, 1.0)


def _weighed(bags: Sequence[frozenset[str]]) -> tuple[Ints, Ints, Floats]:
    """Row, column and weight of every word; the weights of a row have length 1."""
    known: dict[str, int] = {}
    pairs = [(i, known.setdefault(word, len(known))) for i, bag in enumerate(bags) for word in sorted(bag)]
    row, column = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    spread = np.bincount(column, minlength=len(known))
    weight = (np.log((1.0 + len(bags)) / (1.0 + spread)) + 1.0)[column]
    length = np.sqrt(np.bincount(row, weight**2, len(bags)))
    return row, column, weight / np.maximum(length[row], 1e-12)
