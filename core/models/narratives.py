"""Narratives and what is measured of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from core.models.base import Fact, Unit, Window


class Narrative(Fact):
    """A story people talk about, with an identity that outlives its names."""

    id: str
    slug: str  # for /narrative and links; unique, readable, not an identity
    title: str
    tickers: tuple[str, ...] = ()  # upper case, without the $
    terms: tuple[str, ...] = ()  # ≤ 3 distinctive words or phrases
    query: str  # what its refresh polls ask, without time operators
    first_seen_at: AwareDatetime  # app clock: when INTERN first knew it
    earliest_post_at: AwareDatetime  # earliest post *found*; a sample cannot know the first
    last_post_at: AwareDatetime
    redirect_to: str | None = None  # merged into that narrative
    split_from: str | None = None  # it was a part of that narrative before it became a story of its own


class NarrativeEvent(Fact):
    """Something that happened to a narrative's identity."""

    narrative_id: str
    kind: Literal["NEW", "CONTINUES", "SPLIT", "MERGED", "RENAMED", "DORMANT", "BACK"]
    at: AwareDatetime
    reason: str


class Phase(StrEnum):
    QUIET = "quiet"
    EMERGING = "emerging"
    ACCELERATING = "accelerating"
    PEAKING = "peaking"
    FADING = "fading"


class Stability(StrEnum):
    FLASH = "flash"
    FRESH = "fresh"
    PERSISTENT = "persistent"
    DURABLE = "durable"


class Signal(Fact):
    """A measured value. `value` 0.5 = neutral; `confidence` = its reliability, None if it has none."""

    value: Unit
    confidence: Unit | None
    n: int = Field(ge=0)  # posts it rests on
    low: Unit | None = None  # with `high`: 80 % of its posterior, where it is told
    high: Unit | None = None
    as_of: AwareDatetime
    inputs_ok: bool = True
    reason: str = ""  # why a value is missing or weak, in words


class Change(Fact):
    """How a window compares with what came before it ("4.2× usual")."""

    ratio: float = Field(ge=0.0)
    confidence: Unit
    posts: int = Field(ge=0)
    authors: int = Field(ge=0)
    coverage: Unit


class Score(Fact):
    """Everything known about one narrative at the end of one cycle: what /trending and alerts read."""

    narrative_id: str
    cycle_id: str
    as_of: AwareDatetime
    rank: int = Field(ge=1)
    score: float = Field(ge=0.0, le=100.0)
    phase: Phase
    phase_since: AwareDatetime
    leaning: Phase  # what this cycle alone points at: a phase changes when two cycles in a row agree
    peak_ratio: float = Field(default=0.0, ge=0.0)  # highest recent ratio, halved every 24 h
    momentum: Signal
    velocity: Signal
    sentiment: Signal
    breadth: Signal
    novelty: Signal | None = None
    saturation: Signal | None = None
    mindshare: Signal | None = None
    engagement: Signal | None = None  # of posts seen twice; it is part of the velocity
    late: bool = False  # as loud as ever, shrinking, and fewer join
    stability: Stability | None = None
    lasting_hours: float = Field(default=0.0, ge=0.0)  # of talk, hour after hour
    surprise: float = Field(ge=0.0)  # −log10 p; the alert statistic
    ratio: float = Field(ge=0.0)  # current rate over usual rate
    baseline_per_hour: float = Field(ge=0.0)
    changes: dict[Window, Change] = Field(default_factory=dict)
    posts_24h: int = Field(ge=0)
    authors_24h: int = Field(ge=0)
    confirmed_24h: int = Field(default=0, ge=0)  # of those authors, confirmed beyond one answer
    near_copies_24h: int = Field(default=0, ge=0)
    is_new: bool = False  # below the volume gate, or earliest post ≤ 24 h old
    history_hours: float = Field(default=0.0, ge=0.0)  # own observed history
    meter: Literal["samples", "counts"] = "samples"  # what its rate was measured by
    tier: Literal["ranked", "new", "faint"] = "ranked"  # what is below the gate comes after what is not
    original_authors_24h: int = Field(default=0, ge=0)  # different known authors, near-copies left out
    parts: dict[str, float] = Field(default_factory=dict)  # what makes up the score, in points; they add up
    evidence: tuple[str, ...] = ()  # ids of the posts to show, best first
