"""Pooling: what is usual for narratives like this one, for those too young to say themselves.

Under 48 h of own history a narrative's own past says little, so parameters come from mature
narratives of a similar rate (the same factor-of-two band), from all mature ones where the band is thin, and
from a prior where there are none. Source: `signals.md` 4.0 (warm-up).

>>> rates, mature = np.array([1.0, 1.1, 0.9, 50.0, 1.0]), np.array([True, True, True, True, False])
>>> pooled(np.array([2.0, 3.0, 4.0, 9.0, 0.0]), rates, mature, otherwise=7.0).tolist()
[2.0, 3.0, 4.0, 9.0, 3.0]
"""

from __future__ import annotations

import numpy as np

from core.signals.gamma import Bools, Floats

WARM_HOURS = 48.0  # of buckets seen that make a narrative mature
_BAND = 3  # mature narratives a band needs to speak for itself


def pooled(own: Floats, rates: Floats, mature: Bools, *, otherwise: float) -> Floats:
    """Each mature row's own value; for the others the median of mature rows of similar rate (shape [N])."""
    values = np.where(mature, own, np.median(own[mature]) if mature.any() else otherwise)
    bands = np.rint(np.log2(np.maximum(rates, 1e-3)))
    for band in np.unique(bands[~mature]):
        alike = mature & (bands == band)
        if alike.sum() >= _BAND:
            values[~mature & (bands == band)] = np.median(own[alike])
    return values
