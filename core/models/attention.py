"""How much a chat wants to hear, and when: quiet hours, budget, silences, what it watches and ignores."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from core.models.base import Fact
from core.models.rules import ENTRIES, TOPICS, Scope

BUDGET = 5  # alerts a day
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]  # local HH:MM
Topic = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]


class Kind(StrEnum):
    """What a push is, for switching kinds on, silent or off."""

    ALERT = "alerts"  # the plain subscription
    RULE = "rules"  # the chat's own
    MARKET = "market"
    UPDATE = "updates"  # what became of an alert
    DIGEST = "digests"


class Mode(StrEnum):
    ON = "on"
    SILENT = "silent"  # delivered without a sound
    OFF = "off"


class Sensitivity(StrEnum):
    QUIET = "quiet"
    STANDARD = "standard"
    SENSITIVE = "sensitive"


class QuietHours(Fact):
    """From `start` up to `end`, local time; over midnight when the end is earlier."""

    start: Clock
    end: Clock

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.start == self.end:
            raise ValueError("quiet hours begin and end at different times")
        return self

    @property
    def times(self) -> tuple[time, time]:
        return time.fromisoformat(self.start), time.fromisoformat(self.end)


class Silence(Fact):
    """A snooze (until a moment) or a mute (`until` None) of everything, a narrative or a rule."""

    target: Literal["chat", "narrative", "rule"]
    id: str = ""  # of the narrative or rule
    until: AwareDatetime | None = None
    since: AwareDatetime

    @model_validator(mode="after")
    def _aimed(self) -> Self:
        if (self.target == "chat") == bool(self.id):
            raise ValueError("a narrative or a rule has an id, the chat has none")
        return self

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


class Attention(Fact):
    """What one chat allows. Without a word from the chat, all defaults hold."""

    chat_id: int
    quiet: QuietHours | None = None
    budget: int = Field(default=BUDGET, ge=0, le=50)  # alerts a local day
    sensitivity: Sensitivity = Sensitivity.STANDARD
    kinds: dict[Kind, Mode] = Field(default_factory=dict)  # a kind that is not named is on
    silences: tuple[Silence, ...] = ()
    watch: tuple[Scope, ...] = Field(default=(), max_length=ENTRIES)
    ignore: tuple[Scope, ...] = Field(default=(), max_length=ENTRIES)
    topics: tuple[Topic, ...] = Field(default=(), max_length=TOPICS)

    def mode(self, kind: Kind) -> Mode:
        return self.kinds.get(kind, Mode.ON)
