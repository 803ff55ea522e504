"""How well near-copies are told from other posts: retold posts hidden among real ones.

The real posts are one of each author (so that no bot's template is in them twice), and none that shares a run
of 30 letters with one already taken: what is a copy of what is known then, but for a few headlines in other
words. A third of those with six words or more are retold one to three times (`retelling`: words swapped;
tags, emoji or links added; cut; another case; look-alike letters; sentences shuffled; other @names; up to
three of these at once), and every text is cut to the length of an excerpt. `neardup_precision` is the share
of pairs within the families found that are retellings of one post, or equal texts; `neardup_recall` the share
of all pairs of retellings, originals included, that are in one family.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.claims import EXCERPT
from core.copies import families
from core.text import signature, words
from tests.eval.retelling import retold

SEED = 11
RUN = 30  # letters in common that make two real posts copies of each other
RETOLD = 1 / 3
LONG = 6  # words


def figures(data: Path) -> dict[str, float]:
    """`neardup_precision` and `neardup_recall` in [0, 1]; nothing where the data are absent."""
    rng = random.Random(SEED)
    real = list(_unlike(_one_each([*_stream(data), *_tweets(data)], rng)))
    if not real:
        print(f"skipped: no posts in {data}/x_kol_stream_a or {data}/altcoin_tweets_2018")
        return {}
    texts, origin = _retold(real, rng)
    found = families(texts)
    both = _pairs(zip(found, origin, strict=True))
    equal = _pairs((f, signature(t)) for f, t in zip(found, texts, strict=True) if signature(t))
    once = _pairs((f, o, signature(t)) for f, o, t in zip(found, origin, texts, strict=True) if signature(t))
    return {
        "neardup_precision": (both + equal - once) / _pairs(found),
        "neardup_recall": both / _pairs(origin),
    }


def _pairs(keys: Iterable[object]) -> int:
    """Pairs of things with the same key."""
    return sum(count * (count - 1) // 2 for count in Counter(keys).values())


def _retold(real: Sequence[str], rng: random.Random) -> tuple[list[str], list[int]]:
    """Texts, the retold ones last, and for each the number of the real post it is or retells."""
    strangers = [word for text in real for word in text.split() if word.isalpha()]
    again = [i for i, text in enumerate(real) if len(words(text)) >= LONG and rng.random() < RETOLD]
    told = [(retold(real[i], strangers, rng), i) for i in again for _ in range(rng.randint(1, 3))]
    rng.shuffle(told)
    every = [*((text, i) for i, text in enumerate(real)), *told]
    return [text[:EXCERPT] for text, _ in every], [i for _, i in every]


def _one_each(posts: Sequence[tuple[str, str]], rng: random.Random) -> list[str]:
    """One text of each author, whichever."""
    return list(dict(rng.sample(posts, len(posts))).values())


def _unlike(texts: Iterable[str]) -> Iterator[str]:
    """The texts without those that share a run of letters with an earlier one."""
    seen: set[str] = set()
    for text in texts:
        letters = "".join(filter(str.isalpha, text.casefold()))
        runs = {letters[i : i + RUN] for i in range(len(letters) - RUN + 1)}
        if not runs & seen:
            yield text
            seen |= runs


def _stream(data: Path) -> list[tuple[str, str]]:
    path = data / "x_kol_stream_a" / "posts.jsonl.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [(row["author"], row["text"]) for row in map(json.loads, lines)]


def _tweets(data: Path) -> list[tuple[str, str]]:
    path = data / "altcoin_tweets_2018" / "posts.csv.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return [(row["user_display_name"], row["text"]) for row in csv.DictReader(lines)]
