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
    topic: str = ""  # made because chats follow it, not because it was found
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


Sign = Literal["near-copies", "posting together", "few authors", "regular gaps", "unknown accounts"]
Category = Literal["low", "medium", "high", "critical"]


class Trace(Fact):
    """One sign of coordination that was found: how strong, how much it may count, and what it rests on."""

    sign: Sign
    value: Unit
    weight: Unit
    count: int = Field(ge=0)  # posts or authors, as the sign says …
    of: int = Field(ge=0)  # … of so many


class Coordination(Fact):
    """Whether a narrative's posts look made by agreement: about posts, never about an account."""

    value: Unit | None  # None: not scored
    confidence: Unit
    category: Category | None
    traces: tuple[Trace, ...] = ()  # the strongest first
    n: int = Field(ge=0)  # posts it rests on
    reason: str = ""  # why it is not scored


class Voices(Fact):
    """A narrative's independent authors of a day: those with a post that is no near-copy of an earlier one.

    A regular has an accepted post older than a week; a stranger has none.
    """

    regulars: int = Field(ge=0)
    regulars_confirmed: int = Field(ge=0)
    strangers: int = Field(ge=0)
    strangers_confirmed: int = Field(ge=0)
    hours: int = Field(ge=0)  # since its first post: those in which two strangers or more joined


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
    disagreement: Unit | None = None  # weighted deviation of stances; above 0.8 opinions are split
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
    coordination: Coordination | None = None  # None: of a time before it was looked for
    voices: Voices | None = None  # of a loud story younger than a week; None while INTERN is itself
    back_since: AwareDatetime | None = None  # told of again since then, after a week of hardly anything
    is_new: bool = False  # below the volume gate, or earliest post ≤ 24 h old
    history_hours: float = Field(default=0.0, ge=0.0)  # own observed history
    meter: Literal["samples", "counts"] = "samples"  # what its rate was measured by
    tier: Literal["ranked", "new", "faint"] = "ranked"  # what is below the gate comes after what is not
    original_authors_24h: int = Field(default=0, ge=0)  # different known authors, near-copies left out
    parts: dict[str, float] = Field(default_factory=dict)  # what makes up the score, in points; they add up
    evidence: tuple[str, ...] = ()  # ids of the posts to show, best first
