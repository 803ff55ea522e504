"""Rows: one narrative's measures as signals that say why, where a value is missing or weak.

Values and confidences are in [0, 1], n counts posts (novelty: wordings compared with; saturation: hours). The
only source is `Measures`; models are made when a row is read.

>>> from datetime import UTC, datetime
>>> import numpy as np
>>> from core.signals.measures import measure
>>> from core.signals.panel import Panel
>>> unseen = Panel.of_counts(np.zeros((1, 72)), np.zeros((1, 72)), now=datetime(2026, 1, 4, tzinfo=UTC))
>>> told = signals_of(measure(unseen), 0).momentum
>>> told.value, told.confidence, told.reason
(0.5, 0.0, 'nothing was observed in the last 3 h')
"""

from __future__ import annotations

from typing import NamedTuple

from core.models import Signal
from core.signals.engagement import LEAST_POSTS
from core.signals.measures import Measures
from core.signals.pool import WARM_HOURS
from core.signals.saturation import LEAST_HOURS


class Signals(NamedTuple):
    """The signals of one narrative that have a model."""

    momentum: Signal
    velocity: Signal
    sentiment: Signal
    novelty: Signal
    saturation: Signal
    mindshare: Signal
    engagement: Signal


def signals_of(measures: Measures, i: int) -> Signals:
    """The models of row i, each with its reason where a value is missing or weak."""
    tellers = _momentum, _velocity, _sentiment, _novelty, _saturation, _mindshare, _engagement
    return Signals(*(tell(measures, i) for tell in tellers))


def _signal(
    measures: Measures, i: int, name: str, *, value: float, confidence: float | None, n: float, reason: str
) -> Signal:
    broken = measures.partial.failed(name, i)
    return Signal(
        value=float(value),
        confidence=None if confidence is None else float(confidence),
        n=round(float(n)),
        as_of=measures.as_of,
        inputs_ok=not broken and (bool(confidence > 0.0) if confidence is not None else not reason),
        reason=failure(name) if broken else reason,
    )


def failure(name: str) -> str:
    """Why a signal says nothing whose computation broke."""
    return f"{name} could not be computed"


def _momentum(measures: Measures, i: int) -> Signal:
    pace = measures.momentum
    reason = _why_momentum(measures, i)
    return _signal(
        measures,
        i,
        "momentum",
        value=pace.value[i],
        confidence=pace.confidence[i],
        n=measures.posts[i],
        reason=reason,
    )


def _why_momentum(measures: Measures, i: int) -> str:
    if measures.momentum.coverage[i] <= 0.0:
        return "nothing was observed in the last 3 h"
    if not measures.polled[i] and measures.chosen:
        return "searches return a choice of posts: by its share of discovery posts"
    if not measures.polled[i]:
        return "not polled in the last 3 h: by its share of discovery posts"
    if measures.history_hours[i] < WARM_HOURS:
        return f"{measures.history_hours[i]:.0f} h of own history: compared with similar narratives"
    if measures.momentum.coverage[i] < 1.0:
        return f"{measures.momentum.coverage[i]:.0%} of the last 3 h was observed"
    return ""


def _velocity(measures: Measures, i: int) -> Signal:
    speed, reason = measures.velocity, ""
    if not speed.confidence[i]:
        polled = measures.polled[i]
        reason = "too little of the last day was observed" if polled else "not polled in the last 3 h"
    elif not speed.coverage[i]:
        reason = "not polled in the last 3 h: by the engagement of posts seen twice"
    return _signal(
        measures,
        i,
        "velocity",
        value=speed.value[i],
        confidence=speed.confidence[i],
        n=measures.posts[i],
        reason=reason,
    )


def _sentiment(measures: Measures, i: int) -> Signal:
    mood = measures.sentiment
    if mood.voices[i] > 0.0:
        reason = "opinions are polarised" if mood.disagreement[i] > 0.8 else ""
    else:
        reason = "no labelled posts in the last 6 h: the week's mean"
    return _signal(
        measures,
        i,
        "sentiment",
        value=mood.value[i],
        confidence=mood.confidence[i],
        n=mood.voices[i],
        reason=reason,
    )


def _novelty(measures: Measures, i: int) -> Signal:
    found = measures.novelty
    reason = "" if found.compared[i] else "no earlier narrative to compare with"
    return _signal(
        measures, i, "novelty", value=found.value[i], confidence=None, n=found.compared[i], reason=reason
    )


def _saturation(measures: Measures, i: int) -> Signal:
    found = measures.saturation
    reason = "" if found.hours[i] >= LEAST_HOURS else "less than a day of its own share is known"
    return _signal(
        measures, i, "saturation", value=found.value[i], confidence=None, n=found.hours[i], reason=reason
    )


def _mindshare(measures: Measures, i: int) -> Signal:
    found = measures.mindshare
    reason = "" if found.universe[i] else "discovery found no posts in 24 h"
    told = _signal(
        measures,
        i,
        "mindshare",
        value=found.value[i],
        confidence=found.confidence[i],
        n=found.universe[i],
        reason=reason,
    )
    return told.model_copy(update={"low": float(found.low[i]), "high": float(found.high[i])})


def _engagement(measures: Measures, i: int) -> Signal:
    found = measures.engagement
    reason = "" if found.told[i] else f"fewer than {LEAST_POSTS} posts were seen twice in 24 h"
    return _signal(
        measures,
        i,
        "engagement",
        value=found.value[i],
        confidence=found.confidence[i],
        n=found.n[i],
        reason=reason,
    )
