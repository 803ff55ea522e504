"""What the scam model looks at: words, pairs of words, runs of four characters, and how a post is laid out.

Every feature is hashed to one of 2 × 2¹⁵ places (Weinberger et al. 2009), the first half for words and
layout, the second for runs; the features of a half weigh 1/√(their number) each, whatever the post's length.
Digits all read as 0. Many posts go in one vectorised pass: their words stand in one long line, their
characters in another.

>>> found = features(["Claim your FREE tokens now!", ""])
>>> sorted(set(found.row.tolist())), bool(found.place.max() < PLACES), round(float((found.weight**2).sum()))
([0, 1], True, 3)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HALF = 1 << 15
PLACES = 2 * HALF
RUN = 4

_TOKEN = re.compile(r"\w+|[^\w\s]")
_DIGIT = re.compile(r"\d")
_ENDINGS = frozenset(("com", "io", "xyz", "fun", "net", "org", "app", "me", "ly", "co", "dev", "ai", "gg"))
_PRIME, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)

Ids = NDArray[np.uint64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Features:
    """One element per feature of a post: the post's row, the feature's place, its weight."""

    row: Rows
    place: Rows
    weight: NDArray[np.float64]


def features(texts: Sequence[str]) -> Features:
    """The features of these texts."""
    plain = [" ".join(text.split()) for text in texts]
    halves = [_words(plain), _runs(plain)]
    return Features(
        row=np.concatenate([row for row, _ in halves]),
        place=np.concatenate([_place(ids) + half * HALF for half, (_, ids) in enumerate(halves)]),
        weight=np.concatenate([1.0 / np.sqrt(np.bincount(row)[row]) for row, _ in halves]),
    )


def _words(texts: Sequence[str]) -> tuple[Rows, Ids]:
    """Words, pairs of neighbours and layout of all texts."""
    tokens = [_TOKEN.findall(_DIGIT.sub("0", text.lower())) for text in texts]
    layouts = [_layout(text, found) for text, found in zip(texts, tokens, strict=True)]
    row, ids = _line([[_id(token) for token in found] for found in tokens])
    beside, laid = _line([[_id(trait) for trait in traits] for traits in layouts])
    pairs = row[:-1] == row[1:]
    return (
        np.concatenate([row, row[1:][pairs], beside]),
        np.concatenate([ids, (ids[:-1] * _PRIME + ids[1:])[pairs], laid]),
    )


def _runs(texts: Sequence[str]) -> tuple[Rows, Ids]:
    """Runs of characters of all texts."""
    padded = [f" {_DIGIT.sub('0', text.lower())} " for text in texts]
    row = np.repeat(np.arange(len(texts)), [len(text) for text in padded])
    letters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    run = letters.astype(np.uint64)
    for length in range(2, RUN + 1):
        run = run[:-1] * _PRIME + letters[length - 1 :]
    whole = row[: len(run)] == row[len(row) - len(run) :]
    return row[: len(run)][whole], run[whole]


def _layout(text: str, tokens: Sequence[str]) -> list[str]:
    """Traits of the whole text, counted roughly."""
    letters, capitals = sum(map(str.isalpha, text)), sum(map(str.isupper, text))
    counts = {
        "length": min(len(text), 200),
        "links": sum(word in _ENDINGS or word.startswith("http") for word in tokens),
        "names": text.count("@"),
        "tags": text.count("#"),
        "tickers": text.count("$"),
        "shouts": text.count("!"),
        "numbers": sum("0" in word for word in tokens),
        "signs": sum(word > "\u2190" for word in tokens),
    }
    return [f"{name} {_roughly(n)}" for name, n in counts.items()] + [
        f"loud {8 * capitals // (letters or 1)}"
    ]


def _roughly(n: int) -> int:
    """Two steps to each doubling."""
    return min(9, int(2 * np.log2(n + 1))) if n else 0


def _line(each: Sequence[Sequence[int]]) -> tuple[Rows, Ids]:
    """Lists of numbers in one line, with the row each comes from."""
    row = np.repeat(np.arange(len(each)), [len(ids) for ids in each])
    return row, np.array([id for ids in each for id in ids], dtype=np.uint64)


@lru_cache(maxsize=1 << 15)
def _id(token: str) -> int:
    return crc32(token.encode("utf-8", "surrogatepass"))


def _place(ids: Ids) -> Rows:
    return ((ids * _MIX >> np.uint64(40)) % np.uint64(HALF)).astype(np.int64)
