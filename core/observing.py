"""From answers to rows of the observation log: what was asked, what came back, which posts count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core import confirming, evidence
from core.evidence import Verdict
from core.junk.kinds import kinds
from core.models import Answer, Cycle, Engagement, Poll, Post, Question, Sighting


@dataclass(frozen=True, slots=True)
class Reply:
    """How one question ended: an answer, or the fault that took its place."""

    question: Question
    answer: Answer | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """One turn's rows of the log; `verdicts` and `polls` follow the replies."""

    polls: tuple[Poll, ...]
    posts: dict[str, Post]  # by id, confirmed where two answers agree; without those known to be gone
    sightings: tuple[Sighting, ...]
    verdicts: tuple[Verdict | None, ...]
    contradicted: frozenset[str]  # ids of posts whose author is named differently than before

    @property
    def talk(self) -> dict[str, Post]:
        """The posts that are no junk: only they can be a part of a narrative."""
        return {id: post for id, post in self.posts.items() if post.junk is None}

    @property
    def confirmed(self) -> frozenset[str]:
        """Ids of the posts whose author this turn's answers confirmed (or that were already)."""
        return frozenset(id for id, post in self.posts.items() if post.confirmed)

    @property
    def engagement(self) -> tuple[Engagement, ...]:
        """What this turn told of posts' engagement."""
        told = (
            Engagement(p.id, p.known_at, p.likes, p.reposts, p.replies, p.views) for p in self.posts.values()
        )
        return tuple(row for row in told if any(count is not None for count in row[2:]))


def observe(replies: Sequence[Reply], known: Mapping[str, Post], cycle: Cycle, now: datetime) -> Observed:
    """Check every claim and write down how each question ended; `known` are posts of earlier turns."""
    verdicts = tuple(_verdict(reply, known, now) for reply in replies)
    polls = tuple(_poll(cycle, i, r, v, now) for i, (r, v) in enumerate(zip(replies, verdicts, strict=True)))
    sightings = tuple(
        Sighting(poll.id, post.id, now)
        for poll, verdict in zip(polls, verdicts, strict=True)
        if verdict
        for post in verdict.posts
    )
    told = [v.posts for v in verdicts if v]
    posts = _sorted(confirming.by_answers(told, known))
    return Observed(polls, posts, sightings, verdicts, confirming.contradicted(told, known))


def _sorted(posts: dict[str, Post]) -> dict[str, Post]:
    """The posts, each with what kind of junk it is by the words that are kept of it."""
    found = kinds([post.text for post in posts.values()])
    return {
        id: post if post.junk == kind else post.model_copy(update={"junk": kind})
        for (id, post), kind in zip(posts.items(), found, strict=True)
    }


def _verdict(reply: Reply, known: Mapping[str, Post], now: datetime) -> Verdict | None:
    if reply.answer is None:
        return None
    return evidence.examine(reply.question, reply.answer, now=now, known=known)


def _poll(cycle: Cycle, index: int, reply: Reply, verdict: Verdict | None, now: datetime) -> Poll:
    question, answer = reply.question, reply.answer
    return Poll(
        id=f"{cycle.id}.{index}",
        cycle_id=cycle.id,
        kind=question.kind,
        narrative_id=question.narrative_id,
        tool=question.tool,
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
        version=answer.version if answer else "1",
        response_id=answer.response_id if answer else None,
        cost_ticks=(answer.usage.cost_ticks or 0) if answer else 0,
        known_at=now,
    )
