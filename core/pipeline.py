"""The whole pure chain in one call: answers in; posts, narratives, the log's new rows and scores out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core import copies, scoring
from core.models import (
    Count,
    Cycle,
    Engagement,
    Excerpt,
    Mention,
    Move,
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
from core.signals.log import Log, united
from core.signals.novelty import Wording
from core.signals.segments import sampled
from core.text import words

HOUR = timedelta(hours=1)
COMPLETENESS = timedelta(days=3)  # how far back overlapping refreshes are compared
POLLS = timedelta(days=8)  # how far back one poll is compared with another
TALK = timedelta(days=31)  # how far back it is told who said what: the longest window
ALIVE = timedelta(days=3)  # a narrative nobody posted about for this long is not scored


Parted = Mapping[tuple[str, str], str]  # (narrative, post that left it) → the new narrative


@dataclass(frozen=True, slots=True)
class History:
    """What was known before this turn."""

    narratives: Sequence[Narrative] = ()
    redirects: Mapping[str, str] = field(default_factory=dict)  # merged narrative's id → where it leads
    log: Log = field(default_factory=Log)  # what was observed; of merged ones under their old ids
    since: datetime | None = None  # what is older than that is not looked at
    polls: Sequence[Poll] = ()  # of the last `POLLS`, discovery's too
    finds: Sequence[Find] = ()  # of the refreshes of the last `COMPLETENESS`
    previous: Mapping[str, Score] = field(default_factory=dict)
    known: Mapping[str, Post] = field(default_factory=dict)  # posts the answers may repeat
    loose: Mapping[str, Post] = field(default_factory=dict)  # of the last day, in no narrative yet
    recent: Sequence[Excerpt] = ()  # of the last days: what words are common, what was said before
    said: Mapping[str, str] = field(default_factory=dict)  # post id → text, of narratives' latest posts
    remembered: Sequence[Narrative] = ()  # spoken of in the last 30 days: what is new is told by them
    engagement: Sequence[Engagement] = ()  # of posts, told in the last day
    regulars: Set[str] | None = None  # authors known for a while, of those at hand; None: too young to know


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
    moves: tuple[Move, ...]
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
    before = (Excerpt(p.id, p.text, p.signature) for p in history.known.values())
    seen = replace(seen, posts=copies.settled(seen.posts, [*before, *history.recent]))
    told = history.log.since(now - TALK).followed(_survivors(history.redirects)).mentioned()
    narratives, mentions, events, parted = _narrate(history, replies, seen, told, now)
    known = {n.id: n for n in history.narratives} | {n.id: n for n in narratives}
    redirects = {**history.redirects, **{n.id: n.redirect_to for n in known.values() if n.redirect_to}}
    log = united([history.log, _added(seen, mentions, counts, known)]).followed(_survivors(redirects))
    log = log.moved(parted)
    scores, common, broken = _scores(history, log, seen, known.values(), cycle=cycle, now=now)
    return Outcome(
        cycle=cycle,
        polls=seen.polls,
        posts=tuple(seen.posts.values()),
        sightings=seen.sightings,
        counts=tuple(counts),
        engagement=seen.engagement,
        narratives=tuple(narratives),
        mentions=tuple(mentions),
        moves=tuple(_moves(history, parted)),
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
    told_before: Sequence[Mention],
    now: datetime,
) -> tuple[list[Narrative], list[Mention], list[NarrativeEvent], Parted]:
    """Refresh polls first (they extend what we know), then discovery's groups find or found narratives."""
    known = {n.id: n for n in history.narratives}
    talk = seen.talk
    said = (excerpt.text for excerpt in history.recent if excerpt.junk is None)
    background = label.background([*said, *(post.text for post in talk.values() if post.text)])
    changed: dict[str, Narrative] = {}
    mentions: list[Mention] = []
    for reply, verdict in zip(replies, seen.verdicts, strict=True):
        narrative = known.get(reply.question.narrative_id or "")
        if narrative and verdict and verdict.ok:
            told = [talk[post.id] for post in verdict.posts if post.id in talk]
            updated, found = identity.refreshed(
                changed.get(narrative.id, narrative), told, now, background=background
            )
            changed[narrative.id] = updated
            mentions += found
    assigned = identity.assign(
        known=list((known | changed).values()),
        owners=_owners(told_before, mentions),
        groups=[g for v in seen.verdicts if v and v.ok for g in v.groups],
        posts={**history.loose, **talk},
        background=background,
        now=now,
        said=history.said,
        speakers={m.post_id: (m.author, m.created_at) for m in told_before if m.post_id in history.said},
    )
    changed |= {n.id: n for n in assigned.narratives}
    mentions = [*identity.moved(mentions, assigned.parted), *assigned.mentions]
    before = max((poll.known_at for poll in history.polls), default=now)
    silent = identity.dormant((known | changed).values(), before=before, now=now)
    return list(changed.values()), mentions, [*assigned.events, *silent], assigned.parted


def _moves(history: History, parted: Parted) -> Iterator[Move]:
    """Rows that change hands, under the ids they are stored under."""
    for row in history.log.mentioned() if parted else ():
        to = parted.get((merging.survivor(row.narrative_id, history.redirects), row.post_id))
        if to is not None:
            yield Move(row.narrative_id, to, row.post_id)


def _owners(*mentions: Iterable[Mention]) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = defaultdict(set)
    for rows in mentions:
        for row in rows:
            owners[row.post_id].add(row.narrative_id)
    return owners


def _scores(
    history: History, log: Log, seen: Observed, known: Iterable[Narrative], *, cycle: Cycle, now: datetime
) -> tuple[tuple[Score, ...], Common | None, dict[str, int]]:
    known = list(known)
    alive = [n for n in known if n.redirect_to is None and now - n.last_post_at <= ALIVE]
    alive.sort(key=lambda n: n.id)  # sums over rows depend on where a row stands, in their last digit
    if not alive:
        return (), None, {}
    polls = [*history.polls, *seen.polls]
    first = min((at for at in (log.first(), *(p.since for p in polls)) if at), default=now)
    first = max(first, history.since or first)
    grid = panel.build([n.id for n in alive], log, now=now, hours=max(24, int((now - first) / HOUR) + 2))
    finds = [*history.finds, *_finds(history, seen)]
    told = completeness(overlaps(p for p in polls if p.known_at > now - COMPLETENESS), finds)
    mentions = _vouched(log.only(n.id for n in alive).since(now - TALK).mentioned(), seen.confirmed)
    engagement = [*history.engagement, *seen.engagement]
    beside = measures.Beside(_wordings(history.remembered, known, now), mentions, engagement)
    measured = measures.measure(grid, told, beside)
    scores = scoring.rank(
        alive,
        grid,
        measured,
        mentions,
        history.previous,
        cycle_id=cycle.id,
        now=now,
        regulars=history.regulars,
    )
    return scores, common.common(measured, polls), measured.partial.counts()


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


def _added(seen: Observed, mentions: Iterable[Mention], counts: Iterable[Count], known: Iterable[str]) -> Log:
    """This turn's rows of the log."""
    discovery = {poll.id for poll in seen.polls if poll.kind is QuestionKind.DISCOVER and poll.meters}
    talk = seen.talk
    found = {s.post_id: s.known_at for s in seen.sightings if s.poll_id in discovery and s.post_id in talk}
    finds = [(i, talk[i].created_at, at) for i, at in found.items()]
    return Log.of(mentions, sampled(seen.polls), counts, finds, ids=known)


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


def _survivors(redirects: Mapping[str, str]) -> dict[str, str]:
    """Under which id each merged narrative goes by today."""
    return {id: merging.survivor(id, redirects) for id in redirects}
