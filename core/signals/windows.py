"""Windows: how the last 1 h, 4 h, 24 h, 7 d or 30 d compare with the time before them ("4.2× usual").

ratio = e^g of the rate in W to the rate in the max(3W, 14 d) before it, with the Gamma shrinkage of
`momentum.py`: the rate before starts from 2 posts at the pooled rate. 1.0 is usual. confidence = coverage of
W · P(the ratio is within × 1.5 of the truth). A panel shorter than a window shows as coverage. Narratives
without polls of their own in W compare their share of discovery posts. Source: `signals.md` 4.0 (windows).

>>> [before(hours) for hours in (24, 168)]
[336.0, 504.0]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.models import WINDOWS
from core.models import Window as Name
from core.signals.baseline import PRIOR
from core.signals.coverage import coverage
from core.signals.gamma import Bools, Floats, within_factor
from core.signals.mindshare import heard, shared
from core.signals.momentum import Evidence, log_ratio
from core.signals.panel import Panel

_LEAST_BEFORE = 336.0  # hours


@dataclass(frozen=True)
class Comparison:
    """One window of every narrative [N]."""

    ratio: Floats
    confidence: Floats
    coverage: Floats


def before(hours: float) -> float:
    """Hours of comparison in front of a window."""
    return max(3.0 * hours, _LEAST_BEFORE)


def compare(panel: Panel, profile: Floats, prior: Floats) -> dict[Name, Comparison]:
    """All windows, given the hour-of-day profile [24] and the pooled rate [N] (`baseline.py`)."""
    exposure = panel.ok * (profile * panel.width)[panel.hod]
    listened = heard(panel)
    return {name: _one(panel, exposure, listened, prior, float(hours)) for name, hours in WINDOWS.items()}


def nothing(narratives: int) -> dict[Name, Comparison]:
    """What is said where windows could not be compared: as usual, without confidence."""
    none = np.zeros(narratives)
    return dict.fromkeys(WINDOWS, Comparison(np.ones(narratives), none, none))


def _one(panel: Panel, exposure: Floats, listened: Bools, prior: Floats, hours: float) -> Comparison:
    window = panel.window(hours)
    columns = slice(window.first, None)
    own = coverage(panel.seen[:, columns], window.weights, window.buckets)
    by_share = coverage(listened[:, columns], window.weights, window.buckets)
    polled = own > 0.0
    share = shared(panel, hours, past_hours=before(hours), gap=hours)
    g, variance = log_ratio(_rates(panel, exposure, prior, hours).where(polled, share))
    covered = np.where(polled, own, by_share)
    ratio = np.where(covered > 0.0, np.exp(g), 1.0)
    return Comparison(ratio, covered * within_factor(variance), covered)


def _rates(panel: Panel, exposure: Floats, prior: Floats, hours: float) -> Evidence:
    """The window's posts against the rate before it."""
    now, past = panel.window(hours), panel.window(before(hours), before=hours)
    recent, earlier = slice(now.first, None), slice(past.first, None)
    posts = panel.x[:, earlier] @ past.weights + PRIOR
    spread = panel.v[:, earlier] @ past.weights**2 + PRIOR
    return Evidence(
        x=panel.x[:, recent] @ now.weights,
        v=panel.v[:, recent] @ now.weights**2,
        exposure=exposure[:, recent] @ now.weights,
        rate=posts / (exposure[:, earlier] @ past.weights + PRIOR / prior),
        information=np.maximum(posts * posts / spread, 1.0),
    )
