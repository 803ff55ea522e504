"""Velocity: the reproduction number R of posts: is the talk feeding on itself faster than it fades?

Λ(t) = Σ w_s·x(t−s)/m(t−s) over lags of 1–24 h, renormalised to the lags observed (valid above 0.2 of the
kernel's mass), with w the SEISMIC memory kernel. Over 3 h: I = Σ x, Q = Σ Λ·m, f = I/Σ v (information per
post); R ~ Gamma(1 + I·f, 1 + Q·f) in prior units of 1. An unknown constant sampling fraction cancels. R ≈ 1
is steady; it is a growth ratio, not a branching factor. value = R²/(1 + R²) with E[ln R] − ψ(1)/(1 + I·f)
for ln R, in [0, 1]; confidence = coverage · P(R within × 1.5). Where at least 5 posts were seen twice their
engagement is a second witness of ln R: 3 h of its excess (`engagement.py`), each weighing one over its
variance, the second's never below ln² 1.5 because uptake is not talk. Source: Cori et al. 2013 (EpiEstim);
kernel: Zhao et al. KDD'15.

>>> weights = kernel(1.0)
>>> len(weights), round(float(weights[:3].sum() / weights.sum()), 2)
(24, 0.61)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.signals.baseline import Baseline
from core.signals.coverage import coverage
from core.signals.gamma import Bools, Floats, log_bias, sigmoid, trigamma, within_factor
from core.signals.panel import Panel

HOURS = 3.0
_LAGS_HOURS = 24.0
THETA, FLAT_HOURS = 0.2314843, 300.0 / 3600.0  # SEISMIC: flat for 5 minutes, then a power law
_LEAST_MASS = 0.2
_STEEPNESS = 2.0  # value = R²/(1 + R²)
_NOT_TALK = np.log(1.5) ** 2  # variance by which uptake differs from talk


@dataclass(frozen=True)
class Velocity:
    """One element per narrative."""

    reproduction: Floats
    log_r: Floats
    variance: Floats  # of log_r
    coverage: Floats
    value: Floats
    confidence: Floats


def kernel(width: float) -> Floats:
    """Weights of the lags 1, 2, … buckets up to 24 h, summing to 1."""
    edges = (np.arange(round(_LAGS_HOURS / width) + 1) + 0.5) * width
    tail = FLAT_HOURS / THETA * (1.0 - (np.maximum(edges, FLAT_HOURS) / FLAT_HOURS) ** -THETA)
    mass = np.diff(np.minimum(edges, FLAT_HOURS) + tail)
    weights: Floats = mass / mass.sum()
    return weights


def velocity(panel: Panel, base: Baseline) -> Velocity:
    """R of the last 3 h; nothing observed gives (0.5, 0)."""
    window = panel.window(HOURS)
    caused, explained = _caused(panel, base, window.first)
    part = np.where(explained, window.weights, 0.0)
    x, v = panel.timely_x[:, window.first :], panel.timely_v[:, window.first :]
    posts, expected = (x * part).sum(1), (caused * part).sum(1)
    spread = (v * part * part).sum(1)
    per_post = np.divide(posts, spread, out=np.ones_like(posts), where=spread > 0.0)
    shape, scale = 1.0 + posts * per_post, 1.0 + expected * per_post
    y = 1.0 / shape
    log_r = np.log(shape / scale) + log_bias(y) - log_bias(np.ones(1)) * y
    share = coverage(explained & panel.seen[:, window.first :], window.weights, window.buckets)
    variance = trigamma(y)
    return Velocity(
        reproduction=shape / scale, log_r=log_r, variance=variance, coverage=share,
        value=sigmoid(_STEEPNESS * log_r), confidence=share * within_factor(variance),
    )  # fmt: skip


def witnessed(pace: Velocity, log_growth: Floats, variance: Floats, told: Bools) -> Velocity:
    """The velocity with what engagement says where that is `told`: log-growth over 3 h and its variance."""
    own = np.where(pace.coverage > 0.0, 1.0 / pace.variance, 0.0)
    other = np.where(told, 1.0 / np.maximum(variance, _NOT_TALK), 0.0)
    weight = np.maximum(own + other, 1e-12)
    log_r = (own * pace.log_r + other * log_growth) / weight
    coverage = np.where(own > 0.0, pace.coverage, 1.0)
    value, confidence = sigmoid(_STEEPNESS * log_r), coverage * within_factor(1.0 / weight)
    return replace(
        pace,
        value=np.where(told, value, pace.value),
        confidence=np.where(told, np.maximum(confidence, pace.confidence), pace.confidence),
    )


def _caused(panel: Panel, base: Baseline, first: int) -> tuple[Floats, Bools]:
    """Λ·m of each bucket from `first` on, and whether enough of its past was observed."""
    weights = kernel(panel.width)[::-1]
    season = base.profile[panel.hod]
    rate = panel.timely_x / season
    caused, explained = np.zeros(panel.n[:, first:].shape), np.zeros(panel.n[:, first:].shape, dtype=bool)
    for column in range(first, panel.buckets):
        lags = slice(max(column - len(weights), 0), column)
        known = weights[len(weights) - (lags.stop - lags.start) :]
        mass = panel.ok[:, lags] @ known
        total = np.divide(rate[:, lags] @ known, mass, out=np.zeros_like(mass), where=mass > 0.0)
        caused[:, column - first] = total * season[column]
        explained[:, column - first] = (mass > _LEAST_MASS) & panel.ok[:, column]
    return caused, explained
