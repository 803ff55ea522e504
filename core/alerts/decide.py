"""Whether alerts go out, and why or why not: one stage after the other, each with its reason.

    the narrative   evidence ─▶ coordination ─▶ confirmation ─▶ moved with all ─▶ warm-up ─▶
    the chat        lifetime ─▶ silence ─▶ cooldown ─▶
    its attention   quiet hours ─▶ budget ─▶ firings, bundled

What holds a narrative of the plain subscription back is recorded once for everybody, all else per chat. A
story that several of a chat's rules are true of is told once; each of those rules has fired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from core.alerts import (
    budget,
    confirmation,
    cooldown,
    coordination,
    evidence,
    lifetime,
    quiet,
    silence,
    warmup,
)
from core.alerts.builtin import MARKET, PLAIN
from core.alerts.candidate import Candidate, Ground, Held, Stage
from core.alerts.feedback import Taste, subjects, weighed
from core.alerts.firing import bundled, fired_of, firing
from core.alerts.rules import Hit
from core.models import Decision, Fired, Firing, Narrative, Score
from core.models.attention import Kind

OF_NARRATIVE: tuple[Stage, ...] = (
    evidence.hold,
    coordination.hold,
    confirmation.hold,
    warmup.moved_with_all,
    warmup.hold,
)
OF_CHAT: tuple[Stage, ...] = (lifetime.hold, silence.hold, cooldown.hold)
# Told there instead.
FOR_DIGEST = frozenset({"budget", "repeats", "quiet hours", "cooldown", "snoozed", "expired"})


class Ruling(NamedTuple):
    """What was decided: every candidate has a decision, those that fire a firing."""

    decisions: list[Decision]
    firings: list[Firing]
    done: list[str]  # ids of rules for once that have fired


def candidates(
    hits: Iterable[Hit], narratives: Mapping[str, Narrative], scores: Mapping[str, Score]
) -> list[Candidate]:
    """The candidates that an evaluation's hits are."""
    return [_candidate(hit, narratives[hit.narrative_id], scores[hit.narrative_id]) for hit in hits]


def _candidate(hit: Hit, narrative: Narrative, score: Score) -> Candidate:
    plain = hit.rule.id == PLAIN
    return Candidate(
        rule=hit.rule, kind=Kind.ALERT if plain else Kind.RULE, narrative_id=narrative.id,
        reason="new story" if hit.why.new else "surprise" if plain else "rule",
        detail="; ".join(cause.text for cause in hit.why.causes),
        surprise=score.surprise, phase=score.phase, score=score, narrative=narrative, causes=hit.why.causes,
        since=hit.why.since, new=hit.why.new, compares=hit.why.compares,
    )  # fmt: skip


def decide(found: Iterable[Candidate], ground: Ground) -> Ruling:
    """One decision per candidate (one for everybody where a narrative itself is held back).

    The order of the candidates changes nothing.
    """
    ruling = Ruling([], [], [])
    passing = _narratives_side(sorted(found, key=_order), ground, ruling)
    for chat_id, mine in groupby(passing, key=lambda candidate: candidate.rule.chat_id):
        wanted = []
        for candidate in mine:
            held = _first(OF_CHAT, candidate, ground)
            if held is None:
                wanted.append(candidate)
            else:
                ruling.decisions.append(_held(candidate, held, ground))
        _spend(chat_id, wanted, ground, ruling)
    return ruling


def _order(candidate: Candidate) -> tuple[int, str, str]:
    return candidate.rule.chat_id, candidate.narrative_id, candidate.rule.id


def _first(stages: Iterable[Stage], candidate: Candidate, ground: Ground) -> Held | None:
    return next((held for stage in stages if (held := stage(candidate, ground))), None)


def held(candidate: Candidate, ground: Ground) -> Held | None:
    """What would hold this candidate back if it were the only one; None: it would fire."""
    chat_id = candidate.rule.chat_id
    by_stage = _first((*OF_NARRATIVE, *OF_CHAT), candidate, ground)
    return by_stage or _attention(chat_id, [candidate], list(ground.recent.get(chat_id, ())), ground)


def _narratives_side(ordered: Iterable[Candidate], ground: Ground, ruling: Ruling) -> list[Candidate]:
    """Those whose narrative may be told of; each narrative is judged once, not once per chat."""
    judged: dict[tuple[str, bool, bool], Held | None] = {}
    recorded: set[tuple[str, str]] = set()
    passing = []
    for candidate in ordered:
        key = (candidate.narrative_id, candidate.new, candidate.compares)
        if key not in judged:
            judged[key] = _first(OF_NARRATIVE, candidate, ground)
        held = judged[key]
        if held is None:
            passing.append(candidate)
        elif candidate.kind is not Kind.ALERT:
            ruling.decisions.append(_held(candidate, held, ground))
        elif (candidate.narrative_id, held.reason) not in recorded:
            recorded.add((candidate.narrative_id, held.reason))
            ruling.decisions.append(_held(candidate, held, ground, everybody=True))
    return passing


def _spend(chat_id: int, wanted: list[Candidate], ground: Ground, ruling: Ruling) -> None:
    """A chat's attention on what is worth most of it; what is left over says why."""
    told = list(ground.recent.get(chat_id, ()))
    firings: list[Firing] = []
    for story in _stories(wanted, ground.tastes.get(chat_id, {})):
        spoken = [candidate for candidate in story if candidate.rule.id not in ruling.done]
        late = Held("once", "it fired for another story")
        ruling.decisions.extend(_held(c, late, ground) for c in story if c not in spoken)
        held = _attention(chat_id, spoken, told, ground) if spoken else None
        if held is not None:
            ruling.decisions.extend(_held(candidate, held, ground) for candidate in spoken)
        else:
            made = _tell(spoken, told, ground, ruling)
            firings += made
            told += map(fired_of, made)
    ruling.firings.extend(bundled(firings, ground))


def _stories(wanted: Iterable[Candidate], taste: Taste) -> list[list[Candidate]]:
    """By narrative, the most surprising first, as the chat's feedback weighs it; a chat's own rules lead,
    urgent ones before all."""
    stories: dict[str, list[Candidate]] = {}
    for candidate in sorted(wanted, key=_rank):
        stories.setdefault(candidate.narrative_id, []).append(candidate)
    return sorted(stories.values(), key=lambda story: (-_worth(story, taste), story[0].narrative_id))


def _worth(story: Sequence[Candidate], taste: Taste) -> float:
    first = story[0]
    tickers = first.narrative.tickers if first.narrative else ()
    about = subjects(first.narrative_id, [candidate.rule.id for candidate in story], tickers)
    return first.surprise * weighed(taste, about).factor


def _attention(chat_id: int, story: list[Candidate], told: list[Fired], ground: Ground) -> Held | None:
    urgent = any(candidate.rule.urgent for candidate in story)
    held = quiet.hold(chat_id, urgent=urgent, told=told, ground=ground)
    again = all(cooldown.breaks(candidate, ground) for candidate in story)
    return held or budget.hold(chat_id, again=again, told=told, ground=ground)


def _tell(story: list[Candidate], told: list[Fired], ground: Ground, ruling: Ruling) -> list[Firing]:
    """The firings of a story's rules: the first one's message tells of all of them."""
    made: list[Firing] = []
    for candidate in story:
        escalation = cooldown.breaks(candidate, ground)
        reason, detail = ("escalated", escalation) if escalation else (candidate.reason, candidate.detail)
        place = budget.spent(told, ground.zone(candidate.rule.chat_id), ground.now) + 1
        made.append(firing(candidate, reason, ground, place=place, told_by=made[0] if made else None))
        ruling.decisions.append(_decision(candidate, ground, fired=True, reason=reason, detail=detail))
        if candidate.rule.once:
            ruling.done.append(candidate.rule.id)
    return made


def _rank(candidate: Candidate) -> tuple[bool, bool, str]:
    return not candidate.rule.urgent, candidate.kind is not Kind.RULE, candidate.rule.id


def _held(candidate: Candidate, held: Held, ground: Ground, *, everybody: bool = False) -> Decision:
    return _decision(
        candidate, ground, fired=False, reason=held.reason, detail=held.detail, everybody=everybody
    )


def _decision(
    candidate: Candidate,
    ground: Ground,
    *,
    fired: bool,
    reason: str,
    detail: str,
    everybody: bool = False,
) -> Decision:
    return Decision(
        cycle_id=ground.cycle_id,
        narrative_id=candidate.narrative_id,
        rule=candidate.rule.id,
        chat_id=None if everybody else candidate.rule.chat_id,
        fired=fired,
        reason=reason,
        detail=detail,
        at=ground.now,
        surprise=candidate.surprise,
    )


__all__ = [
    "FOR_DIGEST", "MARKET", "OF_CHAT", "OF_NARRATIVE", "PLAIN", "Candidate", "Ground", "Ruling", "candidates",
    "decide", "held",
]  # fmt: skip
