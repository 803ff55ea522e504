"""Firings: what a candidate that nobody held back leaves, and several at once as one message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from core.alerts.builtin import BUILT_IN
from core.alerts.candidate import Candidate, Ground
from core.alerts.wording import text_of
from core.models import Fired, Firing, Narrative, Score
from core.models.attention import Mode
from core.models.rules import looks_back


def firing(
    candidate: Candidate, reason: str, ground: Ground, *, place: int, told_by: Firing | None = None
) -> Firing:
    """The firing of a candidate, as the `place`-th alert of its chat's day."""
    rule = candidate.rule
    allowed = ground.allows(rule.chat_id)
    # The id follows from the cause, so a repeated cycle makes the same firing and not a second one.
    key = f"{ground.cycle_id}:{rule.chat_id}:{candidate.narrative_id}:{rule.id}"
    return Firing(
        id=_id(key),
        chat_id=rule.chat_id,
        narrative_id=candidate.narrative_id,
        rule=rule.id,
        cycle_id=ground.cycle_id,
        at=ground.now,
        surprise=candidate.surprise,
        phase=candidate.phase,
        facts=_facts(candidate, reason, ground) | {"place": place, "budget": allowed.budget},
        told_by=told_by.id if told_by else None,
        silent=allowed.mode(candidate.kind) is Mode.SILENT,
    )


def fired_of(made: Firing) -> Fired:
    """What later decisions have to know of a firing."""
    return Fired(
        made.chat_id, made.rule, made.narrative_id, made.cycle_id, made.at, made.surprise, made.phase
    )


def bundled(firings: Sequence[Firing], ground: Ground) -> list[Firing]:
    """One chat's firings of one turn: from `together` stories on they are one message."""
    stories = sum(1 for made in firings if made.told_by is None)
    if stories < ground.params.together:
        return list(firings)
    bundle = _id(f"{ground.cycle_id}:{firings[0].chat_id}")
    return [made.model_copy(update={"bundle": bundle}) for made in firings]


def _id(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:24]


def _facts(candidate: Candidate, reason: str, ground: Ground) -> dict[str, object]:
    rule = candidate.rule
    facts: dict[str, object]
    if candidate.score is not None and candidate.narrative is not None:
        facts = alert_facts(candidate.score, candidate.narrative, reason, at=ground.now)
    else:
        facts = dict(candidate.facts or {})
    if candidate.since is not None:
        facts |= {"since": candidate.since.isoformat()}
    if rule.id in BUILT_IN:
        return facts
    back = looks_back(rule.expression)
    return facts | {
        "rule": rule.id,
        "rule_name": rule.name,
        "rule_text": text_of(rule),
        "why": [cause.text for cause in candidate.causes],
        "looks_back_hours": back // timedelta(hours=1) if back else None,
    }


def alert_facts(score: Score, narrative: Narrative, reason: str, *, at: datetime) -> dict[str, object]:
    """What an alert message is made of: facts as JSON, the sentences are written when it is sent."""
    return {
        "narrative_id": narrative.id,
        "title": narrative.title,
        "slug": narrative.slug,
        "reason": reason,
        "phase": score.phase.value,
        "ratio": score.ratio,
        "confidence": score.momentum.confidence,
        "surprise": score.surprise,
        "posts": score.posts_24h,
        "authors": score.authors_24h,
        "confirmed": score.confirmed_24h,
        "near_copies": score.near_copies_24h,
        "coordination": score.coordination.model_dump(mode="json") if score.coordination else None,
        "sentiment": score.sentiment.value,
        "sentiment_confidence": score.sentiment.confidence,
        "earliest": narrative.earliest_post_at.isoformat(),
        "back_since": score.back_since.isoformat() if score.back_since else None,
        "seen": narrative.first_seen_at.isoformat(),
        "decided": at.isoformat(),
        "evidence": list(score.evidence[:3]),
    }
