"""A rule that came true for a chat, and the ground on which the stages decide whether it speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from core.alerts.feedback import Taste
from core.alerts.params import AlertParams
from core.alerts.why import Cause
from core.models import Chat, Fired, Narrative, Phase, Score
from core.models.attention import Attention, Kind
from core.models.rules import Rule
from core.narratives.merging import survivor
from core.signals.common import Common

# How much a phase says; fading is no rise over quiet.
RISE = {Phase.QUIET: 0, Phase.FADING: 0, Phase.EMERGING: 1, Phase.PEAKING: 2, Phase.ACCELERATING: 3}
RECENT = timedelta(hours=50)  # a local day and a quiet night, however the clocks change


class Candidate(NamedTuple):
    """It fires unless a stage holds it back. The market as a whole has neither score nor narrative."""

    rule: Rule
    kind: Kind
    narrative_id: str
    reason: str  # why it would fire: new story | surprise | rule | whole market
    detail: str
    surprise: float
    phase: Phase
    score: Score | None = None
    narrative: Narrative | None = None
    causes: tuple[Cause, ...] = ()
    since: datetime | None = None  # what makes it true began then; None: it is simply so
    new: bool = False
    compares: bool = False
    facts: Mapping[str, object] | None = None  # of the message, where no score makes them


class Held(NamedTuple):
    """Why a stage holds a candidate back."""

    reason: str
    detail: str
    when: datetime | None = None  # until then; of a mute: since then


@dataclass(frozen=True)
class Ground:
    """Everything the stages may look at besides the candidate. `now` is the moment of deciding."""

    now: datetime
    cycle_id: str
    chats: Mapping[int, Chat]
    params: AlertParams = field(default_factory=AlertParams)
    attention: Mapping[int, Attention] = field(default_factory=dict)
    common: Common | None = None
    redirects: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[tuple[int, str, str], Fired] = field(default_factory=dict)  # chat, rule, narrative
    recent: Mapping[int, tuple[Fired, ...]] = field(default_factory=dict)  # by chat, of RECENT
    tastes: Mapping[int, Taste] = field(default_factory=dict)  # of chats that said what they think of alerts

    def allows(self, chat_id: int) -> Attention:
        """What the chat allows."""
        return self.attention.get(chat_id) or Attention(chat_id=chat_id)

    def zone(self, chat_id: int) -> str:
        return self.chats[chat_id].zone if chat_id in self.chats else "UTC"

    def followed(self, narrative_id: str) -> str:
        """The id a narrative goes by now."""
        return survivor(narrative_id, self.redirects)

    def last_of(self, candidate: Candidate) -> Fired | None:
        """The newest firing of this rule for this narrative in this chat."""
        return self.last.get((candidate.rule.chat_id, candidate.rule.id, candidate.narrative_id))


def remembered(
    fired: Iterable[Fired], redirects: Mapping[str, str], now: datetime
) -> tuple[dict[tuple[int, str, str], Fired], dict[int, tuple[Fired, ...]]]:
    """`Ground.last` and `Ground.recent` of firings in any order; what a merged narrative fired counts for its
    survivor, and where both fired in one turn the louder of each."""
    last: dict[tuple[int, str, str], Fired] = {}
    recent: dict[int, list[Fired]] = {}
    for firing in sorted(fired, key=lambda f: (f.at, f.cycle_id, f.narrative_id)):
        key = firing.chat_id, firing.rule, survivor(firing.narrative_id, redirects)
        last[key] = _louder(last[key], firing) if key in last and last[key].at == firing.at else firing
        if firing.at >= now - RECENT:
            recent.setdefault(firing.chat_id, []).append(firing)
    return last, {chat_id: tuple(each) for chat_id, each in recent.items()}


def _louder(one: Fired, other: Fired) -> Fired:
    """What was told of both: the higher surprise and the higher phase."""
    phase = max(one.phase, other.phase, key=lambda phase: RISE[phase])
    return other._replace(phase=phase, surprise=max(one.surprise, other.surprise))


def inherited(
    last: Mapping[tuple[int, str, str], Fired],
    recent: Mapping[int, Iterable[Fired]],
    parts: Mapping[str, tuple[str, datetime]],
    redirects: Mapping[str, str],
) -> dict[tuple[int, str, str], Fired]:
    """`Ground.last` with what a whole fired before it split, for its part too, whatever it fired since.

    `parts`: narrative id → the narrative it split off, and when.
    """
    parts_of: dict[str, list[tuple[str, datetime]]] = {}
    for part, (whole, since) in parts.items():
        parts_of.setdefault(survivor(whole, redirects), []).append((part, since))
    before: dict[tuple[int, str, str], Fired] = {}
    for firing in sorted((*last.values(), *chain(*recent.values())), key=lambda firing: firing.at):
        for part, since in parts_of.get(survivor(firing.narrative_id, redirects), ()):
            if firing.at <= since:
                before[firing.chat_id, firing.rule, part] = firing
    return {**before, **last}


Stage = Callable[[Candidate, Ground], Held | None]
