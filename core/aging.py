"""Aging: a picture of a while ago is shown, and trusted less the older it is.

Up to two intervals old it counts as new; from then on every confidence halves each 6 h. Values stay as they
were measured.

>>> round(share(timedelta(hours=8), every=timedelta(hours=1)), 2)
0.5
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.models import Score, Signal

HALF = timedelta(hours=6)
INTERVALS = 2


def share(age: timedelta, *, every: timedelta) -> float:
    """What is left of a confidence, in (0, 1], `age` after the data ends; `every` is the usual interval."""
    overdue = max(timedelta(0), age - INTERVALS * every)
    return float(0.5 ** (overdue / HALF))


def aged(score: Score, left: float) -> Score:
    """The score with that share of all its confidences."""
    signals = {name: _aged(value, left) for name, value in score if isinstance(value, Signal)}
    changes = {
        window: change.model_copy(update={"confidence": change.confidence * left})
        for window, change in score.changes.items()
    }
    found = score.coordination
    coordination = found and found.model_copy(update={"confidence": found.confidence * left})
    return score.model_copy(update={**signals, "changes": changes, "coordination": coordination})


def _aged(signal: Signal, left: float) -> Signal:
    if signal.confidence is None:
        return signal
    return signal.model_copy(update={"confidence": signal.confidence * left})


def data_age(data_until: datetime | None, now: datetime) -> timedelta:
    """How long ago X was last really seen; no time at all where it never was."""
    return now - data_until if data_until is not None else timedelta(0)
