"""The whole pure chain in one call: answers in; posts, narratives, the log's new rows and scores out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core import evidence, scoring
from core.evidence import Verdict
from core.models import (
    Answer,
    Cycle,
    Mention,
    Narrative,
    NarrativeEvent,
    Poll,
    Post,
    Question,
    QuestionKind,
    Score,
    Sighting,
)
from core.narratives import identity, label, merging
from core.signals import measures, panel

HOUR = timedelta(hours=1)
ALIVE = timedelta(days=3)  # a narrative nobody posted about for this long is not scored


@dataclass(frozen=True, slots=True)
class Reply:
    """How one question ended: an answer, or the fault that took its place."""

    question: Question
    answer: Answer | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What was known before this turn."""

    narratives: Sequence[Narrative] = ()
    redirects: Mapping[str, str] = field(default_factory=dict)  # merged narrative's id → where it leads
    mentions: Sequence[Mention] = ()  # also of merged ones, under their old ids
    polls: Sequence[Poll] = ()
    discovered: Sequence[tuple[str, datetime, datetime]] = ()  # post id, created, known: by discovery
    previous: Mapping[str, Score] = field(default_factory=dict)
    known: Mapping[str, Post] = field(default_factory=dict)  # posts the answers may repeat
    loose: Mapping[str, Post] = field(default_factory=dict)  # of the last day, in no narrative yet
    recent_texts: Sequence[str] = ()  # of the last days: what words are common
    said: Mapping[str, str] = field(default_factory=dict)  # post id → text, of narratives' latest posts


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything one turn adds; committed in one transaction."""

    cycle: Cycle
    polls: tuple[Poll, ...]
    posts: tuple[Post, ...]
    sightings: tuple[Sighting, ...]
    narratives: tuple[Narrative, ...]  # new or changed
    mentions: tuple[Mention, ...]
    events: tuple[NarrativeEvent, ...]
    scores: tuple[Score, ...]


def turn(history: History, replies: Sequence[Reply], *, cycle: Cycle, now: datetime) -> Outcome:
    """One turn of the wheel at `now`: check claims, find the narratives, count, score."""
    verdicts = [_verdict(reply, history.known, now) for reply in replies]
    polls = tuple(_poll(cycle, i, r, v, now) for i, (r, v) in enumerate(zip(replies, verdicts, strict=True)))
    posts = _united(verdicts)
    sightings = tuple(
        Sighting(poll.id, post.id, now)
        for poll, verdict in zip(polls, verdicts, strict=True)
        if verdict
        for post in verdict.posts
    )
    history = replace(history, mentions=_merged(_followed(history.mentions, history.redirects)))
    narratives, mentions, events = _narrate(history, replies, verdicts, posts, now)
    known = {n.id: n for n in history.narratives} | {n.id: n for n in narratives}
    redirects = {**history.redirects, **{n.id: n.redirect_to for n in known.values() if n.redirect_to}}
    counted = _merged(_followed([*history.mentions, *mentions], redirects))
    log = _log(history, counted, polls, posts, sightings)
    scores = _scores(history, log, known.values(), cycle=cycle, now=now)
    return Outcome(
        cycle=cycle,
        polls=polls,
        posts=tuple(posts.values()),
        sightings=sightings,
        narratives=tuple(narratives),
        mentions=tuple(mentions),
        events=tuple(events),
        scores=scores,
    )


def _verdict(reply: Reply, known: Mapping[str, Post], now: datetime) -> Verdict | None:
    if reply.answer is None:
        return None
    return evidence.examine(reply.question, reply.answer, now=now, known=known)


def _united(verdicts: Iterable[Verdict | None]) -> dict[str, Post]:
    """Posts by id; of two sightings the one with text wins."""
    posts: dict[str, Post] = {}
    for verdict in verdicts:
        for post in verdict.posts if verdict else ():
            if post.id not in posts or (post.text and not posts[post.id].text):
                posts[post.id] = post
    return posts


def _poll(cycle: Cycle, index: int, reply: Reply, verdict: Verdict | None, now: datetime) -> Poll:
    question, answer = reply.question, reply.answer
    return Poll(
        id=f"{cycle.id}.{index}",
        cycle_id=cycle.id,
        kind=question.kind,
        narrative_id=question.narrative_id,
        query=question.query,
        mode=question.mode,
        limit=question.limit,
        since=question.since,
        until=question.until,
        ok=bool(verdict and verdict.ok),
        covered_from=verdict.covered_from if verdict else None,
        returned=verdict.returned if verdict else 0,
        dropped=dict(verdict.dropped) if verdict else {},
        fault=verdict.fault if verdict else reply.fault,
        served_model=answer.served_model if answer else None,
        version=question.version,
        response_id=answer.response_id if answer else None,
        cost_ticks=(answer.usage.cost_ticks or 0) if answer else 0,
        known_at=now,
    )


def _narrate(
    history: History,
    replies: Sequence[Reply],
    verdicts: Sequence[Verdict | None],
    posts: Mapping[str, Post],
    now: datetime,
) -> tuple[list[Narrative], list[Mention], list[NarrativeEvent]]:
    """Refresh polls first (they extend what we know), then discovery's groups find or found narratives."""
    known = {n.id: n for n in history.narratives}
    changed: dict[str, Narrative] = {}
    mentions: list[Mention] = []
    for reply, verdict in zip(replies, verdicts, strict=True):
        narrative = known.get(reply.question.narrative_id or "")
        if narrative and verdict and verdict.ok:
            updated, found = identity.refreshed(changed.get(narrative.id, narrative), verdict.posts, now)
            changed[narrative.id] = updated
            mentions += found
    assigned = identity.assign(
        known=list((known | changed).values()),
        owners=_owners(history.mentions, mentions),
        groups=[g for v in verdicts if v and v.ok for g in v.groups],
        posts={**history.loose, **posts},
        background=label.background([*history.recent_texts, *(p.text for p in posts.values() if p.text)]),
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
) -> tuple[Score, ...]:
    alive = [n for n in known if n.redirect_to is None and now - n.last_post_at <= ALIVE]
    if not alive:
        return ()
    first = min((p.since for p in log.polls), default=now)
    grid = panel.build(
        [n.id for n in alive],
        log.mentions,
        log.polls,
        log.discovered,
        now=now,
        hours=max(24, int((now - first) / HOUR) + 2),
    )
    measured = measures.measure(grid)
    return scoring.rank(alive, grid, measured, log.mentions, history.previous, cycle_id=cycle.id, now=now)


@dataclass(frozen=True, slots=True)
class _Log:
    """The observation log with this turn's rows."""

    mentions: Sequence[Mention]
    polls: Sequence[Poll]
    discovered: Sequence[tuple[str, datetime, datetime]]


def _log(
    history: History,
    mentions: Sequence[Mention],
    polls: Sequence[Poll],
    posts: Mapping[str, Post],
    sightings: Sequence[Sighting],
) -> _Log:
    discovery = {poll.id for poll in polls if poll.kind is QuestionKind.DISCOVER}
    before = {row[0] for row in history.discovered}
    fresh = {s.post_id: s.known_at for s in sightings if s.poll_id in discovery and s.post_id not in before}
    return _Log(
        mentions=mentions,
        polls=[*history.polls, *polls],
        discovered=[*history.discovered, *((i, posts[i].created_at, at) for i, at in fresh.items())],
    )


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
