"""Momentum: how the current rate compares with the usual one, and how sure that is.

For a window with X posts (variance V), exposure E and usual rate λ known from I posts, with a = X²/V + 1: g =
ln((X + 1)/(λE + 1)) + [ψ(a) − ln a − ψ(1)/a] − [ψ(I) − ln I], in nats, with variance ψ₁(a) + ψ₁(I). Momentum
is the mean g of the 1 h and 3 h windows that end now. The short window is part of the long one and λ of both,
so var g = ¼·ψ₁(a₁) + ¾·ψ₁(a₃) + ψ₁(I) (their covariance is that of the long one). value = 1/(1 + e⁻ᵍ) in [0,
1]: 0.5 usual, 0.67 double, 0.8 four times. confidence = coverage · P(the ratio is within × 1.5 of the truth).
Source: `signals.md` 4.3, except for that variance: the mean of both is a third too wide
(`tests/eval/calibration.py`).

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
    g, now, usual = _parts(evidence)
    return g, now + usual


def _parts(evidence: Evidence) -> tuple[Floats, Floats, Floats]:
    """g, and what the current and the usual rate each add to its variance."""
    x, v = np.asarray(evidence.x, dtype=float), np.asarray(evidence.v, dtype=float)
    information = np.asarray(evidence.information, dtype=float)
    a = 1.0 + np.divide(x * x, v, out=np.zeros_like(x), where=v > 0.0)
    g = np.log((x + 1.0) / (evidence.rate * evidence.exposure + 1.0))
    g = g + log_bias(a) - _PSI_1 / a - log_bias(information)
    return g, trigamma(a), trigamma(information)


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


def covered(tau: Floats, panel: Panel, hours: float) -> Floats:
    """Coverage [N] of the last `hours`."""
    window = panel.window(hours)
    return coverage(tau[:, window.first :], window.weights, window.buckets)


def momentum(short: Evidence, long: Evidence, coverage_long: Floats) -> Momentum:
    """Mean of the two windows; nothing observed gives exactly (0.5, 0)."""
    (g1, now1, usual), (g3, now3, _) = _parts(short), _parts(long)
    g = np.where(coverage_long > 0.0, 0.5 * (g1 + g3), 0.0)
    variance = 0.25 * now1 + 0.75 * now3 + usual
    confidence = coverage_long * within_factor(variance)
    return Momentum(g, variance, sigmoid(g), confidence, coverage_long)
