"""A rule in plain words: what it waits for, about what, and how long."""

from __future__ import annotations

from functools import singledispatch

from bot.views import words
from bot.views.language import _, ngettext
from bot.views.markup import dotted, foreign
from core.alerts.wording import amount
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
    Scope,
    Span,
    Spec,
    Top,
)


def when(spec: Spec) -> str:
    """`When momentum is above 3× usual and authors are at least 10`."""
    return _("When {condition}").format(condition=said(spec.expression))


def about(scope: Scope) -> str:
    """What it is about, in words."""
    name = foreign(scope.name, 40)
    return {
        "everything": _("About any story"),
        "narrative": _("About the story #{name}").format(name=name),
        "token": _("About stories with ${name}").format(name=name),
        "watchlist": _("About what this chat watches (/lists)"),
        "topic": _("About “{name}”").format(name=name),
    }[scope.kind]


def terms(spec: Spec) -> str | None:
    """How often and how long; None where all is as usual."""
    hours = spec.cooldown_hours
    return (
        dotted(
            [
                _("once, then it is over") if spec.once else None,
                _("urgent: rings once even in quiet hours") if spec.urgent else None,
                ngettext("at most every {n} h per story", "at most every {n} h per story", hours).format(
                    n=hours
                )
                if hours
                else None,
                _("until {day}").format(day=spec.until.isoformat()) if spec.until else None,
            ]
        )
        or None
    )


@singledispatch
def said(expression: Expression) -> str:
    """A condition or a group in plain words."""
    raise TypeError(f"{expression!r} is no condition")


def _measured(condition: Level | Move | Cross | Channel) -> str:
    """`momentum`, `posts in 4 h`."""
    name = {
        Measure.MOMENTUM: _("momentum"),
        Measure.SURPRISE: _("surprise"),
        Measure.VELOCITY: _("velocity"),
        Measure.SENTIMENT: _("sentiment"),
        Measure.MINDSHARE: _("mindshare"),
        Measure.VOLUME: _("posts"),
        Measure.AUTHORS: _("authors"),
        Measure.COORDINATION: _("coordination"),
        Measure.SCORE: _("score"),
    }[condition.measure]
    if condition.window is None:
        return name
    return _("{measure} in {window}").format(measure=name, window=_span(condition.window))


def _span(span: Span) -> str:
    return {"1h": _("1 h"), "4h": _("4 h"), "24h": _("24 h"), "7d": _("7 d")}[span]


def _amount(measure: Measure, value: float) -> str:
    text = amount(measure, value).replace("x", "×")
    return _("{multiple} usual").format(multiple=text) if measure is Measure.MOMENTUM else text


@said.register
def _level(level: Level) -> str:
    form = {
        ("above", False): _("{measure} above {value}"),
        ("above", True): _("{measure} at least {value}"),
        ("below", False): _("{measure} below {value}"),
        ("below", True): _("{measure} at most {value}"),
    }[level.kind, level.inclusive]
    return form.format(measure=_measured(level), value=_amount(level.measure, level.value))


@said.register
def _move(move: Move) -> str:
    form = (
        _("{measure} up by {percent}% within {span}")
        if move.kind == "up"
        else _("{measure} down by {percent}% within {span}")
    )
    return form.format(measure=_measured(move), percent=f"{move.percent:g}", span=_span(move.over))


@said.register
def _cross(cross: Cross) -> str:
    above = cross.kind == "crosses above"
    form = _("{measure} comes above {value}") if above else _("{measure} comes below {value}")
    text = form.format(measure=_measured(cross), value=_amount(cross.measure, cross.value))
    if cross.rearm is None:
        return text
    again = _("again once it was below {value}") if above else _("again once it was above {value}")
    return f"{text} ({again.format(value=_amount(cross.measure, cross.rearm))})"


@said.register
def _channel(channel: Channel) -> str:
    inside = channel.kind == "inside"
    form = _("{measure} between {low} and {high}") if inside else _("{measure} outside {low} to {high}")
    low, high = (_amount(channel.measure, value) for value in (channel.low, channel.high))
    return form.format(measure=_measured(channel), low=low, high=high)


@said.register
def _top(top: Top) -> str:
    form = _("it enters the top {n}") if top.kind == "enters top" else _("it leaves the top {n}")
    listed = _(" of {window}").format(window=_span(top.window)) if top.window else ""
    return form.format(n=top.count) + listed


@said.register
def _new(_story: NewStory) -> str:
    return _("it is a new story")


@said.register
def _phase(change: PhaseChange) -> str:
    to, was = (words.phase(each) if each else None for each in (change.to, change.was))
    if to and was:
        return _("its phase turns from {was} to {to}").format(was=was, to=to)
    if to:
        return _("its phase becomes {to}").format(to=to)
    return _("its phase is {was} no more").format(was=was) if was else _("its phase changes")


@said.register
def _keyword(keyword: Keyword) -> str:
    return _("new posts say “{text}”").format(text=foreign(keyword.text, 60))


@said.register
def _all(group: All) -> str:
    return _(" and ").join(_inside(part) for part in group.of)


@said.register
def _any(group: AnyOf) -> str:
    return _(" or ").join(_inside(part) for part in group.of)


@said.register
def _none(group: NoneOf) -> str:
    if len(group.of) == 1:
        return _("not: {condition}").format(condition=_inside(group.of[0]))
    return _("none of: {conditions}").format(conditions="; ".join(map(said, group.of)))


def _inside(part: Expression) -> str:
    return f"({said(part)})" if isinstance(part, All | AnyOf) else said(part)
