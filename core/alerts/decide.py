"""Whether an alert goes out, and why or why not.

First the narrative is judged once for everybody (attention, evidence, coordination, who tells it, what moved
all narratives at once, warm-up, confidence), then each chat's cooldown. Every outcome above the threshold is
a Decision with its reason; below it nothing happened that anybody would ask about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from core.models import Chat, Decision, Fact, Firing, Narrative, Score, Voices
from core.signals.common import Common
from core.signals.coordination import suspicious

RULE = "plain"  # the one built-in rule: what `/subscribe` turns on
NEW_STORY = timedelta(hours=24)
CONFIRMATION = "confirmation"  # why a story told by strangers is held
WAITS = timedelta(hours=6)  # how long a story that was held is listened to more closely


class AlertParams(Fact):
    """The thresholds of the plain subscription."""

    surprise: float = 3.0  # −log10 p
    confidence: float = 0.5
    min_posts: int = 3
    min_authors: float = 5
    reported_weight: float = 0.8  # of an author the model named and nobody confirmed
    warm_up: timedelta = timedelta(hours=48)
    cooldown: timedelta = timedelta(hours=24)
    escalation: float = 1.0
    escalation_after: timedelta = timedelta(hours=1)
    release: float = 0.7  # × surprise: enough for a story that was held and is confirmed now
    stranger_weight: float = 0.2  # of a voice INTERN has not known for a week …
    stranger_growth: float = 0.1  # … more for each further hour in which new ones joined …
    stranger_most: float = 0.5  # … up to this
    beyond_common: float = 2.0  # × what all narratives moved by: from there on it is the narrative's own


class Judgement(Fact):
    """What holds for every chat: does this narrative deserve an alert now?"""

    passes: bool
    reason: str
    detail: str


def judge(
    score: Score,
    narrative: Narrative,
    params: AlertParams,
    common: Common | None = None,
    *,
    waiting: bool = False,
) -> Judgement | None:
    """The narrative's side of the decision; None while its attention is nothing special.

    `common` is this cycle's move of all narratives, if there was one: what is no more than that is not news
    about this one. A new story has no usual that could have been measured differently, so it is not held.
    `waiting`: it was held for confirmation lately, so less attention is enough for it to be told late.
    """
    if score.surprise < params.surprise * (params.release if waiting else 1.0):
        return None
    if score.posts_24h < params.min_posts or weighed_authors(score, params) < params.min_authors:
        return Judgement(passes=False, reason="evidence", detail=_evidence(score))
    told = _told_by(score, params)
    if told:
        return Judgement(passes=False, reason=told[0], detail=told[1])
    if score.as_of - narrative.earliest_post_at <= NEW_STORY:
        return Judgement(passes=True, reason="new story", detail="earliest post found within 24 h")
    held = _held(score, params, common)
    if held:
        return Judgement(passes=False, reason=held[0], detail=held[1])
    return Judgement(passes=True, reason="surprise", detail=f"surprise {score.surprise:.1f}")


def _held(score: Score, params: AlertParams, common: Common | None) -> tuple[str, str] | None:
    """Why a narrative with a past is not told of, and in words; None if nothing speaks against it."""
    if common and common.factor > 1.0 and score.ratio < common.factor * params.beyond_common:
        return common.kind, _shared(score, common)
    if score.history_hours < params.warm_up.total_seconds() / 3600:
        return "warm-up", f"{score.history_hours:.0f} h of its own history observed"
    if (score.momentum.confidence or 0.0) < params.confidence:
        return "confidence", f"momentum is {score.momentum.confidence or 0:.2f} sure"
    return None


def weighed_authors(score: Score, params: AlertParams) -> float:
    """The day's authors, a confirmed one fully, one that only the model named by `reported_weight`."""
    return score.confirmed_24h + params.reported_weight * (score.authors_24h - score.confirmed_24h)


def _told_by(score: Score, params: AlertParams) -> tuple[str, str] | None:
    """Why it matters who tells it and how, and in words; None if it may be told on.

    A story younger than a week could be told by accounts made for it. It has to reach the authors any alert
    needs with voices that are independent, and there those of strangers weigh little until more join.
    """
    found = score.coordination
    if found is not None and suspicious(found):
        traces = ", ".join(f"{t.sign} {t.count} of {t.of}" for t in found.traces)
        return "coordination", f"{found.category}: {traces}"
    carried = score.voices
    if carried is None or weighed_voices(carried, params) >= params.min_authors:
        return None
    return CONFIRMATION, (
        f"{carried.regulars + carried.strangers} independent authors, {carried.regulars} of them known for a "
        f"week; new ones joined in {carried.hours} h: waits for more of either"
    )


def weighed_voices(carried: Voices, params: AlertParams) -> float:
    """Independent authors: regulars fully, strangers by how long new ones keep joining, reported less."""

    def weighed(authors: int, confirmed: int) -> float:
        return confirmed + params.reported_weight * (authors - confirmed)

    grown = params.stranger_weight + params.stranger_growth * max(0, carried.hours - 1)
    strangers = weighed(carried.strangers, carried.strangers_confirmed)
    return weighed(carried.regulars, carried.regulars_confirmed) + strangers * min(
        params.stranger_most, grown
    )


def _evidence(score: Score) -> str:
    return f"{score.posts_24h} posts by {score.authors_24h} authors ({score.confirmed_24h} confirmed) in 24 h"


def _shared(score: Score, common: Common) -> str:
    return (
        f"{common.narratives} of {common.of} narratives moved at once, to {common.factor:.1f}× their usual; "
        f"this one to {score.ratio:.1f}×"
    )


def decide(
    score: Score,
    narrative: Narrative,
    judgement: Judgement,
    *,
    chats: Sequence[Chat],
    last: Mapping[tuple[int, str], Firing],
    params: AlertParams,
) -> tuple[list[Decision], list[Firing]]:
    """One decision per subscribed chat, or a single one for all when the narrative itself is held back.

    `last` holds each chat's newest firing of this rule for this narrative.
    """
    if not judgement.passes:
        return [_decision(score, None, fired=False, reason=judgement.reason, detail=judgement.detail)], []
    decisions, firings = [], []
    for chat in chats:
        held = _cooling(score, last.get((chat.id, narrative.id)), params)
        reason, detail = held or (judgement.reason, judgement.detail)
        fired = held is None or reason == "escalated"
        decisions.append(_decision(score, chat.id, fired=fired, reason=reason, detail=detail))
        if fired:
            firings.append(_firing(score, narrative, chat, reason))
    return decisions, firings


def _cooling(score: Score, last: Firing | None, params: AlertParams) -> tuple[str, str] | None:
    """None when no cooldown runs; else why it holds or why it is broken."""
    if last is None or score.as_of - last.at >= params.cooldown:
        return None
    grown = score.surprise - last.surprise
    if grown >= params.escalation and score.as_of - last.at >= params.escalation_after:
        return "escalated", f"surprise grew by {grown:.1f} since the last alert"
    return "cooldown", f"until {last.at + params.cooldown:%Y-%m-%d %H:%M} UTC"


def _decision(score: Score, chat_id: int | None, *, fired: bool, reason: str, detail: str) -> Decision:
    return Decision(
        cycle_id=score.cycle_id,
        narrative_id=score.narrative_id,
        rule=RULE,
        chat_id=chat_id,
        fired=fired,
        reason=reason,
        detail=detail,
        at=score.as_of,
        surprise=score.surprise,
    )


def _firing(score: Score, narrative: Narrative, chat: Chat, reason: str) -> Firing:
    # The id follows from the cause, so a repeated cycle makes the same firing and not a second one.
    key = f"{score.cycle_id}:{chat.id}:{narrative.id}:{RULE}"
    return Firing(
        id=sha256(key.encode()).hexdigest()[:24],
        chat_id=chat.id,
        narrative_id=narrative.id,
        rule=RULE,
        cycle_id=score.cycle_id,
        at=score.as_of,
        surprise=score.surprise,
        phase=score.phase,
        facts=alert_facts(score, narrative, reason, at=score.as_of),
    )


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
        "seen": narrative.first_seen_at.isoformat(),
        "decided": at.isoformat(),
        "evidence": list(score.evidence[:3]),
    }
