"""Mindshare: a narrative's share of all discovery posts, and its momentum where it has no polls of its own.

Of M discovery posts h are the narrative's: share = (h + ½)/(M + 1). For a narrative without refresh coverage
the discovery posts of a bucket are its exposure and its past share is its usual rate, known from h + ½ posts,
so the arithmetic of `momentum.py` holds unchanged. Unit: share of posts, in [0, 1]. The share's posterior is
Beta(h + ½, M − h + ½): low and high are its 80 % interval, confidence is its mass within × 1.5 of the share.
Source: `signals.md` 4.0, 4.1.

>>> share(np.array([0.0, 9.0]), np.array([99.0])).tolist()
[0.005, 0.095]
>>> [round(float(part[0]), 3) for part in interval(np.array([9.0]), np.array([99.0]))]
[0.06, 0.134]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.signals.baseline import GAP
from core.signals.gamma import Bools, Floats
from core.signals.momentum import Evidence
from core.signals.panel import Panel

_TAIL = 0.1  # on either side of the interval
_FACTOR = 1.5


@dataclass(frozen=True)
class Mindshare:
    """One element per narrative."""

    value: Floats
    low: Floats
    high: Floats
    confidence: Floats
    universe: Floats  # all discovery posts of the time


def share(found: Floats, universe: Floats) -> Floats:
    """(h + ½)/(M + 1), element by element."""
    value: Floats = (found + 0.5) / (universe + 1.0)
    return value


def mindshare(panel: Panel, hours: float) -> Mindshare:
    """Share [N] of the discovery posts of the last `hours`; none heard gives (0.5, 0)."""
    window = panel.window(hours)
    columns = slice(window.first, None)
    found = panel.found[:, columns] @ window.weights
    universe = np.full(len(found), float(panel.universe[columns] @ window.weights))
    value = share(found, universe)
    low, high = interval(found, universe)
    confidence = np.where(universe > 0.0, _within(found, universe, value), 0.0)
    return Mindshare(value, low, high, confidence, universe)


def interval(found: Floats, universe: Floats) -> tuple[Floats, Floats]:
    """The 80 % interval of a share."""
    from scipy.special import betaincinv  # noqa: PLC0415 — the sender never needs it

    a, b = _shape(found, universe)
    return betaincinv(a, b, _TAIL), betaincinv(a, b, 1.0 - _TAIL)


def _within(found: Floats, universe: Floats, value: Floats) -> Floats:
    from scipy.special import betainc  # noqa: PLC0415 — the sender never needs it

    a, b = _shape(found, universe)
    mass: Floats = betainc(a, b, np.minimum(value * _FACTOR, 1.0)) - betainc(a, b, value / _FACTOR)
    return np.clip(mass, 0.0, 1.0)


def _shape(found: Floats, universe: Floats) -> tuple[Floats, Floats]:
    return found + 0.5, np.maximum(universe - found, 0.0) + 0.5


def shared(panel: Panel, hours: float, *, past_hours: float | None = None, gap: float = GAP) -> Evidence:
    """The last `hours` against the `past_hours` that end `gap` hours before now (all of it if None)."""
    now, past = panel.window(hours), panel.window(past_hours or panel.buckets * panel.width, before=gap)
    recent, before = slice(now.first, None), slice(past.first, None)
    x = panel.found[:, recent] @ now.weights
    h = panel.found[:, before] @ past.weights
    usual = share(h, np.asarray(panel.universe[before] @ past.weights))
    exposure = np.full(len(x), float(panel.universe[recent] @ now.weights))
    return Evidence(x=x, v=x, exposure=exposure, rate=usual, information=np.maximum(h + 0.5, 1.0))


def heard(panel: Panel) -> Bools:
    """Buckets [N, T] that were listened to: those with any discovery post."""
    return np.broadcast_to(panel.universe > 0.0, panel.n.shape)
