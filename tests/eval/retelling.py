"""The ways in which people and bots repeat a post without repeating it exactly."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

EMOJI = ("🚀", "🔥", "👀", "💎", "🙌", "📈", "✅", "👇")
NAMES = ("@some_body", "@another1", "@third_one")
_TWINS = dict(zip("ABESIJKMHOPCTYXaecopxyijs", "АВЕЅІЈКМНОРСТУХаесорхуіјѕ", strict=True))  # Cyrillic
_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n+")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def retold(text: str, words: Sequence[str], rng: random.Random) -> str:
    """The text after one to three of the ways, in random order; `words` are strangers to swap in."""
    for way in rng.sample(WAYS, rng.choice((1, 1, 2, 2, 3))):
        text = way(text, words, rng)
    return text


def _swapped(text: str, words: Sequence[str], rng: random.Random) -> str:
    """Up to 15 % of the words replaced (of Chinese characters, up to 10 %)."""
    if _HAN.search(text):
        at = [match.start() for match in _HAN.finditer(text)]
        return _replaced(list(text), rng.sample(at, max(1, int(len(at) * rng.uniform(0, 0.1)))), at, rng)
    parts = text.split(" ")
    for i in rng.sample(range(len(parts)), max(1, int(len(parts) * rng.uniform(0, 0.15)))):
        parts[i] = rng.choice(words)
    return " ".join(parts)


def _replaced(characters: list[str], chosen: Sequence[int], others: Sequence[int], rng: random.Random) -> str:
    for i in chosen:
        characters[i] = characters[rng.choice(others)]
    return "".join(characters)


def _adorned(text: str, words: Sequence[str], rng: random.Random) -> str:
    """One to three tags, emoji or links before or behind it."""
    made = (rng.choice((rng.choice(EMOJI), f"#{rng.choice(words)}", _link(rng))) for _ in range(3))
    extra = " ".join(list(made)[: rng.randint(1, 3)])
    return f"{extra} {text}" if rng.random() < 0.3 else f"{text} {extra}"


def _link(rng: random.Random) -> str:
    return "https://t.co/" + "".join(rng.choices("abcdefghXYZ0123", k=10))


def _cut(text: str, words: Sequence[str], rng: random.Random) -> str:
    """The first 60 to 95 %, and dots."""
    return text[: int(len(text) * rng.uniform(0.6, 0.95))] + "…"


def _recased(text: str, words: Sequence[str], rng: random.Random) -> str:
    change = rng.choice((str.upper, str.lower, str.title))
    return _outside_links(text, change)


def _disguised(text: str, words: Sequence[str], rng: random.Random) -> str:
    """A third of the letters that have a Cyrillic twin replaced by it."""
    return _outside_links(
        text, lambda word: "".join(_TWINS.get(c, c) if rng.random() < 0.33 else c for c in word)
    )


def _outside_links(text: str, change: Callable[[str], str]) -> str:
    return " ".join(part if "://" in part else change(part) for part in text.split(" "))


def _shuffled(text: str, words: Sequence[str], rng: random.Random) -> str:
    """The sentences and lines in another order."""
    parts = [part for part in _SENTENCES.split(text) if part.strip()]
    rng.shuffle(parts)
    return " ".join(parts)


def _addressed(text: str, words: Sequence[str], rng: random.Random) -> str:
    """Other @names in it, or one before it as in a reply or a repost."""
    if "@" in text and rng.random() < 0.5:
        return re.sub(r"@\w+", lambda _: rng.choice(NAMES), text)
    return f"{rng.choice(('', 'RT '))}{rng.choice(NAMES)} {text}"


WAYS = (_swapped, _adorned, _cut, _recased, _disguised, _shuffled, _addressed)
