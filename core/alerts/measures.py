"""How each measure of a rule is read from a Score: one table.

A value that is missing, rests on nothing observed, or is less sure than a reader is told, is *not known*
(NaN): no condition is true of it, and none is false.
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan, sqrt

from core.models import Score, Signal
from core.models.rules import Measure, Span

SURE, TOLD = 0.5, 0.3  # confidence an alert's momentum needs; the least at which anything is put in words

Read = Callable[[Score, Span | None], float]


def read(score: Score, measure: Measure, window: Span | None = None) -> float:
    """The value in the rule's unit, NaN when it is not known."""
    return READINGS[measure](score, window)


def _momentum(score: Score, window: Span | None) -> float:
    if window is None:
        return score.ratio if (score.momentum.confidence or 0.0) >= SURE else nan
    change = score.changes.get(window)
    return change.ratio if change is not None and change.confidence >= SURE else nan


def _watched(score: Score, value: float) -> float:
    """A value that means something as soon as anything was observed."""
    return value if score.momentum.confidence else nan


def _told(signal: Signal | None) -> float:
    """A signal that is sure enough to be told, or has no confidence to be judged by."""
    if signal is None or not signal.inputs_ok:
        return nan
    return signal.value if signal.confidence is None or signal.confidence >= TOLD else nan


def _reproduction(score: Score, _window: Span | None) -> float:
    value = _told(score.velocity)  # R² / (1 + R²)
    return sqrt(value / (1.0 - value)) if value < 1.0 else nan


def _posts(score: Score, window: Span | None) -> float:
    change = score.changes.get(window or "24h")
    if change is None:
        return float(score.posts_24h) if window is None else nan
    return nan if change.coverage == 0.0 else float(score.posts_24h if window is None else change.posts)


def _authors(score: Score, window: Span | None) -> float:
    change = score.changes.get(window or "24h")
    if change is None:
        return float(score.authors_24h) if window is None else nan
    return nan if change.coverage == 0.0 else float(score.authors_24h if window is None else change.authors)


def _coordination(score: Score, _window: Span | None) -> float:
    found = score.coordination
    return nan if found is None or found.value is None else found.value


READINGS: dict[Measure, Read] = {
    Measure.MOMENTUM: _momentum,
    Measure.SURPRISE: lambda score, _: _watched(score, score.surprise),
    Measure.VELOCITY: _reproduction,
    Measure.SENTIMENT: lambda score, _: _told(score.sentiment),
    Measure.MINDSHARE: lambda score, _: _told(score.mindshare),
    Measure.VOLUME: _posts,
    Measure.AUTHORS: _authors,
    Measure.COORDINATION: _coordination,
    Measure.SCORE: lambda score, _: _watched(score, score.score),
}
