"""Voices: how many independent people carry a story, and whom of them INTERN has known for a while.

A near-copy of an earlier post, whoever's, adds no voice: nor does a second post of one author. A regular has
an accepted post that is a week old or more (`known_since`: less while INTERN itself is young); anybody else
is a stranger, who may have been made for the day.

>>> from datetime import UTC, datetime
>>> noon = datetime(2026, 1, 8, 12, tzinfo=UTC)
>>> def said(i, author, text):
...     return Mention("a", str(i), noon + i * timedelta(minutes=20), noon, True, author, signature=text)
>>> texts = [7, 7, 8, 9]
>>> day = [said(i, author, text) for i, (author, text) in enumerate(zip("abcd", texts))]
>>> found = voices(day, frozenset("b"))
>>> found.regulars, found.strangers
(0, 3)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta
from statistics import median

from core.models import Mention, Voices
from core.signals.coordination import Regulars

KNOWN_FOR = timedelta(days=7)
LISTENS = timedelta(days=2)  # INTERN itself, at least, before it knows anybody
JOINED = 2  # voices that join in an hour make it one in which the story spread
LISTENED = 5  # authors from which on a narrative's share of strangers says something
COMPARED = 3  # such narratives, at least, make a usual share
_HOUR = timedelta(hours=1)


def voices(posts: Sequence[Mention], names: Set[str]) -> Voices:
    """The independent authors of `posts`; `names` are the regulars."""
    first = _independent(posts)
    confirmed = {m.author for m in posts if m.confirmed}
    start = min((m.created_at for m in posts), default=None)
    joined = Counter((at - start) // _HOUR for at in first.values()) if start else Counter[int]()
    regulars = first.keys() & names
    strangers = first.keys() - names
    return Voices(
        regulars=len(regulars),
        regulars_confirmed=len(regulars & confirmed),
        strangers=len(strangers),
        strangers_confirmed=len(strangers & confirmed),
        hours=sum(many >= JOINED for many in joined.values()),
    )


def known_since(first: datetime, now: datetime) -> datetime | None:
    """Before when somebody must have written to be a regular now; `first`: since when INTERN listens.

    A week ago; in INTERN's first two weeks half of its own age ago, since nobody can be known for longer than
    it listens. None in its first two days.
    """
    age = now - first
    return now - min(KNOWN_FOR, age / 2) if age >= LISTENS else None


def usual(authors: Iterable[Set[str]], names: Set[str]) -> Regulars | None:
    """How usual strangers are, given each narrative's authors; None where too few can be compared."""
    shares = [len(each - names) / len(each) for each in authors if len(each) >= LISTENED]
    return Regulars(names, median(shares)) if len(shares) >= COMPARED else None


def _independent(posts: Sequence[Mention]) -> dict[str, datetime]:
    """When each known author first said something in words of their own."""
    said: set[int] = set()
    first: dict[str, datetime] = {}
    for m in sorted(posts, key=lambda m: (m.created_at, int(m.post_id))):
        if m.author and m.signature not in said:
            first.setdefault(m.author, m.created_at)
            said.update({m.signature} - {0})
    return first
