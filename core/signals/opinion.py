"""Opinion: what one post holds of its subject, and how much that weighs.

Stance s in [−1, 1] as Grok reads the post, else the lexicon's; NaN where neither tells any. Weight
w = min(1 + ln(1 + likes + 2·reposts), 5), 1 where the engagement is not known, halved where Grok and the
lexicon are more than 1.2 apart: one of them misread the post. Source: `signals.md` 4.5.

>>> grok, lexicon, engagement = np.array([[0.9, np.nan, 0.9], [0.8, 0.5, -0.6], [np.nan, 10.0, 0.0]])
>>> stance, weight = settled(grok, lexicon, engagement)
>>> stance.tolist(), weight.round(2).tolist()
([0.9, 0.5, 0.9], [1.0, 3.4, 0.5])
"""

from __future__ import annotations

import numpy as np

from core.signals.gamma import Floats

APART = 1.2
HEAVIEST = 5.0


def settled(grok: Floats, lexicon: Floats, engagement: Floats) -> tuple[Floats, Floats]:
    """Stance and weight of each post; NaN in any of the three stands for unknown."""
    heard = np.nan_to_num(engagement, nan=0.0)
    weight = np.minimum(1.0 + np.log1p(heard), HEAVIEST)
    doubtful = np.abs(grok - lexicon) > APART  # never where one of them is unknown
    return np.where(np.isnan(grok), lexicon, grok), np.where(doubtful, 0.5, 1.0) * weight
