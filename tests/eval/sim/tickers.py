"""What a bot that counts makes of the answers: the posts they returned, by the ticker they name.

That is the unit of the field's counting bots. Nothing is told apart, grouped or sorted out: a post names what
its text has a `$` before, whoever wrote it and however often it was copied.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.sandbox.world import XPost
from core.alerts.shadows import DAYS, Volume
from core.models import Narrative
from core.pipeline import Outcome

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_TICKER = re.compile(r"\$([A-Z]{2,10})\b")


class Talk(NamedTuple):
    """One ticker at one hour; `about`: the planted story most of its posts of the day tell."""

    subject: Narrative
    volume: Volume
    about: str | None


class Tickers:
    """Everything returned so far."""

    def __init__(self, posts: Iterable[XPost]) -> None:
        self._posts: Mapping[str, XPost] = {str(post.id): post for post in posts}
        self._found: dict[str, set[str]] = defaultdict(set)

    def add(self, outcome: Outcome) -> None:
        """What one turn's answers returned."""
        for _, post_id, _ in outcome.sightings:
            for ticker in _TICKER.findall(self._posts[post_id].text):
                self._found[ticker].add(post_id)

    def heard(self, now: datetime) -> dict[str, Talk]:
        """Each ticker named in the last day, under what stands for it as an id."""
        told = {f"${ticker}": self._talk(ticker, now) for ticker in self._found}
        return {id: talk for id, talk in told.items() if talk.volume.days[0]}

    def _talk(self, ticker: str, now: datetime) -> Talk:
        posts = [self._posts[id] for id in self._found[ticker]]
        days = Counter((now - post.created_at) // DAY for post in posts)
        hour = sum(now - post.created_at < HOUR for post in posts)
        stories = Counter(post.story for post in posts if now - post.created_at < DAY)
        return Talk(
            _subject(ticker, min(p.created_at for p in posts), max(p.created_at for p in posts)),
            Volume(hour, tuple(days[back] for back in range(DAYS))),
            most(stories) if stories else None,
        )


def _subject(ticker: str, first: datetime, last: datetime) -> Narrative:
    name = f"${ticker}"
    return Narrative(
        id=name, slug=ticker.lower(), title=name, tickers=(ticker,), query=name,
        first_seen_at=first, earliest_post_at=first, last_post_at=last,
    )  # fmt: skip


def most(told: Counter[str | None]) -> str | None:
    """What more than half of them tell."""
    story, count = told.most_common(1)[0]
    return story if 2 * count > told.total() else None
