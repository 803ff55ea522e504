"""Phases: where a narrative stands between quiet and fading, and why it does not flicker.

With ratio = current over usual rate, z = g/√(var g + 0.05), R the reproduction number and the peak ratio
halved every 24 h, one cycle alone points at: accelerating (R > 1.15, ratio ≥ 3, z ≥ 1), emerging (R > 1.15, z
≥ 2), fading (R < 0.9 and ratio below 0.7 of a peak that still counts, or was hot and z < 1), peaking (ratio ≥
3, or was hot), quiet (z < 1 or ratio < 1.3). What fits none stays as it was. Where R could not be told, z ≥ 2
is emerging, no more. A phase changes when two cycles in a row point at the same one; into accelerating at
once, and a narrative seen for the first time takes what it finds. A cycle in which nothing was observed
changes nothing, and what is quiet has nothing to fade from. On restless talk without a story that makes fewer
than one change a narrative and day (`test_phases_on_noise.py`). Source: `signals.md` 4.7.

>>> calm = Reading(ratio=1.0, z=0.0, reproduction=1.0, observed=True)
>>> pointed_at(calm, Phase.QUIET, peak=0.0).value
'quiet'
>>> pointed_at(Reading(ratio=5.0, z=4.0, reproduction=1.6, observed=True), Phase.QUIET, peak=0.0).value
'accelerating'
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from core.models import Phase, Score

PEAK_HALF_LIFE = timedelta(hours=24)
_HOT = (Phase.ACCELERATING, Phase.PEAKING)
_GROWING, _SHRINKING = 1.15, 0.9  # R
_HIGH, _USUAL = 3.0, 1.3  # ratio
_OFF_PEAK = 0.7


class Reading(NamedTuple):
    """What one cycle measured of a narrative."""

    ratio: float
    z: float
    reproduction: float | None  # None: not enough observed to tell
    observed: bool


class Standing(NamedTuple):
    """A narrative's phase after a cycle, with what the next cycle needs to know."""

    phase: Phase
    since: datetime
    leaning: Phase
    peak_ratio: float


def stand(reading: Reading, previous: Score | None, *, now: datetime) -> Standing:
    """The phase after this cycle, from the last cycle's score; None: first seen, there is nothing to hold."""
    phase, leaning, since = (
        (previous.phase, previous.leaning, previous.phase_since) if previous else (Phase.QUIET, None, now)
    )
    peak = _decayed(previous, now)
    if not reading.observed:
        return Standing(phase, since, leaning or phase, peak)
    points = pointed_at(reading, phase, peak=peak)
    agreed = previous is None or points == leaning or points is Phase.ACCELERATING
    if agreed and points != phase:
        phase, since = points, now
    return Standing(phase, since, points, max(peak, reading.ratio))


def pointed_at(reading: Reading, phase: Phase, *, peak: float) -> Phase:
    """What this cycle alone points at, from `phase` and the decayed peak ratio."""
    ratio, z, r, _ = reading
    if r is None:
        return Phase.EMERGING if z >= 2.0 else _settled(reading, phase)
    if r > _GROWING and ratio >= _HIGH and z >= 1.0:
        return Phase.ACCELERATING
    if r > _GROWING and z >= 2.0:
        return Phase.EMERGING
    if phase is not Phase.QUIET and _fades(reading, r, phase, peak):
        return Phase.FADING
    if (ratio >= _HIGH and z >= 1.0) or phase in _HOT:
        return Phase.PEAKING
    return _settled(reading, phase)


def _settled(reading: Reading, phase: Phase) -> Phase:
    return Phase.QUIET if reading.z < 1.0 or reading.ratio < _USUAL else phase


def _fades(reading: Reading, r: float, phase: Phase, peak: float) -> bool:
    """Falling well below a peak that still stands out, or no longer unusual after having been hot."""
    off_peak = reading.ratio < _OFF_PEAK * peak and _OFF_PEAK * peak > _USUAL
    return (r < _SHRINKING and off_peak) or (phase in _HOT and reading.z < 1.0)


def _decayed(previous: Score | None, now: datetime) -> float:
    if previous is None:
        return 0.0
    age = max(now - previous.as_of, timedelta(0))
    return float(previous.peak_ratio * 0.5 ** (age / PEAK_HALF_LIFE))
