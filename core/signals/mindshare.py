"""Mindshare: a narrative's share of all discovery posts, and its momentum where it has no polls of its own.

Of M discovery posts h are the narrative's: share = (h + ½)/(M + 1). For a narrative without refresh coverage
the discovery posts of a bucket are its exposure and its past share is its usual rate, known from h + ½ posts,
so the arithmetic of `momentum.py` holds unchanged. Unit: share of posts, in [0, 1]. Source: `signals.md` 4.0,
4.1.

>>> share(np.array([0.0, 9.0]), np.array([99.0])).tolist()
[0.005, 0.095]
"""

from __future__ import annotations

import numpy as np

from core.signals.baseline import GAP
from core.signals.gamma import Floats
from core.signals.momentum import Evidence
from core.signals.panel import Panel


def share(found: Floats, universe: Floats) -> Floats:
    """(h + ½)/(M + 1), element by element."""
    value: Floats = (found + 0.5) / (universe + 1.0)
    return value


def share_of_voice(panel: Panel, hours: float) -> Floats:
    """Share [N] of the discovery posts of the last `hours`."""
    window = panel.window(hours)
    columns = slice(window.first, None)
    return share(panel.found[:, columns] @ window.weights, panel.universe[columns] @ window.weights)


def shared(panel: Panel, hours: float, *, past_hours: float | None = None, gap: float = GAP) -> Evidence:
    """The last `hours` against the `past_hours` that end `gap` hours before now (all of it if None)."""
    now, past = panel.window(hours), panel.window(past_hours or panel.buckets * panel.width, before=gap)
    recent, before = slice(now.first, None), slice(past.first, None)
    x = panel.found[:, recent] @ now.weights
    h = panel.found[:, before] @ past.weights
    usual = share(h, np.asarray(panel.universe[before] @ past.weights))
    exposure = np.full(len(x), float(panel.universe[recent] @ now.weights))
    return Evidence(x=x, v=x, exposure=exposure, rate=usual, information=np.maximum(h + 0.5, 1.0))


def heard(panel: Panel) -> Floats:
    """Hours [N, T] as if observed: a bucket with any discovery post was listened to."""
    listened = np.where(panel.universe > 0.0, panel.width, 0.0)
    return np.broadcast_to(listened, panel.n.shape)
