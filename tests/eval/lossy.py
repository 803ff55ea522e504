"""How far a ranking stands when polls are lost: a real day scored with and without 30 % of them.

The day is the stream's busiest. Narratives are the words and tickers that at least eight of its authors
use, the commonest first (no clustering: what is measured is counting, not naming); a refresh poll of one
asks every hour, as the product's plan does, for its newest 10 posts since a quarter of an hour before its
last good poll. The history is the days before, polled alike. At each of six moments of the day, and for
each of several draws of lost polls, the product lists all of them twice, as `/trending` does (24 h against
the time before). `lossy_spearman` is the mean Spearman correlation of the two places of the top 20 of the
list without losses; `lossy_spearman_now` the same of the ranking by momentum of the last hours, where a
lost poll may be all there was to see.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np
from scipy.stats import spearmanr

from core import text
from core.models import Mention, Narrative, Poll
from core.scoring import rank
from core.signals import Log, build, measure, sampled
from core.trending import ranking
from tests.eval import polling

FILE = "x_kol_stream_a/posts.jsonl.gz"
LOST, LIMIT, TOP = 0.3, 10, 20
NARRATIVES, AUTHORS = 60, 8
HISTORY = 7  # days before
HOURS_READ = (9, 12, 15, 18, 21, 24)
SEEDS = (1, 2, 3, 4, 5)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REACH = 24  # hours that a poll asks about after lost ones, at most


class Told(NamedTuple):
    """A post of the stream."""

    id: str
    at: datetime
    author: str
    signature: int
    terms: frozenset[str]


class Lists(NamedTuple):
    """Narrative ids, best first."""

    day: list[str]  # by 24 h against the time before
    now: list[str]  # by momentum


def figures(data: Path) -> dict[str, float]:
    """`lossy_spearman` of the stream's busiest day; nothing without the stream."""
    path = data / FILE
    if not path.exists():
        print(f"skipped: no stream in {path}")
        return {}
    posts = stream(path)
    day = busiest(posts)
    posts = [p for p in posts if day - HISTORY * DAY <= p.at < day + DAY]
    terms = narratives(posts, day)
    whole = _lists(posts, terms, day, lost=0.0, seed=0)
    lossy = [_lists(posts, terms, day, lost=LOST, seed=seed) for seed in SEEDS]
    print(f"lossy: {day:%Y-%m-%d}, {len(terms)} narratives, {LOST:.0%} of polls lost, top {TOP}")
    pairs = [pair for run in lossy for pair in zip(whole, run, strict=True)]
    return {
        "lossy_spearman": _told("24 h", [_agreement(one.day, other.day) for one, other in pairs]),
        "lossy_spearman_now": _told("now", [_agreement(one.now, other.now) for one, other in pairs]),
    }


def _told(name: str, found: Sequence[float]) -> float:
    print(f"  {name}: Spearman {mean(found):.3f}, {min(found):.3f} at worst of {len(found)} readings")
    return mean(found)


def stream(path: Path) -> list[Told]:
    """The posts in order of creation."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    told = (
        Told(
            row["post_id"],
            datetime.fromisoformat(row["created_at"]).astimezone(UTC),
            row["author"],
            text.signature(row["text"]),
            frozenset((*text.words(row["text"]), *(f"${t}" for t in text.cashtags(row["text"])))),
        )
        for row in rows
    )
    return sorted(told, key=lambda p: (p.at, p.id))


def busiest(posts: Sequence[Told]) -> datetime:
    """The beginning of the day with most posts."""
    day, _ = Counter(p.at.date() for p in posts).most_common(1)[0]
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def narratives(posts: Sequence[Told], day: datetime) -> list[str]:
    """The day's words and tickers by their number of authors."""
    authors: dict[str, set[str]] = defaultdict(set)
    for p in posts:
        if p.at >= day:
            for term in p.terms:
                authors[term].add(p.author)
    ranked = sorted(authors, key=lambda term: (-len(authors[term]), term))
    return [term for term in ranked if len(authors[term]) >= AUTHORS][:NARRATIVES]


def _agreement(whole: Sequence[str], lossy: Sequence[str]) -> float:
    """Spearman's correlation of the places of the list without losses, over its top."""
    top = whole[:TOP]
    places = {id_: place for place, id_ in enumerate(lossy)}
    last = len(lossy)  # what fell out of the list
    return float(spearmanr(range(len(top)), [places.get(id_, last) for id_ in top]).statistic)


def _lists(
    posts: Sequence[Told], terms: Sequence[str], day: datetime, *, lost: float, seed: int
) -> list[Lists]:
    """What is listed at each moment that is read."""
    begin = day - HISTORY * DAY
    chance = np.random.default_rng(seed)
    mentions: list[Mention] = []
    polls: list[Poll] = []
    for term in terms:
        own = [p for p in posts if term in p.terms]
        answered = chance.random((HISTORY + 1) * 24) >= lost
        _ask(term, own, begin, answered, mentions, polls)
    stories = [_narrative(term, begin) for term in terms]
    return [_listed(stories, mentions, polls, begin, day + hours * HOUR) for hours in HOURS_READ]


def _ask(
    term: str,
    own: Sequence[Told],
    begin: datetime,
    answered: np.ndarray,
    mentions: list[Mention],
    polls: list[Poll],
) -> None:
    since = begin
    for hour in np.flatnonzero(answered):
        until = begin + int(hour + 1) * HOUR
        start = max(since, until - REACH * HOUR)
        shown = [p for p in own if start <= p.at < until][-LIMIT:]
        polls.append(polling.poll(term, until, shown[0].at if len(shown) >= LIMIT else start, LIMIT))
        mentions += (
            Mention(term, p.id, p.at, until, metered=True, author=p.author, signature=p.signature)
            for p in shown
        )
        since = until - polling.OVERLAP * HOUR


def _narrative(term: str, begin: datetime) -> Narrative:
    return Narrative(
        id=term,
        slug=term,
        title=term,
        query=term,
        first_seen_at=begin,
        earliest_post_at=begin,
        last_post_at=begin,
    )


def _listed(
    stories: Sequence[Narrative],
    mentions: Sequence[Mention],
    polls: Sequence[Poll],
    begin: datetime,
    now: datetime,
) -> Lists:
    ids = [n.id for n in stories]
    known = [m for m in mentions if m.known_at <= now]
    panel = build(ids, Log.of(known, sampled(polls)), now=now, hours=int((now - begin) / HOUR))
    scores = rank(stories, panel, measure(panel), known, {}, cycle_id="c", now=now)
    rows = ranking(scores, {n.id: n for n in stories}, "24h", count=len(stories))
    return Lists([row.narrative.id for row in rows], [score.narrative_id for score in scores])
