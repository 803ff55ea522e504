"""Rules: what a chat wants to hear of, as a tree of conditions with a scope and an end.

Values are in the units people read: momentum and velocity as multiples (3.0 = "3x"), sentiment (0.5 =
neutral), mindshare and coordination as shares in [0, 1], posts and authors as counts, surprise in −log10 p,
score in points of 100. A rule survives as JSON with its `version`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from core.models.base import Fact
from core.models.narratives import Phase

RULES, TOPICS, ENTRIES = 20, 5, 50  # at most so many per chat
DEPTH, CONDITIONS = 3, 12  # groups inside each other; conditions in one rule

Span = Literal["1h", "4h", "24h", "7d"]
SPANS: dict[Span, timedelta] = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
}
Amount = Annotated[float, Field(ge=0.0, le=1e6, allow_inf_nan=False)]


class Measure(StrEnum):
    MOMENTUM = "momentum"  # current over usual rate
    SURPRISE = "surprise"  # −log10 p
    VELOCITY = "velocity"  # reproduction number: 1 = steady
    SENTIMENT = "sentiment"
    MINDSHARE = "mindshare"
    VOLUME = "posts"
    AUTHORS = "authors"
    COORDINATION = "coordination"
    SCORE = "score"


SHARES = frozenset({Measure.SENTIMENT, Measure.MINDSHARE, Measure.COORDINATION})
MULTIPLES = frozenset({Measure.MOMENTUM, Measure.VELOCITY})
WINDOWED = frozenset({Measure.MOMENTUM, Measure.VOLUME, Measure.AUTHORS})


def largest(measure: Measure) -> float:
    """The most a measure can be."""
    if measure in SHARES:
        return 1.0
    return 100.0 if measure is Measure.SCORE else 1e6


class _Measured(Fact):
    """A condition on one measure; `window` None: what an alert goes by (momentum now, counts of 24 h)."""

    measure: Measure
    window: Span | None = None

    @model_validator(mode="after")
    def _windowed(self) -> Self:
        if self.window is not None and self.measure not in WINDOWED:
            raise ValueError(f"{self.measure} has no window")
        return self

    def _within(self, *values: float | None) -> None:
        if any(value is not None and value > largest(self.measure) for value in values):
            raise ValueError(f"{self.measure} is at most {largest(self.measure):g}")


class Level(_Measured):
    """Above or below a value now."""

    kind: Literal["above", "below"]
    value: Amount
    inclusive: bool = False

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self._within(self.value)
        return self


class Move(_Measured):
    """Up or down by some per cent against the value so long ago."""

    kind: Literal["up", "down"]
    percent: float = Field(gt=0.0, le=10_000, allow_inf_nan=False)
    over: Span

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.kind == "down" and self.percent > 100.0:
            raise ValueError("nothing falls by more than 100%")
        return self


class Cross(_Measured):
    """Comes from one side of a value to the other; once per visit, which ends beyond `rearm`."""

    kind: Literal["crosses above", "crosses below"]
    value: Amount
    rearm: Amount | None = None  # None: a tenth of the value away

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self._within(self.value, self.rearm)
        wrong = self.rearm is not None and (self.rearm > self.value) == (self.kind == "crosses above")
        if wrong or self.rearm == self.value:
            raise ValueError("it can only cross again after it was well on the other side")
        return self

    @property
    def release(self) -> float:
        """The value beyond which the next crossing counts."""
        if self.rearm is not None:
            return self.rearm
        return self.value * (0.9 if self.kind == "crosses above" else 1.1)


class Channel(_Measured):
    """Inside or outside two values."""

    kind: Literal["inside", "outside"]
    low: Amount
    high: Amount

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self._within(self.low, self.high)
        if self.low >= self.high:
            raise ValueError("the first value of a channel is the smaller one")
        return self


class Top(Fact):
    """Comes into or falls out of the first so many of the list; `window` None: ranked by score."""

    kind: Literal["enters top", "leaves top"]
    count: int = Field(ge=1, le=50)
    window: Span | None = None


class NewStory(Fact):
    """Its earliest post found is at most 24 h old and the talk is rare already."""

    kind: Literal["new story"] = "new story"


class PhaseChange(Fact):
    """Changes its phase: to this one, from that one, or (both None) at all."""

    kind: Literal["phase"] = "phase"
    to: Phase | None = None
    was: Phase | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.to is not None and self.to is self.was:
            raise ValueError("a phase changes to another one")
        return self


class Keyword(Fact):
    """A word or phrase in posts found since the last turn; letter case does not matter."""

    kind: Literal["mentions"] = "mentions"
    text: Annotated[str, StringConstraints(min_length=2, max_length=60, pattern=r'^[^\s"]+( [^\s"]+)*$')]


class All(Fact):
    kind: Literal["all"] = "all"
    of: tuple[Expression, ...] = Field(min_length=2)


class AnyOf(Fact):
    kind: Literal["any"] = "any"
    of: tuple[Expression, ...] = Field(min_length=2)


class NoneOf(Fact):
    kind: Literal["none"] = "none"
    of: tuple[Expression, ...] = Field(min_length=1)


Condition = Level | Move | Cross | Channel | Top | NewStory | PhaseChange | Keyword
Group = All | AnyOf | NoneOf
Expression = Annotated[Condition | Group, Field(discriminator="kind")]


def leaves(expression: Expression) -> Iterator[Condition]:
    """The conditions of a tree, from left to right."""
    if isinstance(expression, Group):
        for part in expression.of:
            yield from leaves(part)
    else:
        yield expression


def looks_back(expression: Expression) -> timedelta | None:
    """The longest span that its conditions compare over; None where they ask only for what is so now."""
    named = [span for leaf in leaves(expression) for span in _spans(leaf) if span is not None]
    return max((SPANS[span] for span in named), default=None)


def _spans(condition: Condition) -> tuple[Span | None, ...]:
    if isinstance(condition, Move):
        return condition.window, condition.over
    return (condition.window,) if isinstance(condition, Level | Cross | Channel | Top) else ()


def depth(expression: Expression) -> int:
    """How many groups stand inside each other; a single condition has none."""
    return 1 + max(map(depth, expression.of)) if isinstance(expression, Group) else 0


class Scope(Fact):
    """Which narratives are meant. `name`: slug, ticker without $, or topic; a narrative also has its id."""

    kind: Literal["everything", "narrative", "token", "watchlist", "topic"] = "everything"
    name: str = Field(default="", max_length=60)
    narrative_id: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        named = self.kind in ("narrative", "token", "topic")
        if named != bool(self.name.strip()) or '"' in self.name:
            raise ValueError(f"{self.kind} {'needs a' if named else 'has no'} name")
        if (self.kind == "narrative") != (self.narrative_id is not None):
            raise ValueError("a narrative has an id, and nothing else has")
        if self.kind == "token" and not re.fullmatch(r"[A-Z0-9]{1,15}", self.name):
            raise ValueError("a token is capital letters and digits, without the $")
        return self


class Spec(Fact):
    """What a line of the language says."""

    expression: Expression
    scope: Scope = Scope()
    once: bool = False
    urgent: bool = False
    cooldown_hours: int | None = Field(default=None, ge=1, le=720)  # None: the default
    until: date | None = None  # its last day, in the chat's zone

    @model_validator(mode="after")
    def _small(self) -> Self:
        if depth(self.expression) > DEPTH:
            raise ValueError(f"at most {DEPTH} groups inside each other")
        if sum(1 for _ in leaves(self.expression)) > CONDITIONS:
            raise ValueError(f"at most {CONDITIONS} conditions")
        return self


class Rule(Spec):
    """A line a chat has saved."""

    version: Literal[1] = 1
    id: str
    chat_id: int
    name: str = Field(default="", max_length=60)  # "" : its text
    source: str = Field(default="", max_length=500)  # as it was typed
    paused: bool = False
    done_at: AwareDatetime | None = None  # of a rule for once: when it fired
    created_at: AwareDatetime

    @property
    def spec(self) -> Spec:
        """Only what the language says."""
        return Spec(**{name: getattr(self, name) for name in Spec.model_fields})


class Crossing(Fact):
    """A measure is beyond a `Cross`: the next crossing counts after `polls` turns beyond its release."""

    condition: str  # in the language
    narrative_id: str
    since: AwareDatetime | None  # None: it was there already when it was first looked at
    released: int = Field(default=0, ge=0)  # turns beyond the release, one after the other
