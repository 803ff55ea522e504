"""A rule's threshold made easier and harder, to see how often it would speak then.

>>> [phrase(each) for each in eased(Level(kind="above", measure="momentum", value=3.0))][:4]
['momentum > 1.2x', 'momentum > 1.7x', 'momentum > 2.1x', 'momentum > 2.6x']
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from core.alerts.wording import phrase
from core.models.rules import (
    All,
    AnyOf,
    Channel,
    Cross,
    Expression,
    Keyword,
    Level,
    Measure,
    Move,
    NewStory,
    NoneOf,
    PhaseChange,
    Top,
    largest,
)

FACTORS = (0.4, 0.55, 0.7, 0.85, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 4.0, 5.0)  # of the threshold: harder from 1 on


def eased(expression: Expression) -> Iterator[Expression]:
    """The expression with its first threshold, from left to right, at other values; none: it has none."""
    seen = {phrase(expression)}
    for factor in FACTORS:
        other = scaled(expression, factor)
        if other is not None and phrase(other) not in seen:
            seen.add(phrase(other))
            yield other


@singledispatch
def scaled(expression: Expression, factor: float) -> Expression | None:
    """The expression with its first threshold `factor` times as hard; None where that cannot be."""
    raise TypeError(f"{expression!r} is no condition")


@scaled.register(Channel | Top | NewStory | PhaseChange | Keyword | NoneOf)
def _(expression: Expression, factor: float) -> None:
    return None


@scaled.register
def _(level: Level, factor: float) -> Expression | None:
    value = _value(level.measure, level.value, factor if level.kind == "above" else 1 / factor)
    return None if value is None else level.model_copy(update={"value": value})


@scaled.register
def _(cross: Cross, factor: float) -> Expression | None:
    hard = factor if cross.kind == "crosses above" else 1 / factor
    value = _value(cross.measure, cross.value, hard)
    if value is None:
        return None
    rearm = None if cross.rearm is None else min(cross.rearm * hard, largest(cross.measure))
    if rearm is not None and (rearm == value or (rearm > value) == (cross.kind == "crosses above")):
        return None
    return cross.model_copy(update={"value": value, "rearm": rearm})


@scaled.register
def _(move: Move, factor: float) -> Expression | None:
    percent = float(f"{move.percent * factor:.2g}")
    possible = percent <= (100.0 if move.kind == "down" else 10_000)
    return move.model_copy(update={"percent": percent}) if possible else None


@scaled.register
def _(group: All | AnyOf, factor: float) -> Expression | None:
    for place, part in enumerate(group.of):
        other = scaled(part, factor)
        if other is not None:
            return group.model_copy(update={"of": (*group.of[:place], other, *group.of[place + 1 :])})
    return None


def _value(measure: Measure, value: float, factor: float) -> float | None:
    """Two figures are enough; what the measure cannot reach is none."""
    told = float(f"{value * factor:.2g}")
    return told if 0.0 < told <= largest(measure) else None
