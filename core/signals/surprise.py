"""Surprise: how rare the present is for this narrative, in −log₁₀ p; the alert statistic A.

A = ½·[T(x) + T(z)] with x the rate of the last bucket's width and z = max(g, 0)/√(var g + 0.05) of the
momentum: the last hour beside the last three (`momentum.py`), so that one loud minute says less than a loud
hour. T(s) = −log₁₀(0.02) + (s − u)/(m·ln 10) above u and 0 below it: u is the 0.98 quantile of the
statistic's own last 14 days, m the mean exceedance over u (each cut at 8 means), never below a minimum scale.
The last 3 h take no part in their own tail, unobserved buckets in none. Under 48 h of own history u and m are
those of similar narratives, relative to the expected count; before any is mature, a prior near the median of
hourly tweet counts of public series. Range ≥ 0; 3 is p ≈ 10⁻³. Nothing is stored: the history is computed in
one pass. Source: `signals.md` 2.2 and 4.8 (SPOT, Siffer et al. KDD'17, with an exponential tail).

>>> tail = Tail(u=np.array([5.0]), m=np.array([2.0]))
>>> [round(float(tail.rarity(np.array([s]))[0]), 2) for s in (4.0, 5.1, 15.0)]
[0.0, 1.72, 3.87]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.signals.baseline import Baseline
from core.signals.gamma import Bools, Floats
from core.signals.momentum import LONG, SHORT, Evidence, Momentum, mean_ratio
from core.signals.panel import Panel
from core.signals.pool import pooled

QUANTILE = 0.98
_EXCESS_CAP = 8.0  # means
_RELATIVE_SCALE = 0.2  # the least mean exceedance, as a share of u
_LEAST_POSTS = 1.0  # … in posts
_LEAST_Z = 0.25  # … in standard deviations
_PRIOR_RATE = (3.0, 1.0)  # u and m of the first narratives ever, in expected counts
_PRIOR_Z = (2.5, 1.0)
_DIGITS: Any = np.float32  # 7 of the past are enough for its tail, and cost half


@dataclass(frozen=True)
class Tail:
    """Threshold and mean exceedance of a statistic [N]."""

    u: Floats
    m: Floats

    def rarity(self, statistic: Floats) -> Floats:
        """−log₁₀ of the chance to exceed the statistic; 0 below the threshold."""
        rare: Floats = -np.log10(1.0 - QUANTILE) + (statistic - self.u) / (self.m * np.log(10.0))
        return np.where(statistic > self.u, rare, 0.0)

    def at_least(self, floor: float) -> Tail:
        """The same tail with no smaller scale than the minimum."""
        return Tail(self.u, np.maximum(self.m, np.maximum(_RELATIVE_SCALE * self.u, floor)))


def surprise(panel: Panel, base: Baseline, current: Evidence, pace: Momentum, own: Bools) -> Floats:
    """A [N] of the last bucket's rate and the momentum; `own`: rows whose own tail may speak.

    Those are mature and polled themselves.
    """
    past = slice(0, max(panel.buckets - round(LONG / panel.width), 0))
    x, ok = panel.timely_x[:, past], panel.ok[:, past]
    expected = np.asarray(current.rate * current.exposure) + 1.0
    usual = base.rate[:, -1] * panel.width + 1.0
    by_rate = _shared(_tail(x, ok), base, own, usual=usual, prior=_PRIOR_RATE, expected=expected)
    history = _z(*mean_ratio(*_ended(panel, base, past)))
    by_z = _shared(_tail(history, ok), base, own, usual=np.ones(len(x)), prior=_PRIOR_Z)
    rarities = by_rate.at_least(_LEAST_POSTS).rarity(np.asarray(current.x))
    return 0.5 * (rarities + by_z.at_least(_LEAST_Z).rarity(_z(pace.g, pace.variance)))


def _z(g: Floats, variance: Floats) -> Floats:
    z: Floats = np.maximum(g, 0.0) / np.sqrt(variance + 0.05)
    return z


def _ended(panel: Panel, base: Baseline, past: slice) -> tuple[Evidence, Evidence]:
    """The short and the long windows that ended with each past bucket [N, T]."""
    x, v, exposure, rate, information = (
        amounts[:, past].astype(_DIGITS)
        for amounts in (panel.timely_x, panel.timely_v, base.exposure, base.rate, base.information)
    )

    def over(hours: float) -> Evidence:
        buckets = max(round(hours / panel.width), 1)
        posts, variance, observed = (_rolling(amounts, buckets) for amounts in (x, v, exposure))
        return Evidence(posts, variance, observed, rate, information)

    return over(SHORT), over(LONG)


def _rolling(amounts: Floats, buckets: int) -> Floats:
    """Sums over the last `buckets` at each bucket."""
    if buckets == 1:
        return amounts
    total = amounts.copy()
    for lag in range(1, buckets):
        total[:, lag:] += amounts[:, :-lag]
    return total


def _tail(statistic: Floats, ok: Bools) -> Tail:
    """Threshold and mean exceedance of each row over its observed buckets."""
    n = ok.sum(1)
    if not n.any():
        return Tail(np.zeros(len(n)), np.zeros(len(n)))
    above = (np.maximum(n - 1, 0) * (1.0 - QUANTILE))[:, None]  # rank of the threshold, from the top
    whole = np.floor(above).astype(np.int64)
    top = _highest(np.where(ok, statistic, 0.0), int(whole.max()) + 2)
    upper = np.take_along_axis(top, whole, 1)
    u = upper + (above - whole) * (
        np.take_along_axis(top, np.minimum(whole + 1, top.shape[1] - 1), 1) - upper
    )
    excess = np.where(np.arange(top.shape[1]) <= whole, np.maximum(top - u, 0.0), 0.0)
    mean = excess.sum(1, keepdims=True) / (whole + 1)
    cut = np.minimum(excess, _EXCESS_CAP * mean).sum(1) / (whole[:, 0] + 1)
    return Tail(u[:, 0], cut)


def _highest(values: Floats, count: int) -> Floats:
    """The `count` highest values of each row, falling."""
    count = min(count, values.shape[1])
    top = np.partition(values, values.shape[1] - count, axis=1)[:, -count:]
    return np.sort(top, axis=1)[:, ::-1]


def _shared(
    tail: Tail,
    base: Baseline,
    own: Bools,
    *,
    usual: Floats,
    prior: tuple[float, float],
    expected: Floats | None = None,
) -> Tail:
    """Own tails where they may speak, elsewhere those of similar narratives scaled to the expected count."""
    scale = np.ones(len(own)) if expected is None else expected
    rates = base.rate[:, -1]
    u = pooled(tail.u / usual, rates, own, otherwise=prior[0]) * scale
    m = pooled(tail.m / usual, rates, own, otherwise=prior[1]) * scale
    return Tail(np.where(own, tail.u, u), np.where(own, tail.m, m))
