"""Measures: every signal of every narrative in one vectorised call.

Rows follow `Panel.ids`; nothing is NaN: where nothing was observed a value is 0.5, its confidence 0, and the
signal says why. Narratives with refresh coverage in the last 3 h are measured by their own polls, the others
by their share of discovery posts. Signal models are made only for the rows that are read (`signals_of`).

>>> from datetime import UTC, datetime
>>> unseen = Panel.of_counts(np.zeros((1, 72)), np.zeros((1, 72)), now=datetime(2026, 1, 4, tzinfo=UTC))
>>> momentum_signal = signals_of(measure(unseen), 0).momentum
>>> momentum_signal.value, momentum_signal.confidence, momentum_signal.reason
(0.5, 0.0, 'nothing was observed in the last 3 h')
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from core.models import Signal
from core.signals import mindshare
from core.signals.baseline import Baseline, baseline
from core.signals.completeness import Completeness
from core.signals.coverage import history
from core.signals.gamma import Bools, Floats
from core.signals.momentum import LONG, SHORT, Momentum, covered, metered, momentum
from core.signals.panel import Panel
from core.signals.pool import WARM_HOURS
from core.signals.sentiment import Sentiment, sentiment
from core.signals.surprise import surprise
from core.signals.velocity import Velocity, velocity

MEMORY_HOURS = 336.0  # 14 days of panel shape baselines and tails
DAY = 24.0
_MOST_RATIO = 1e6


@dataclass(frozen=True)
class Measures:
    """One row per narrative [N]; units as in each signal's module."""

    ids: tuple[str, ...]
    as_of: datetime
    momentum: Momentum
    velocity: Velocity
    sentiment: Sentiment
    surprise: Floats  # −log₁₀ p
    ratio: Floats  # current over usual rate
    rate: Floats  # usual posts per hour; 0 where the narrative was never polled
    phi: Floats
    history_hours: Floats  # own history in the panel (`coverage.history`)
    counted: Bools  # measured by a counts meter, not by samples
    polled: Bools  # own polls or counts in the last 3 h; otherwise measured by share of discovery posts
    covered_24h: Floats  # buckets of the last 24 h with at least 6 minutes observed
    share: Floats  # share of voice over 24 h
    posts: Floats  # what the momentum rests on
    prior: Floats  # pooled rate
    profile: Floats  # [24] hour-of-day multiplier
    chosen: bool = False  # searches return a choice of posts, no count

    @property
    def g(self) -> Floats:
        """ln(current rate / usual rate)."""
        return self.momentum.g

    @property
    def variance(self) -> Floats:
        """Of g, in nats²."""
        return self.momentum.variance


class Signals(NamedTuple):
    """The signals of one narrative that have a model."""

    momentum: Signal
    velocity: Signal
    sentiment: Signal


def measure(panel: Panel, completeness: Completeness | None = None) -> Measures:
    """All measures of a panel; its last 14 days shape baselines and tails.

    Where `completeness` says that searches return a choice of posts, their number measures nothing: only
    shares of discovery posts (and counts) do, and they are trusted by θ less.
    """
    recent = panel.latest(MEMORY_HOURS)
    base = baseline(recent)
    own = covered(recent.tau, recent, LONG)
    chosen = completeness is not None and completeness.is_choice
    polled = (own > 0.0) & (panel.counted | (not chosen))
    pace, alert, posts = _pace(recent, base, own, polled)
    if completeness is not None and chosen:
        trusted = np.where(panel.counted, 1.0, completeness.theta)
        pace = replace(pace, confidence=pace.confidence * trusted)
    return Measures(
        ids=panel.ids, as_of=panel.now, momentum=pace, velocity=velocity(recent, base),
        sentiment=sentiment(recent), surprise=alert,
        ratio=np.minimum(np.exp(pace.g), _MOST_RATIO),
        rate=np.where(panel.ok.any(1), base.rate[:, -1], 0.0), phi=base.phi,
        history_hours=history(panel.tau, panel.width), counted=panel.counted, polled=polled,
        covered_24h=covered(recent.tau, recent, DAY) * DAY / panel.width,
        share=mindshare.share_of_voice(recent, DAY), posts=posts, prior=base.prior, profile=base.profile,
        chosen=chosen,
    )  # fmt: skip


def _pace(recent: Panel, base: Baseline, own: Floats, polled: Bools) -> tuple[Momentum, Floats, Floats]:
    """Momentum, surprise and the posts they rest on, by own polls or by share of discovery posts."""
    spans = (SHORT, LONG, recent.width)
    polls = {hours: metered(recent, base, hours) for hours in spans}
    shares = {hours: mindshare.shared(recent, hours) for hours in spans}
    evidence = {hours: polls[hours].where(polled, shares[hours]) for hours in spans}
    listened = covered(mindshare.heard(recent), recent, LONG)
    pace = momentum(evidence[SHORT], evidence[LONG], np.where(polled, own, listened))
    rarity = surprise(recent, base, evidence[recent.width], base.mature & polled)
    window = recent.window(LONG)
    counts = np.where(polled, recent.n[:, window.first :].sum(1), recent.found[:, window.first :].sum(1))
    return pace, np.where(pace.coverage > 0.0, rarity, 0.0), counts


def signals_of(measures: Measures, i: int) -> Signals:
    """The models of row i, each with its reason where a value is missing or weak."""
    pace, speed, mood = measures.momentum, measures.velocity, measures.sentiment
    return Signals(
        _signal(measures, pace.value[i], pace.confidence[i], measures.posts[i], _why_momentum(measures, i)),
        _signal(measures, speed.value[i], speed.confidence[i], measures.posts[i], _why_velocity(measures, i)),
        _signal(measures, mood.value[i], mood.confidence[i], mood.voices[i], _why_sentiment(measures, i)),
    )


def _signal(measures: Measures, value: float, confidence: float, n: float, reason: str) -> Signal:
    return Signal(
        value=float(value),
        confidence=float(confidence),
        n=round(float(n)),
        as_of=measures.as_of,
        inputs_ok=bool(confidence > 0.0),
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


def _why_velocity(measures: Measures, i: int) -> str:
    if measures.velocity.confidence[i] > 0.0:
        return ""
    return "too little of the last day was observed" if measures.polled[i] else "not polled in the last 3 h"


def _why_sentiment(measures: Measures, i: int) -> str:
    if measures.sentiment.voices[i] > 0.0:
        return "opinions are polarised" if measures.sentiment.disagreement[i] > 0.8 else ""
    return "no labelled posts in the last 6 h: the week's mean"
