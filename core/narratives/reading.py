"""What posts say, read once: which are about a story, and how many independent voices there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

from core.models import Post
from core.narratives.phrases import holds, key
from core.narratives.query import too_common
from core.narratives.stopwords import CAPITALS, MAJORS
from core.text import CJK, RECENT, cashtags, hashtags, readable, words

T = TypeVar("T")
_CAPITALS = re.compile(r"[A-Z](?<![A-Za-z0-9$].)[A-Z0-9]{2,9}(?![A-Za-z0-9])")
_LATIN = re.compile(r"[A-Za-z](?<![A-Za-z0-9$#].)[A-Za-z0-9]*")
_LATIN_WORD = re.compile("[A-Za-z][A-Za-z0-9]+")
_INSIDE = re.compile(r"[A-Za-z](?<=\w .)[A-Za-z0-9]*")  # right behind another word: there nothing begins
_BEHIND = re.compile(r"(?:[^A-Za-z0-9$# ]|[^\w ] )([A-Za-z][A-Za-z0-9]*)")  # all others but the first
_BEGINS = re.compile(r"(?:^|[.!?:：。！？…])\W*$")  # here every word has a capital
_HAS_CJK = re.compile(f"[{CJK}]")
HEADLINE = 0.8  # of the longer words begin with a capital
_BRACKETS = re.compile(
    r"((?:[A-Z][\w.]*|[a-z]+[A-Z]\w*)(?: [A-Z][\w.]*)*)\s?[(（]\s?\$?([A-Z][A-Z0-9]{1,9})\s?[)）]"
)
_FULL_NAME = re.compile(r"([A-Z](?<![\w$#].)[a-z]\w*) (?=([A-Z][a-z]\w*))")
TICKER_LIST = 3  # a post with this many cashtags is a list, not a statement about one of them


class Reading(NamedTuple):
    """The comparable form of one text."""

    words: frozenset[str]  # without the tickers of a list
    cashtags: frozenset[str]  # none in a ticker list
    coins: frozenset[str]  # these without the majors, in lower case as words are
    named: frozenset[str]  # all that may stand for a ticker whose name is known: $, # and words in capitals
    written: frozenset[str]  # latin words that begin with a capital though no sentence begins there
    plain: frozenset[str]  # and those that do not
    pairs: frozenset[tuple[str, str]]  # words with a capital side by side, as in a person's name


@lru_cache(maxsize=RECENT)
def read(text: str) -> Reading:
    tags = tuple(dict.fromkeys((*cashtags(text), *_stated(text))))
    listed = tags if len(tags) >= TICKER_LIST else ()
    stated = frozenset(() if listed else tags)
    return Reading(
        frozenset(words(text)) - {tag.lower() for tag in listed},
        stated,
        frozenset([ticker.lower() for ticker in own(stated)]),
        stated.union({*_capitals(text), *map(str.upper, hashtags(text))} - CAPITALS),
        *_spelt(text),
        frozenset((a.lower(), b.lower()) for a, b in _FULL_NAME.findall(readable(text))),
    )


def _stated(text: str) -> list[str]:
    """Tickers in brackets behind a name, as in "zkPass (ZKP)"; an abbreviation of the name is none."""
    plain = readable(text)
    found = []
    for name, ticker in _BRACKETS.findall(plain) if "(" in plain or "（" in plain else ():
        initials = "".join(word[0] for word in name.split()).upper()
        if ticker not in CAPITALS and not initials.endswith(ticker):
            found.append(ticker)
    return found


def _spelt(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Words written with a capital and without; a headline gives every word a capital and tells nothing."""
    plain = readable(text)
    if not plain.isascii() and _HAS_CJK.search(plain):  # there a sentence gives no word a capital
        inside = _LATIN.findall(plain)
    else:
        inside = _INSIDE.findall(plain) + [
            word[1]
            for word in _BEHIND.finditer(plain)
            if not _BEGINS.search(plain[max(0, word.start(1) - 8) : word.start(1)])
        ]
    capital = [word for word in inside if word[0].isupper()]
    long = [word for word in inside if len(word) >= 4] if capital else ()
    if len(long) >= 4 and sum([len(word) >= 4 for word in capital]) >= HEADLINE * len(long):
        return frozenset(), frozenset()
    return frozenset(map(str.lower, capital)), frozenset(inside).difference(capital)


def _capitals(text: str) -> frozenset[str]:
    """Words in capitals, unless the text shouts."""
    found = _CAPITALS.findall(readable(text))
    shouts = len(found) > 3 and 2 * len(found) >= len(_LATIN_WORD.findall(readable(text)))
    return frozenset() if shouts else frozenset(found)


def own(tickers: Iterable[str]) -> list[str]:
    """The tickers that can be a story's identity: all but the majors."""
    return [ticker for ticker in tickers if ticker not in MAJORS]


def about(post: Post, tickers: Sequence[str], terms: Sequence[str]) -> bool:
    """Whether the post names one of the tickers (majors aside) or contains one of the terms.

    A term that is too common by itself counts only beside one of the tickers. A post without text counts:
    its id was cited for this story's own search.
    """
    if not post.text:
        return True
    names = read(post.text).named
    if not names.isdisjoint(own(tickers)):
        return True
    beside = not names.isdisjoint(tickers)
    said = key(post.text)
    return any(holds(said, term) and (beside or not too_common(term)) for term in terms)


def originals(posts: Iterable[Post]) -> list[Post]:
    """Oldest first, near-copies left out."""
    first: dict[int | str, Post] = {}
    for post in sorted(posts, key=lambda post: int(post.id)):
        first.setdefault(post.signature or post.id, post)
    return list(first.values())


def some(items: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of them, evenly spaced: enough to tell what all say."""
    count = len(items)
    return items if count <= most else [items[i * count // most] for i in range(most)]


def voice(post: Post) -> str | None:
    """Who speaks; all unknown authors count as one."""
    return post.author.lower() if post.author else None


def voices(originals: Iterable[Post]) -> list[str]:
    """One text per author: what each says in all of these posts."""
    said: dict[str | None, list[str]] = {}
    for post in originals:
        if post.text:
            said.setdefault(voice(post), []).append(post.text)
    return ["\n".join(texts) for texts in said.values()]


def is_evidence(originals: Sequence[Post]) -> bool:
    """Two posts that are no copies of each other, by two authors: the least that can found a narrative."""
    return len({voice(post) for post in originals}) >= 2
