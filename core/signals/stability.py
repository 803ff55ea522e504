"""Stability: for how long a narrative has kept people talking, hour after hour.

lasting = the longest stretch of hours that ends now, no longer than the narrative is known, in which posts
were found in at least half of the hours looked at. Unit: hours, ≥ 0. An hour nobody looked at is left out:
it is no silence. Below 6 h a narrative is a flash, below 48 h fresh, below 14 d persistent, from there on
durable. It is a count, not an estimate: no confidence. Source: `signals.md` 4.0 (stability).

>>> hours = np.ones((1, 30))
>>> talk = np.where(np.arange(30) >= 20, 1.0, 0.0)[None, :]
>>> [int(lasting(talk, hours, np.array([known]), 1.0)[0]) for known in (30.0, 4.0)]
[20, 4]
>>> kind(20.0).value
'fresh'
"""

from __future__ import annotations

import numpy as np

from core.models import Stability
from core.signals.gamma import Floats
from core.signals.panel import Panel

FRESH, PERSISTENT, DURABLE = 6.0, 48.0, 336.0  # hours from which it is called so
MEMORY_HOURS = DURABLE + 24.0  # of the panel; what lasts longer is durable all the same


def stability(panel: Panel, known_hours: Floats) -> Floats:
    """Hours [N] of lasting talk; `known_hours` [N] since each narrative was first seen."""
    recent = panel.latest(MEMORY_HOURS)
    talk = recent.n + recent.found
    listened = (recent.ok | (recent.universe > 0.0)[None, :]).astype(float)
    return lasting(talk, listened, known_hours, recent.width)


def lasting(talk: Floats, listened: Floats, known_hours: Floats, width: float) -> Floats:
    """Hours [N] from posts and hours looked at, both [N, T] with the newest bucket last."""
    looked_at = listened > 0.0
    active = np.cumsum(((talk > 0.0) & looked_at)[:, ::-1], axis=1, dtype=np.int32)
    looked = np.cumsum(looked_at[:, ::-1], axis=1, dtype=np.int32)
    held = (2 * active >= looked) & (active > 0)
    farthest = talk.shape[1] - held[:, ::-1].argmax(1)
    longest: Floats = np.where(held.any(1), farthest * width, 0.0)
    return np.minimum(longest, np.ceil(known_hours))


def kind(hours: float) -> Stability:
    """What so many hours of talk are called."""
    if hours < FRESH:
        return Stability.FLASH
    if hours < PERSISTENT:
        return Stability.FRESH
    return Stability.PERSISTENT if hours < DURABLE else Stability.DURABLE
