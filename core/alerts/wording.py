"""A rule as a line of its language, the way INTERN itself writes it: `language.parse` reads it back.

>>> text_of(Spec(expression=Level(kind="above", measure="mindshare", value=0.05), once=True))
'mindshare > 5% once'
"""

from __future__ import annotations

from decimal import Decimal
from functools import singledispatch

from core.models.rules import (
    MULTIPLES,
    SHARES,
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
    Scope,
    Spec,
    Top,
)


def text_of(rule: Spec) -> str:
    """The whole line; of a `Rule` what `parse` gives back as its `spec`."""
    parts = [
        phrase(rule.expression),
        _scope(rule.scope),
        "once" if rule.once else "",
        "urgent" if rule.urgent else "",
        f"every {_duration(rule.cooldown_hours)}" if rule.cooldown_hours else "",
        f"until {rule.until.isoformat()}" if rule.until else "",
    ]
    return " ".join(filter(None, parts))


def amount(measure: Measure, value: float) -> str:
    """A value in the measure's unit: `3x`, `5%`, `10`."""
    if measure in SHARES:
        return f"{_plain(Decimal(repr(value)) * 100)}%"
    return _plain(Decimal(repr(value))) + ("x" if measure in MULTIPLES else "")


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _duration(hours: int) -> str:
    return f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"


def _scope(scope: Scope) -> str:
    written = {
        "everything": "",
        "narrative": f"on #{scope.name}",
        "token": f"on ${scope.name}",
        "watchlist": "on watchlist",
        "topic": f'on topic "{scope.name}"',
    }
    return written[scope.kind]


def _measured(condition: Level | Move | Cross | Channel) -> str:
    return f"{condition.measure} in {condition.window}" if condition.window else condition.measure.value


@singledispatch
def phrase(expression: Expression) -> str:
    """A condition or a group in the language."""
    raise TypeError(f"{expression!r} is no condition")


@phrase.register
def _(level: Level) -> str:
    sign = (">" if level.kind == "above" else "<") + ("=" if level.inclusive else "")
    return f"{_measured(level)} {sign} {amount(level.measure, level.value)}"


@phrase.register
def _(move: Move) -> str:
    verb = "rises" if move.kind == "up" else "drops"
    return f"{_measured(move)} {verb} {_plain(Decimal(repr(move.percent)))}% in {move.over}"


@phrase.register
def _(cross: Cross) -> str:
    text = f"{_measured(cross)} {cross.kind} {amount(cross.measure, cross.value)}"
    if cross.rearm is None:
        return text
    back = "below" if cross.kind == "crosses above" else "above"
    return f"{text} again {back} {amount(cross.measure, cross.rearm)}"


@phrase.register
def _(channel: Channel) -> str:
    low, high = (amount(channel.measure, value) for value in (channel.low, channel.high))
    return f"{_measured(channel)} {channel.kind} {low} to {high}"


@phrase.register
def _(top: Top) -> str:
    return f"{top.kind} {top.count}" + (f" in {top.window}" if top.window else "")


@phrase.register
def _(_new: NewStory) -> str:
    return "new story"


@phrase.register
def _(change: PhaseChange) -> str:
    if change.to is None:
        return f"phase leaves {change.was}" if change.was else "phase changes"
    return f"phase becomes {change.to}" + (f" from {change.was}" if change.was else "")


@phrase.register
def _(keyword: Keyword) -> str:
    return f'mentions "{keyword.text}"'


@phrase.register
def _(group: All) -> str:
    return " and ".join(_inside(part, All | AnyOf) for part in group.of)


@phrase.register
def _(group: AnyOf) -> str:
    return " or ".join(_inside(part, AnyOf) for part in group.of)


@phrase.register
def _(group: NoneOf) -> str:
    if len(group.of) == 1:
        return f"not {_inside(group.of[0], All | AnyOf)}"
    return f"none of ({', '.join(map(phrase, group.of))})"


def _inside(part: Expression, bracketed: type | object) -> str:
    text = phrase(part)
    return f"({text})" if isinstance(part, bracketed) else text  # type: ignore[arg-type]
