"""Narratives silent for weeks that somebody speaks of again: found by what they were called.

A cycle reads the narratives of two weeks. Of the older ones it only knows what they are recognised by, and
wakes those that the new posts name; whether they are the same story is then decided as for all others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from core.narratives.phrases import holds, key
from core.narratives.query import too_common
from core.narratives.reading import own, read
from core.narratives.stopwords import GENERIC
from core.text import words

TITLE_WORDS = 2  # telling words of a name that one post must all contain


class Sleeper(NamedTuple):
    """What a silent narrative is recognised by."""

    id: str
    title: str
    tickers: tuple[str, ...]
    terms: tuple[str, ...]


def woken(sleepers: Iterable[Sleeper], texts: Iterable[str]) -> list[str]:
    """Ids of the sleepers that one of the texts names: by a ticker of their own, a term or the whole name."""
    told = [text for text in texts if text]
    readings = [read(text) for text in told]
    tickers = {ticker for reading in readings for ticker in reading.named}
    said = {word for reading in readings for word in reading.words}
    keys = [key(text) for text in told]

    def is_named(sleeper: Sleeper) -> bool:
        if not tickers.isdisjoint(own(sleeper.tickers)):
            return True
        likely = [t for t in sleeper.terms if not too_common(t) and said.issuperset(words(t))]
        if any(holds(key, term) for term in likely for key in keys):
            return True
        name = {word for word in words(sleeper.title) if word not in GENERIC}
        if len(name) < TITLE_WORDS or not said.issuperset(name):
            return False
        return any(reading.words.issuperset(name) for reading in readings)

    return sorted(sleeper.id for sleeper in sleepers if is_named(sleeper))
