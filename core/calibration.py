"""Confidence learnt from outcomes: how often was what we were this sure of followed by a hit?

Below 200 graded alerts the measured confidence stands as it is. From there Platt's sigmoid over its log-odds
(Platt 1999, with his smoothed targets, so that a class that never occurred is not taken for impossible), from
1,000 a monotone step-wise fit (isotonic regression needs that many). Learnt from the confidence as it was
measured, never from one that was calibrated; applied to what people are shown. The alerts' own gate keeps to
the measured one: what is never told is never graded, so a gate that learns could not open again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isfinite, log

import numpy as np

from core.models import Calibration

PLATT, ISOTONIC = 200, 1000  # graded alerts from which each is fitted
_EDGE = 1e-3  # log-odds are taken within [edge, 1 − edge]

Pairs = Sequence[tuple[float, bool]]  # confidence as measured, hit


def fit(pairs: Pairs, at: datetime) -> Calibration:
    """The best that so many outcomes allow; the order of `pairs` changes nothing."""
    ordered = sorted(pairs)
    if len(ordered) < PLATT:
        return Calibration(n=len(ordered), at=at)
    return _platt(ordered, at) if len(ordered) < ISOTONIC else _isotonic(ordered, at)


def _platt(pairs: Pairs, at: datetime) -> Calibration:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 — heavy, and the sender never fits

    hits = sum(hit for _, hit in pairs)
    high, low = (hits + 1) / (hits + 2), 1 / (len(pairs) - hits + 2)
    x = np.array([[_logit(confidence)] for confidence, _ in pairs])
    target = np.array([high if hit else low for _, hit in pairs])
    model = LogisticRegression(C=1e6)
    model.fit(
        np.concatenate([x, x]),
        np.repeat([1, 0], len(pairs)),
        sample_weight=np.concatenate([target, 1.0 - target]),
    )
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope < 0.0 or not isfinite(slope):  # it told nothing: then everything is as likely as all together
        slope, intercept = 0.0, _logit(float(target.mean()))
    return Calibration(method="platt", n=len(pairs), at=at, slope=slope, intercept=intercept)


def _isotonic(pairs: Pairs, at: datetime) -> Calibration:
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 — as above

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit([confidence for confidence, _ in pairs], [float(hit) for _, hit in pairs])
    knots = tuple(
        (min(max(float(x), 0.0), 1.0), min(max(float(y), 0.0), 1.0))
        for x, y in zip(model.X_thresholds_, model.y_thresholds_, strict=True)
    )
    return Calibration(method="isotonic", n=len(pairs), at=at, knots=knots)


def calibrated(calibration: Calibration, confidence: float | None) -> float | None:
    """A measured confidence as it is shown; what has none keeps none.

    >>> calibrated(Calibration(method="platt", n=200, slope=0.0, intercept=0.0), 0.9)
    0.5
    """
    if confidence is None or calibration.method == "identity":
        return confidence
    if calibration.method == "platt":
        from scipy.special import expit  # noqa: PLC0415 — the sender never needs it

        return float(expit(calibration.slope * _logit(confidence) + calibration.intercept))
    x, y = zip(*calibration.knots, strict=True)
    return float(np.interp(confidence, x, y))


def brier(pairs: Pairs) -> float | None:
    """Mean squared difference between confidence and outcome (Brier 1950): 0 is best; None without any."""
    if not pairs:
        return None
    return sum((confidence - hit) ** 2 for confidence, hit in pairs) / len(pairs)


def _logit(confidence: float) -> float:
    within = min(max(confidence, _EDGE), 1.0 - _EDGE)
    return log(within / (1.0 - within))
