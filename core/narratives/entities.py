"""Whom a text names: coins, projects, persons, which say more about its story than all its other words.

Two posts that name different ones tell two stories, however alike the words; one who names the same may tell
the same. A name that goes with one ticker only ("Nimbara", $NMBR) stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.narratives.background import Background, Whom, abbreviates
from core.narratives.reading import own, read
from core.narratives.stopwords import GENERIC
from core.text import words


def named_in(text: str, background: Background) -> Whom:
    """Whom a post names; looked up once, because each post is asked about every story it may belong to."""
    known = background.heard.get(text)
    if known is None:
        reading = read(text)
        names = reading.words & background.names
        tickers = reading.coins | _aliases(names, background) if names else reading.coins
        known = background.heard[text] = Whom.of(tickers, names)
    return known


def goes_by(title: str, tickers: Iterable[str], terms: Sequence[str], background: Background) -> Whom:
    """Whom a story is about, by title, tickers and terms; beside a ticker no name stands for another."""
    said = {word for text in (title, *terms) for word in words(text)}
    names = frozenset(said & (background.names | _unheard(title, background)))
    lower = {ticker.lower() for ticker in own(tickers)}
    return Whom.of(frozenset(lower or _aliases(names, background)), names)


def stands_for(name: str, tickers: Iterable[str], background: Background) -> bool:
    """Whether the name is known to go with one of the tickers, or written so that it abbreviates to one."""
    return any(
        background.aliases.get(name) == ticker.lower() or abbreviates(ticker.lower(), name)
        for ticker in tickers
    )


def apart(one: Whom, other: Whom) -> bool:
    """Whether they name different ones: tickers tell before names, an exchange is named with many coins."""
    if one.tickers and other.tickers:
        return one.tickers.isdisjoint(other.tickers)
    return bool(one.all and other.all) and one.all.isdisjoint(other.all)


def is_telling(one: Whom, background: Background) -> bool:
    """Whether it names something that is a story of its own: a coin, or a name nobody used two days ago."""
    fresh = (name for name in one.names - background.parts if background.is_new(name))
    return bool(one.tickers) or any(fresh)


def _aliases(names: Iterable[str], background: Background) -> set[str]:
    return {background.aliases[name] for name in names if name in background.aliases}


def _unheard(title: str, background: Background) -> frozenset[str]:
    """Words of a title, written as names, that nobody uses any more: what was a name stays one."""
    return frozenset(
        word
        for token in title.split()
        if token[:1].isupper()
        for word in words(token)
        if word not in GENERIC and word not in background.counts
    )
