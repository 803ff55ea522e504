"""Does the ranking see what comes? Against the field's formula, on the labelled tweet counts.

Every hour of every series is an item, "at least twice the usual volume in the next 3 h" what is to be found
(`volumes.py`), average precision (AP) the measure. Ours: the product's points of the hour (`points.py`,
one breadth for all). The field's: HypeScore = (v − v14)·v·log₁₀(u)/(1 + v14), with v the share of the last
24 h of all messages, v14 its mean over 14 days and u the unique users (Santiment, `signals.md` 1). The counts
have no authors, so u is the number of posts: as if each were by another one. Both see every post.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from core.points import parts, total
from tests.eval.nab import FOLDER, load
from tests.eval.volumes import Volumes

DAY, FORTNIGHT = 24, 336  # hours


def figures(data: Path) -> dict[str, float]:
    """`rank_ap`, `rank_ap_hype`, their ratio, and the base rate; nothing where the data are absent."""
    found = load(data / FOLDER)
    if not found:
        print(f"skipped: no labelled series in {data / FOLDER}")
        return {}
    truth = Volumes.of(found)
    ours = np.vectorize(lambda g, variance: total(parts(g, variance, 1.0)))(truth.g, truth.variance)
    rises = judged(truth, truth.rises)
    ap, hyped = (float(average_precision_score(rises, judged(truth, s))) for s in (ours, hype(truth.counts)))
    return {
        "rank_ap_ratio": ap / hyped,
        "rank_ap": ap,
        "rank_ap_hype": hyped,
        "rank_base_rate": float(rises.mean()),
    }


def judged(truth: Volumes, values: np.ndarray) -> np.ndarray:
    """The values [N, T] of the hours that count, in one line."""
    return np.concatenate([values[i, truth.judged(i)] for i in range(len(values))])


def hype(counts: np.ndarray) -> np.ndarray:
    """The field's score of every hour, from hourly posts [N, T]."""
    day = trailing(counts, DAY)
    share = day / np.maximum(day.sum(0), 1.0)
    usual = trailing(share, FORTNIGHT) / np.minimum(np.arange(counts.shape[1]) + 1.0, FORTNIGHT)
    return (share - usual) * share * np.log10(np.maximum(day, 1.0)) / (1.0 + usual)


def trailing(values: np.ndarray, hours: int) -> np.ndarray:
    """The sum of the last hours at each hour."""
    total = np.cumsum(values, axis=1)
    total[:, hours:] = total[:, hours:] - total[:, :-hours]
    return total
