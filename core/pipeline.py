"""The whole pure chain in one call: answers in; posts, narratives, the log's new rows and scores out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core import scoring
from core.models import (
    Count,
    Cycle,
    Engagement,
    Mention,
    Narrative,
    NarrativeEvent,
    Poll,
    Post,
    QuestionKind,
    Score,
    Sighting,
)
from core.narratives import identity, label, merging
from core.observing import Observed, Reply, observe
from core.signals import common, measures, panel
from core.signals.common import Common
from core.signals.completeness import Find, completeness, overlaps
from core.signals.novelty import Wording
from core.text import words

HOUR = timedelta(hours=1)
COMPLETENESS = timedelta(days=3)  # how far back overlapping refreshes are compared
ALIVE = timedelta(days=3)  # a narrative nobody posted about for this long is not scored


@dataclass(frozen=True, slots=True)
class History:
    """What was known before this turn."""

    narratives: Sequence[Narrative] = ()
    redirects: Mapping[str, str] = field(default_factory=dict)  # merged narrative's id → where it leads
    mentions: Sequence[Mention] = ()  # also of merged ones, under their old ids
    polls: Sequence[Poll] = ()
    counts: Sequence[Count] = ()  # of a counts meter
    discovered: Sequence[tuple[str, datetime, datetime]] = ()  # post id, created, known: by discovery
    finds: Sequence[Find] = ()  # of the refreshes of the last `COMPLETENESS`
    previous: Mapping[str, Score] = field(default_factory=dict)
    known: Mapping[str, Post] = field(default_factory=dict)  # posts the answers may repeat
    loose: Mapping[str, Post] = field(default_factory=dict)  # of the last day, in no narrative yet
    recent_texts: Sequence[str] = ()  # of the last days: what words are common
    said: Mapping[str, str] = field(default_factory=dict)  # post id → text, of narratives' latest posts
    remembered: Sequence[Narrative] = ()  # spoken of in the last 30 days: what is new is told by them
    engagement: Sequence[Engagement] = ()  # of posts, told in the last day
    regulars: Set[str] | None = None  # authors known for a week, of those at hand; None: too young to know


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything one turn adds; committed in one transaction."""

    cycle: Cycle
    polls: tuple[Poll, ...]
    posts: tuple[Post, ...]
    sightings: tuple[Sighting, ...]
    counts: tuple[Count, ...]
    engagement: tuple[Engagement, ...]
    narratives: tuple[Narrative, ...]  # new or changed
    mentions: tuple[Mention, ...]
    events: tuple[NarrativeEvent, ...]
    scores: tuple[Score, ...]
    common: Common | None  # a jump of all narratives together
    contradicted: int  # posts whose author two answers name differently: not confirmed by either
    broken: Mapping[str, int]  # measure → narratives for which it could not be computed


def turn(
    history: History,
    replies: Sequence[Reply],
    *,
    cycle: Cycle,
    now: datetime,
    counts: Sequence[Count] = (),
) -> Outcome:
    """One turn of the wheel at `now`: check claims, find the narratives, count, score.

    `counts` are what a counts meter said this turn.
    """
    seen = observe(replies, history.known, cycle, now)
    history = replace(
        history,
        mentions=_merged(_followed(history.mentions, history.redirects)),
        counts=[*history.counts, *counts],
    )
    narratives, mentions, events = _narrate(history, replies, seen, now)
    known = {n.id: n for n in history.narratives} | {n.id: n for n in narratives}
    redirects = {**history.redirects, **{n.id: n.redirect_to for n in known.values() if n.redirect_to}}
    counted = _vouched(_merged(_followed([*history.mentions, *mentions], redirects)), seen.confirmed)
    log = _log(history, counted, seen)
    scores, common, broken = _scores(history, log, known.values(), cycle=cycle, now=now)
    return Outcome(
        cycle=cycle,
        polls=seen.polls,
        posts=tuple(seen.posts.values()),
        sightings=seen.sightings,
        counts=tuple(counts),
        engagement=seen.engagement,
        narratives=tuple(narratives),
        mentions=tuple(mentions),
        events=tuple(events),
        scores=scores,
        common=common,
        contradicted=len(seen.contradicted),
        broken=broken,
    )


def _narrate(
    history: History,
    replies: Sequence[Reply],
    seen: Observed,
    now: datetime,
) -> tuple[list[Narrative], list[Mention], list[NarrativeEvent]]:
    """Refresh polls first (they extend what we know), then discovery's groups find or found narratives."""
    known = {n.id: n for n in history.narratives}
    changed: dict[str, Narrative] = {}
    mentions: list[Mention] = []
    talk = seen.talk
    for reply, verdict in zip(replies, seen.verdicts, strict=True):
        narrative = known.get(reply.question.narrative_id or "")
        if narrative and verdict and verdict.ok:
            told = [talk[post.id] for post in verdict.posts if post.id in talk]
            updated, found = identity.refreshed(changed.get(narrative.id, narrative), told, now)
            changed[narrative.id] = updated
            mentions += found
    assigned = identity.assign(
        known=list((known | changed).values()),
        owners=_owners(history.mentions, mentions),
        groups=[g for v in seen.verdicts if v and v.ok for g in v.groups],
        posts={**history.loose, **talk},
        background=label.background([*history.recent_texts, *(p.text for p in talk.values() if p.text)]),
        now=now,
        said=history.said,
    )
    changed |= {n.id: n for n in assigned.narratives}
    return list(changed.values()), mentions + list(assigned.mentions), list(assigned.events)


def _owners(*mentions: Iterable[Mention]) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = defaultdict(set)
    for rows in mentions:
        for row in rows:
            owners[row.post_id].add(row.narrative_id)
    return owners


def _scores(
    history: History, log: _Log, known: Iterable[Narrative], *, cycle: Cycle, now: datetime
) -> tuple[tuple[Score, ...], Common | None, dict[str, int]]:
    known = list(known)
    alive = [n for n in known if n.redirect_to is None and now - n.last_post_at <= ALIVE]
    if not alive:
        return (), None, {}
    first = min((*(p.since for p in log.polls), *(c.start for c in history.counts)), default=now)
    grid = panel.build(
        [n.id for n in alive],
        log.mentions,
        log.polls,
        log.discovered,
        now=now,
        hours=max(24, int((now - first) / HOUR) + 2),
        counts=history.counts,
    )
    told = completeness(overlaps(p for p in log.polls if p.known_at > now - COMPLETENESS), log.finds)
    beside = measures.Beside(_wordings(history.remembered, known, now), log.mentions, log.engagement)
    measured = measures.measure(grid, told, beside)
    scores = scoring.rank(
        alive,
        grid,
        measured,
        log.mentions,
        history.previous,
        cycle_id=cycle.id,
        now=now,
        regulars=history.regulars,
    )
    return scores, common.common(measured, log.polls), measured.partial.counts()


def _wordings(
    remembered: Iterable[Narrative], known: Iterable[Narrative], now: datetime
) -> dict[str, Wording]:
    """What every narrative of these days is about, those merged into another left out."""
    latest = {n.id: n for n in remembered} | {n.id: n for n in known}
    return {
        n.id: Wording(
            (*words(n.title), *(t.lower() for t in n.tickers), *(w for term in n.terms for w in words(term))),
            (now - n.earliest_post_at) / HOUR,
        )
        for n in latest.values()
        if n.redirect_to is None
    }


@dataclass(frozen=True, slots=True)
class _Log:
    """The observation log with this turn's rows."""

    mentions: Sequence[Mention]
    polls: Sequence[Poll]
    discovered: Sequence[tuple[str, datetime, datetime]]
    finds: Sequence[Find]
    engagement: Sequence[Engagement]


def _log(history: History, mentions: Sequence[Mention], seen: Observed) -> _Log:
    discovery = {poll.id for poll in seen.polls if poll.kind is QuestionKind.DISCOVER and poll.meters}
    before = {row[0] for row in history.discovered}
    new = (s for s in seen.sightings if s.poll_id in discovery and s.post_id not in before)
    talk = seen.talk
    fresh = {s.post_id: s.known_at for s in new if s.post_id in talk}
    return _Log(
        mentions=mentions,
        polls=[*history.polls, *seen.polls],
        discovered=[*history.discovered, *((i, seen.posts[i].created_at, at) for i, at in fresh.items())],
        finds=[*history.finds, *_finds(history, seen)],
        engagement=[*history.engagement, *seen.engagement],
    )


def _finds(history: History, seen: Observed) -> Iterator[Find]:
    """What this turn's measuring refreshes returned, with when each post was first known."""
    measuring = {p.id for p in seen.polls if p.kind is not QuestionKind.DISCOVER and p.covered_from}
    for poll_id, post_id, at in seen.sightings:
        if poll_id in measuring and post_id in seen.posts:
            first = history.known[post_id].known_at if post_id in history.known else at
            yield Find(poll_id, seen.posts[post_id].created_at, first)


def _vouched(mentions: Iterable[Mention], confirmed: frozenset[str]) -> list[Mention]:
    """Mentions with what this turn's answers confirmed."""
    return [m._replace(confirmed=True) if m.post_id in confirmed else m for m in mentions]


def _followed(mentions: Iterable[Mention], redirects: Mapping[str, str]) -> list[Mention]:
    """Mentions under the id their narrative goes by today.

    What a merged one's polls found or covered says nothing of the rate of the survivor, whose search is
    another: their posts stay evidence, unmetered.
    """
    survivors = {id: merging.survivor(id, redirects) for id in redirects}
    return [
        m._replace(narrative_id=survivors[m.narrative_id], metered=False)
        if m.narrative_id in survivors
        else m
        for m in mentions
    ]


def _merged(mentions: Iterable[Mention]) -> list[Mention]:
    """One row per narrative and post; once metered, always metered; the first time of knowing stays."""
    rows: dict[tuple[str, str], Mention] = {}
    for m in mentions:
        before = rows.setdefault((m.narrative_id, m.post_id), m)
        first = min(before, m, key=lambda row: row.known_at)
        rows[(m.narrative_id, m.post_id)] = first._replace(metered=before.metered or m.metered)
    return list(rows.values())
