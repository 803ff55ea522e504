"""Sentiment: the mean stance of the last 6 h, shrunk to the narrative's own week.

Stances s in [−1, 1] and weights w as in `opinion.py`, one voice an author as in `tally.py`. With
n = (Σw)²/Σw²: ŝ = (n·mean + 4·½·mean₇d)/(n + 4), value = (1 + ŝ)/2 in [0, 1], confidence =
n/(n + 4)·P(|error of ŝ| ≤ 0.2). disagreement = weighted standard deviation of s, in [0, 1]; above 0.8
opinions are polarised. No voices: the week's value with confidence 0.
Source: `signals.md` 4.5.

>>> value, confidence, spread = shrunk(np.array([20.0]), np.array([20.0]), np.array([20.0]), np.zeros(1))
>>> value.round(2).tolist(), bool(confidence[0] > 0.5), spread.tolist()
([0.92], True, [0.0])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.signals.gamma import Floats
from core.signals.panel import Panel

HOURS, WEEK = 6.0, 168.0
_PRIOR = 4.0  # voices
_PRIOR_SD = 0.6
_CLOSE = 0.2  # error of the mean stance that still counts as right


@dataclass(frozen=True)
class Sentiment:
    """One element per narrative."""

    value: Floats
    confidence: Floats
    disagreement: Floats
    voices: Floats  # effective number: (Σw)²/Σw²


def effective(w: Floats, squares: Floats) -> Floats:
    """How many equal voices say as much, from Σ w and Σ w²."""
    return np.divide(w * w, squares, out=np.zeros_like(w), where=squares > 0.0)


def shrunk(
    s: Floats, w: Floats, ss: Floats, week: Floats, w2: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Value, confidence and disagreement from Σ w·s, Σ w, Σ w·s², the week's mean stance, and Σ w²."""
    from scipy.special import erf  # noqa: PLC0415 — the sender never needs it

    squares = w if w2 is None else w2
    n = effective(w, squares)
    mean = np.divide(s, w, out=np.zeros_like(w), where=w > 0.0)
    spread = np.maximum(np.divide(ss, w, out=np.zeros_like(w), where=w > 0.0) - mean**2, 0.0)
    stance = (n * mean + _PRIOR * 0.5 * week) / (n + _PRIOR)
    error = np.sqrt((n * spread + _PRIOR * _PRIOR_SD**2) / (n + _PRIOR) / (n + _PRIOR))
    confidence = n / (n + _PRIOR) * erf(_CLOSE / (np.sqrt(2.0) * error))
    return np.clip((1.0 + stance) / 2.0, 0.0, 1.0), confidence, np.sqrt(spread)


def sentiment(panel: Panel) -> Sentiment:
    """The last 6 h of every narrative."""
    now, week = panel.window(HOURS), panel.window(WEEK)
    recent, w = slice(now.first, None), now.weights
    talk = panel.W[:, week.first :] @ week.weights
    usual = np.divide(
        panel.S[:, week.first :] @ week.weights, talk, out=np.zeros_like(talk), where=talk > 0.0
    )
    weight, squares = panel.W[:, recent] @ w, panel.W2[:, recent] @ (w * w)
    value, confidence, disagreement = shrunk(
        panel.S[:, recent] @ w, weight, panel.SS[:, recent] @ w, usual, squares
    )
    return Sentiment(value, confidence, disagreement, effective(weight, squares))
