"""What INTERN claimed, and what became of it: the track record. No chat stands in it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from core.models.base import Fact, Unit

Horizon = Literal["3h", "24h"]


class RecordKind(StrEnum):
    """Whose claim it is that a narrative moves."""

    ALERT = "alert"  # ours, told to at least one chat
    CONTROL = "control"  # nobody's: a watched narrative drawn at the same moment
    NAIVE = "shadow:naive"  # that of a bot which counts posts …
    CHANGE = "shadow:change"  # … of one that compares with the days before …
    HYPE = "shadow:hype"  # … of one with the field's formula, all on the same polls


class Record(Fact):
    """One narrative at one moment, with all that it will be graded by: frozen, never rewritten."""

    id: str  # follows from cycle, kind and narrative: a repeated cycle writes nothing new
    kind: RecordKind
    narrative_id: str  # as it was then: a merged one is graded as what it leads to
    cycle_id: str
    at: AwareDatetime
    rule: Literal["plain", "own", ""] = ""  # what told it: the plain subscription, or a chat's own rule
    baseline: float = Field(ge=0.0)  # usual posts per hour
    ratio: float = Field(ge=0.0)
    surprise: float = Field(ge=0.0)
    confidence: Unit | None  # as measured: what calibration learns from
    shown: Unit | None  # as people saw it
    params_hash: str
    evidence: tuple[str, ...] = ()


class Grade(Fact):
    """What became of a record within one horizon; written once."""

    record_id: str
    horizon: Horizon
    at: AwareDatetime
    rate: float | None = Field(ge=0.0)  # posts per hour; None: nothing was seen
    coverage: Unit
    hit: bool | None  # None: too little was seen to say


class Graded(Fact):
    """A graded alert, as far as its confidence is concerned."""

    confidence: Unit | None
    shown: Unit | None
    hit: bool


class Hits(Fact):
    """How the records of one kind ended within one horizon."""

    hits: int = Field(default=0, ge=0)
    graded: int = Field(default=0, ge=0)
    ungraded: int = Field(default=0, ge=0)  # looked at too little


class Calibration(Fact):
    """How often what was this confident came true: plain numbers, applied without any library.

    platt: sigmoid(slope · logit(confidence) + intercept); isotonic: straight lines between the knots.
    """

    method: Literal["identity", "platt", "isotonic"] = "identity"
    n: int = Field(default=0, ge=0)  # outcomes it was learnt from
    at: AwareDatetime | None = None
    slope: float = Field(default=1.0, ge=0.0, allow_inf_nan=False)
    intercept: float = Field(default=0.0, allow_inf_nan=False)
    knots: tuple[tuple[Unit, Unit], ...] = ()
