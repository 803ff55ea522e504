"""Why a rule is true of a narrative: the conditions that made it so, with the values behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from math import isnan
from typing import NamedTuple

from core.alerts.moment import Moment
from core.alerts.wording import amount, phrase
from core.models import Fact
from core.models.rules import (
    AnyOf,
    Channel,
    Condition,
    Cross,
    Expression,
    Group,
    Level,
    Measure,
    Move,
    NewStory,
    NoneOf,
    PhaseChange,
    Top,
    leaves,
)

COMPARING = frozenset({Measure.MOMENTUM, Measure.SURPRISE, Measure.VELOCITY, Measure.SCORE})


COUNTS = frozenset({Measure.VOLUME, Measure.AUTHORS})


class Cause(Fact):
    """One condition that holds. Values are in its measure's unit; None where there is none to tell."""

    condition: str  # in the language
    measure: Measure | None = None
    value: float | None = None
    was: float | None = None  # what it is compared with

    @property
    def text(self) -> str:
        """`momentum 4.2x`, `31 authors`, `sentiment 41%, was 55%`, or the condition itself."""
        if self.measure is None or self.value is None:
            return self.condition
        value = amount(self.measure, _short(self.value))
        now = f"{value} {self.measure}" if self.measure in COUNTS else f"{self.measure} {value}"
        return now if self.was is None else f"{now}, was {amount(self.measure, _short(self.was))}"


class Why(NamedTuple):
    """What stands behind a hit."""

    causes: tuple[Cause, ...]
    since: datetime | None  # a crossing or a phase began then; None: it is simply so
    new: bool  # a new story
    compares: bool  # rests on what is usual for this narrative, so it needs a past


def why(
    expression: Expression,
    *,
    truth: Callable[[Expression], bool],
    moment: Moment,
    row: int,
    since: datetime | None,
) -> Why:
    """The causes of an expression that is true of a row. `truth` tells of each part whether it is true."""
    behind = list(_behind(expression, truth))
    new = any(isinstance(condition, NewStory) for condition in behind)
    return Why(
        causes=tuple(cause(condition, moment, row) for condition in behind),
        since=since,
        new=new,
        compares=not new and _compares(expression, truth),
    )


def _behind(expression: Expression, truth: Callable[[Expression], bool]) -> Iterator[Condition]:
    """The conditions a true expression rests on; of `none` those that do not hold."""
    if isinstance(expression, NoneOf):
        yield from leaves(expression)
    elif isinstance(expression, Group):
        for part in expression.of:
            if truth(part):
                yield from _behind(part, truth)
    else:
        yield expression


def _compares(expression: Expression, truth: Callable[[Expression], bool]) -> bool:
    """Whether without a past it would not be true."""
    if isinstance(expression, AnyOf):
        return all(_compares(part, truth) for part in expression.of if truth(part))
    if isinstance(expression, Group):
        return any(_compares(part, truth) for part in expression.of)
    if isinstance(expression, Level | Cross | Channel | Move):
        return expression.measure in COMPARING
    return isinstance(expression, Top | PhaseChange)


def cause(condition: Condition, moment: Moment, row: int) -> Cause:
    """A condition with its values for a row, whether it holds or not."""
    text = phrase(condition)
    if not isinstance(condition, Level | Cross | Channel | Move):
        return Cause(condition=text)
    measure, window = condition.measure, condition.window
    was = None
    if isinstance(condition, Move):
        was = _known(moment.values(measure, window, ago=condition.over)[row])
    return Cause(condition=text, measure=measure, value=_known(moment.values(measure, window)[row]), was=was)


def _known(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _short(value: float) -> float:
    """Two figures behind the point are enough to read; a share keeps four."""
    return round(value, 4) if value < 1.0 else round(value, 2)
