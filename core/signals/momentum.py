"""Momentum: how the current rate compares with the usual one, and how sure that is.

For a window with X posts (variance V), exposure E and usual rate λ known from I posts, with a = X²/V + 1: g =
ln((X + 1)/(λE + 1)) + [ψ(a) − ln a − ψ(1)/a] − [ψ(I) − ln I], in nats, with variance ψ₁(a) + ψ₁(I). Momentum
is the mean g of the 1 h and 3 h windows that end now. The short window is part of the long one and λ of both,
so var g = ¼·ψ₁(a₁) + ¾·ψ₁(a₃) + ψ₁(I) (their covariance is that of the long one); where nothing of the short
one was observed, g is that of the long one. value = 1/(1 + e⁻ᵍ) in [0, 1]: 0.5 usual, 0.67 double, 0.8 four
times. confidence = coverage · P(the ratio is within × 1.5 of the truth). Source: `signals.md` 4.3, except for
that variance: the mean of both is a third too wide (`tests/eval/calibration.py`).

>>> steady = Evidence(x=10.0, v=10.0, exposure=1.0, rate=10.0, information=500.0)
>>> double = Evidence(x=200.0, v=200.0, exposure=10.0, rate=10.0, information=500.0)
>>> [round(float(sigmoid(log_ratio(e)[0])), 2) for e in (steady, double)]
[0.5, 0.67]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.signals.baseline import Baseline
from core.signals.coverage import coverage
from core.signals.gamma import Bools, Floats, log_bias, sigmoid, trigamma, within_factor
from core.signals.panel import Panel

SHORT, LONG = 1.0, 3.0  # hours
_PSI_1 = -0.5772156649015329
_NO_POSTS = 1e-12  # variance of none, so that a = 1


@dataclass(frozen=True)
class Evidence:
    """What a log-ratio rests on; arrays of one shape (plain numbers in examples)."""

    x: Floats | float  # posts in the window
    v: Floats | float  # their variance
    exposure: Floats | float  # observed hours × hour-of-day multiplier (mindshare: discovery posts)
    rate: Floats | float  # usual posts per unit of exposure
    information: Floats | float  # posts the usual rate rests on, ≥ 1

    def where(self, own: Bools, other: Evidence) -> Evidence:
        """Row by row this evidence or the other."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__)
        return Evidence(*(np.where(own, mine, theirs) for mine, theirs in pairs))


@dataclass(frozen=True)
class Momentum:
    """One element per narrative."""

    g: Floats  # ln(current rate / usual rate)
    variance: Floats
    value: Floats
    confidence: Floats
    coverage: Floats


def log_ratio(evidence: Evidence) -> tuple[Floats, Floats]:
    """Posterior mean and variance of ln(current rate / usual rate)."""
    g, now = _current(evidence)
    shift, usual = _usual(evidence)
    return g - shift, now + usual


def mean_ratio(short: Evidence, long: Evidence) -> tuple[Floats, Floats]:
    """The mean log-ratio of the two windows and its variance.

    A short window nobody looked into is not one at its usual: it is taken to be like the long one.
    """
    (g1, now1), (g3, now3), (shift, usual) = _current(short), _current(long), _usual(long)
    g1 = np.where(np.asarray(short.exposure) > 0.0, g1, g3)
    return 0.5 * (g1 + g3) - shift, 0.25 * now1 + 0.75 * now3 + usual


def _current(evidence: Evidence) -> tuple[Floats, Floats]:
    """g as if the usual rate were certain, and what the current rate adds to its variance."""
    x, v = np.asarray(evidence.x), np.maximum(evidence.v, _NO_POSTS)
    y = v / (x * x + v)  # 1/a
    g = np.log((x + 1.0) / (evidence.rate * evidence.exposure + 1.0))
    return g + log_bias(y) - _PSI_1 * y, trigamma(y)


def _usual(evidence: Evidence) -> tuple[Floats, Floats]:
    """What not knowing the usual rate exactly takes from g, and adds to its variance."""
    y = 1.0 / np.asarray(evidence.information)
    return log_bias(y), trigamma(y)


def metered(panel: Panel, base: Baseline, hours: float) -> Evidence:
    """The last `hours` of the narratives' own polls; posts that arrived over 6 h late are left out."""
    window = panel.window(hours)
    w, columns = window.weights, slice(window.first, None)
    return Evidence(
        x=panel.timely_x[:, columns] @ w,
        v=panel.timely_v[:, columns] @ (w * w),
        exposure=base.exposure[:, columns] @ w,
        rate=base.rate[:, -1],
        information=base.information[:, -1],
    )


def covered(seen: Bools, panel: Panel, hours: float) -> Floats:
    """Coverage [N] of the last `hours`."""
    window = panel.window(hours)
    return coverage(seen[:, window.first :], window.weights, window.buckets)


def momentum(short: Evidence, long: Evidence, coverage_long: Floats) -> Momentum:
    """Mean of the two windows; nothing observed gives exactly (0.5, 0)."""
    g, variance = mean_ratio(short, long)
    g = np.where(coverage_long > 0.0, g, 0.0)
    return Momentum(g, variance, sigmoid(g), coverage_long * within_factor(variance), coverage_long)
