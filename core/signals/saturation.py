"""Saturation: has a narrative reached all it can reach? Its share now among its own shares of 30 days.

share = (h + ½)/(M + 1) of the discovery posts of 24 h (`mindshare.py`), read at every hour of the last 30
days in which discovery heard anything, from the narrative's first post on. saturation = (hours with a lower
share + half of those with the same)/hours, in [0, 1]; n = those hours. Below a day of them it says nothing
(0.5). It is a rank, not an estimate: no confidence. A narrative is *late* when saturation is above 0.95,
its talk shrinks (R < 1) and fewer new voices join per hour observed than on the day before. Source:
`signals.md` 4.0.

>>> rising, universe = np.arange(1.0, 101.0)[None, :], np.full(100, 1000.0)
>>> [round(float(percentile(found, universe, 24)[0][0]), 2) for found in (rising, rising[:, ::-1])]
[0.99, 0.01]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.models import Mention
from core.signals.gamma import Floats
from core.signals.mindshare import share
from core.signals.panel import Panel

LATE = 0.95
_MEMORY_HOURS, _SHARE_HOURS = 720.0, 24.0
LEAST_HOURS = 24
_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Saturation:
    """One element per narrative."""

    value: Floats
    hours: Floats  # own hours it is compared with


def saturation(panel: Panel) -> Saturation:
    """The rank [N] of each share of the last 24 h among those of 30 days."""
    recent = panel.latest(_MEMORY_HOURS)
    return Saturation(*percentile(recent.found, recent.universe, round(_SHARE_HOURS / recent.width)))


def percentile(found: Floats, universe: Floats, span: int) -> tuple[Floats, Floats]:
    """Rank of the last share and the hours it rests on, from finds [N, T] among all [T] in `span` buckets."""
    total, heard = np.cumsum(found, axis=1), _last(np.cumsum(universe), span)
    shares = share(_last(total, span), heard)
    own = (total > 0.0) & (heard > 0.0)
    hours = own.sum(1)
    now = shares[:, -1:]
    below, not_above = ((own & (shares <= now + margin)).sum(1) for margin in (-1e-12, 1e-12))
    rank = 0.5 * (below + not_above) / np.maximum(hours, 1)
    return np.where(hours >= LEAST_HOURS, rank, 0.5), hours.astype(float)


def _last(total: Floats, span: int) -> Floats:
    """Sums of the last `span` buckets at every bucket (last axis), from those of all until then."""
    sums = total.copy()
    sums[..., span:] -= total[..., :-span]
    return sums


def fewer_join(mentions: Iterable[Mention], now: datetime, exposure: tuple[float, float]) -> bool:
    """Whether fewer voices spoke for the first time, per exposure, in the last day than on the one before.

    `mentions` are all known posts of one narrative; `exposure` what was observed in the last day and in the
    one before. Without either nothing is said to fall.
    """
    first: dict[str, datetime] = {}
    for m in mentions:
        if m.author is not None and m.created_at <= now:
            first[m.author] = min(first.get(m.author, m.created_at), m.created_at)
    joined = sum(at > now - _DAY for at in first.values())
    before = sum(now - 2 * _DAY < at <= now - _DAY for at in first.values())
    recent, past = exposure
    return recent > 0.0 and past > 0.0 and joined / recent < before / past
