"""One condition over all narratives: true, false or not known, and since when where it began at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import singledispatch
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.alerts import confirmation
from core.alerts.moment import Bools, Floats, Moment
from core.alerts.params import NEW_STORY
from core.alerts.wording import phrase
from core.models import Phase
from core.models.rules import (
    Channel,
    Condition,
    Cross,
    Crossing,
    Keyword,
    Level,
    Measure,
    Move,
    NewStory,
    PhaseChange,
    Top,
)

FALSE, UNKNOWN, TRUE = 0, 1, 2  # `all` is the least of its parts, `any` the greatest
RELEASED = 2  # turns beyond its release, one after the other, until a crossing counts anew
FRESH = timedelta(hours=3)  # how long a new phase is news: so long an alert may wait for evidence
ALREADY = 0.0  # "since": it was so before anybody looked

Crossings = dict[tuple[str, str], Crossing]  # by condition (in the language) and narrative id


class Column(NamedTuple):
    """The truth of an expression per narrative; `since` in seconds since 1970, +inf = simply so."""

    truth: npt.NDArray[np.int8]
    since: Floats | None


def look(
    condition: Condition, moment: Moment, before: Mapping[tuple[str, str], Crossing], after: Crossings
) -> Column:
    """The condition at this moment. `after` gets what a `Cross` leaves for the next turn."""
    if isinstance(condition, Cross):
        return _cross(condition, moment, before, after)
    return _look(condition, moment)


@singledispatch
def _look(condition: Condition, moment: Moment) -> Column:
    raise TypeError(f"{condition!r} is no condition")


def _column(true: Bools, known: Bools | None = None, since: Floats | None = None) -> Column:
    truth = np.where(true, TRUE, FALSE).astype(np.int8)
    if known is not None:
        truth[~known] = UNKNOWN
    return Column(truth, since)


@_look.register
def _(level: Level, moment: Moment) -> Column:
    values = moment.values(level.measure, level.window)
    if level.kind == "above":
        true = values >= level.value if level.inclusive else values > level.value
    else:
        true = values <= level.value if level.inclusive else values < level.value
    return _column(true, ~np.isnan(values))


@_look.register
def _(channel: Channel, moment: Moment) -> Column:
    values = moment.values(channel.measure, channel.window)
    inside = (values >= channel.low) & (values <= channel.high)
    return _column(inside if channel.kind == "inside" else ~inside, ~np.isnan(values))


@_look.register
def _(move: Move, moment: Moment) -> Column:
    """A change from nothing is not known: it has no per cent."""
    values = moment.values(move.measure, move.window)
    then = moment.values(move.measure, move.window, ago=move.over)
    known = ~np.isnan(values) & (then > 0.0)
    factor = 1.0 + move.percent / 100.0 if move.kind == "up" else 1.0 - move.percent / 100.0
    true = values >= then * factor if move.kind == "up" else values <= then * factor
    return _column(true & known, known)


@_look.register
def _(top: Top, moment: Moment) -> Column:
    was = moment.places_before(top.window)
    if was is None:
        return _column(np.zeros(len(moment.ids), dtype=bool), np.zeros(len(moment.ids), dtype=bool))
    inside, before = moment.places(top.window) <= top.count, was <= top.count
    return _column(inside & ~before if top.kind == "enters top" else ~inside & before)


@_look.register
def _(_new: NewStory, moment: Moment) -> Column:
    """Begun within a day (again, after a week of hardly anything), and rare, or told by very many.

    Of a story that waits for confirmation less is enough, so that it is told once it has come. A topic that
    chats follow is no new story: it is only newly looked at.
    """
    least = moment.params
    surprise = moment.values(Measure.SURPRISE)
    young = np.array(
        [
            not n.topic and s.as_of - (s.back_since or n.earliest_post_at) <= NEW_STORY
            for s, n in zip(moment.scores, moment.narratives, strict=True)
        ],
        dtype=bool,
    )
    still = np.array([confirmation.still_loud(score, least) for score in moment.scores], dtype=bool)
    wide = np.array([confirmation.widely_told(score, least) for score in moment.scores], dtype=bool)
    rare = (surprise >= least.surprise) | (moment.waiting & still) | wide
    return _column(young & rare, ~young | ~np.isnan(surprise))


@_look.register
def _(change: PhaseChange, moment: Moment) -> Column:
    phases = [score.phase for score in moment.scores]
    since = np.array([score.phase_since.timestamp() for score in moment.scores])
    if change.to is not None and change.was is None:
        fresh = since >= (moment.now - FRESH).timestamp()
        return _column(np.array([p is change.to for p in phases], dtype=bool) & fresh, None, since)
    was = moment.phases_before()
    true = [_changed(change, then, now) for then, now in zip(was, phases, strict=True)]
    return _column(np.array(true, dtype=bool), np.array([then is not None for then in was], dtype=bool))


def _changed(change: PhaseChange, then: Phase | None, now: Phase) -> bool:
    return then is not now and change.was in (None, then) and change.to in (None, now)


@_look.register
def _(keyword: Keyword, moment: Moment) -> Column:
    """Where no new post was found nothing is known of what they say."""
    return _column(*moment.saying(keyword.text))


def _cross(
    cross: Cross, moment: Moment, before: Mapping[tuple[str, str], Crossing], after: Crossings
) -> Column:
    """True on each visit beyond the value, from the crossing on; within the band it is not beyond it.

    A visit ends after RELEASED turns beyond the release. What was beyond the value already when it was first
    looked at has crossed nothing (`ALREADY`). A value that is not known ends and begins no visit.
    """
    side = 1.0 if cross.kind == "crosses above" else -1.0
    values = side * moment.values(cross.measure, cross.window)
    was = side * moment.values_before(cross.measure, cross.window)
    beyond, released = values >= side * cross.value, values < side * cross.release
    since = np.full(len(moment.ids), np.inf)
    name = phrase(cross)
    for row, id in enumerate(moment.ids):
        state = before.get((name, id))
        if state is None and beyond[row]:
            already = was[row] >= side * cross.value
            state = Crossing(condition=name, narrative_id=id, since=None if already else moment.now)
        elif state is not None:
            state = _stepped(state, bool(released[row]), known=not np.isnan(values[row]))
        if state is not None:
            after[name, id] = state
            since[row] = state.since.timestamp() if state.since else ALREADY
    visiting = ~np.isinf(since)
    return _column(visiting & (beyond | moment.waiting), ~np.isnan(values), since)


def _stepped(state: Crossing, released: bool, *, known: bool) -> Crossing | None:
    """A visit one turn later; None: it is over."""
    if not known:
        return state
    if not released:
        return state if state.released == 0 else state.model_copy(update={"released": 0})
    if state.released + 1 >= RELEASED:
        return None
    return state.model_copy(update={"released": state.released + 1})
