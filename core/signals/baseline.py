"""Baseline: a narrative's usual rate, as it was known at every bucket.

A discounted Gamma posterior over buckets older than 6 h (half-life 96 h) with a pooled hour-of-day profile m:
A = 2 + Σ dᵏ·min(x, μ + 4·sd + 1), B = 2/λ₀ + Σ dᵏ·E with exposure E = ok·width·m, rate = A/B in posts per
hour at an average hour of the day. `information` = (2 + Σ dᵏ x)²/(2 + Σ dᵏ v) is the number of posts the rate
rests on, φ the overdispersion by moments, in [0.01, 4]. λ₀, the rate before any history, is pooled over
narratives. Source: `signals.md` 4.2 (Gamma–Poisson; the clipping keeps an old burst from becoming the usual).

>>> from datetime import UTC, datetime
>>> steady = Panel.of_counts(np.full((1, 200), 10.0), np.ones((1, 200)), now=datetime(2026, 1, 9, tzinfo=UTC))
>>> round(float(baseline(steady).rate[0, -1]), 1)
10.0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.signals.gamma import Bools, Floats
from core.signals.panel import Panel
from core.signals.pool import WARM_HOURS, pooled

HALF_LIFE = 96.0  # hours
GAP = 6.0  # hours before a bucket enters a baseline
PRIOR = 2.0  # posts that the pooled rate is worth
CLIP = 4.0  # standard deviations
PHI = (0.01, 4.0)
_PHI_PRIOR = 0.5
_SEASON_PRIOR = 30.0  # buckets that pull the hour-of-day profile to 1
_PEERS = 5  # young narratives that make a pool where no mature one exists
_FIRST_RATE = 1.0  # posts per hour assumed of the first narratives ever seen


@dataclass(frozen=True)
class Baseline:
    """Usual rates: column t holds what was known at bucket t, from buckets at least 6 h older."""

    rate: Floats  # [N, T] posts per hour at an average hour of the day
    information: Floats  # [N, T] posts it rests on, ≥ 1
    exposure: Floats  # [N, T] observed hours × hour-of-day multiplier
    profile: Floats  # [24] hour-of-day multiplier, mean 1
    phi: Floats  # [N] overdispersion
    prior: Floats  # [N] λ₀
    mature: Bools  # [N] at least 48 h of buckets seen: a tail needs that many, however short each look was


def baseline(panel: Panel) -> Baseline:
    """The baseline of every narrative at every bucket."""
    profile = day_profile(panel)
    exposure = panel.ok * (profile * panel.width)[panel.hod]
    mature = panel.seen.sum(1) * panel.width >= WARM_HOURS
    past = max(panel.buckets - round(GAP / panel.width), 0)
    x, exposed = panel.x[:, :past], exposure[:, :past]
    prior = prior_rate(panel, x, exposed, mature)
    usual, phi = clipped(x, exposed, panel.hod[:past], profile * panel.width, prior)
    a, b, posts, spread = _discounted((usual, exposed, x, panel.v[:, :past]), panel)
    rate = (a + PRIOR) / (b + PRIOR / prior[:, None])
    information = np.maximum((posts + PRIOR) ** 2 / (spread + PRIOR), 1.0)
    by_row = np.ascontiguousarray  # as the panel's arrays are
    return Baseline(by_row(rate), by_row(information), exposure, profile, phi, prior, mature)


def day_profile(panel: Panel) -> Floats:
    """Pooled hour-of-day multiplier [24]: observed over expected posts, shrunk to 1, mean 1."""
    mean = panel.x.sum(1, keepdims=True) / np.maximum(panel.ok.sum(1, keepdims=True), 1)
    relative = np.minimum(panel.x / np.maximum(mean, 0.05), 4.0).sum(0)
    numerator = np.bincount(panel.hod, relative, 24) + _SEASON_PRIOR
    raw: Floats = numerator / (np.bincount(panel.hod, panel.ok.sum(0), 24) + _SEASON_PRIOR)
    raw /= raw.mean()
    return raw


def prior_rate(panel: Panel, x: Floats, exposure: Floats, mature: Bools) -> Floats:
    """λ₀ [N] in posts per hour: the usual rate of similar narratives (of all of them for mature rows)."""
    hours = exposure.sum(1)
    own = x.sum(1) / np.maximum(hours, 1e-9)
    settled = mature & (own > 0.0)
    middle = float(np.median(own[settled])) if settled.any() else _first_rate(panel)
    guess = (x.sum(1) + PRIOR) / (hours + PRIOR / middle)
    return np.where(mature, middle, pooled(own, guess, settled, otherwise=middle))


def _first_rate(panel: Panel) -> float:
    """With no mature narrative: the median rate of the young ones, if there are enough of them."""
    hours = panel.tau.sum(1)
    rates = panel.n.sum(1)[hours > 0.0] / hours[hours > 0.0]
    return max(float(np.median(rates)), 0.05) if len(rates) >= _PEERS else _FIRST_RATE


def clipped(
    x: Floats, exposure: Floats, hod: NDArray[np.int64], profile: Floats, prior: Floats
) -> tuple[Floats, Floats]:
    """Counts cut at μ + 4·sd + 1 of a pilot rate, and the overdispersion φ [N] found on the way."""
    hours = exposure.sum(1)
    pilot = (x.sum(1) + PRIOR) / (hours + PRIOR / prior)
    apart = np.minimum(x, _ceiling(pilot, profile, np.full(len(x), _PHI_PRIOR))[:, hod])
    apart -= pilot[:, None] * exposure
    excess = _squares(apart) - pilot * hours
    phi = np.clip((excess + 0.2) / (pilot**2 * _squares(exposure) + 2.0), *PHI)
    return np.minimum(x, _ceiling(pilot, profile, phi)[:, hod]), phi


def _squares(values: Floats) -> Floats:
    """Σ value² of each row."""
    total: Floats = np.einsum("nt,nt->n", values, values)
    return total


def _ceiling(pilot: Floats, profile: Floats, phi: Floats) -> Floats:
    """Highest count of a bucket [N, 24] that the baseline believes."""
    mu = pilot[:, None] * profile
    ceiling: Floats = mu + CLIP * np.sqrt(mu + phi[:, None] * mu * mu) + 1.0
    return ceiling


def _discounted(amounts: Sequence[Floats], panel: Panel) -> Floats:
    """Σ dᵏ·amount [·, N, T] over the buckets at least 6 h older than each bucket."""
    decay = 0.5 ** (panel.width / HALF_LIFE)
    totals = np.zeros((panel.buckets, len(amounts), len(panel.ids)))  # a step is one run over all narratives
    first = panel.buckets - amounts[0].shape[1]
    for place, values in enumerate(amounts):
        totals[first:, place] = values.T
    for bucket in range(first + 1, panel.buckets):
        totals[bucket] += decay * totals[bucket - 1]
    return totals.transpose(1, 2, 0)
