"""The course of a story: how many posts an hour there were, hour by hour, as a picture shows it.

Each hour is a bucket of the panel: n posts (near-copies once) seen in tau of its hours stand for n/tau posts
an hour. An hour observed too little to speak (`coverage.seen`) has no rate: a gap, never zero. The course
begins 48 h before `now`, or with the hour of the earliest post found. Source: `signals.md` 4.1.

>>> from datetime import UTC
>>> now = datetime(2026, 1, 1, 3, tzinfo=UTC)
>>> panel = Panel.of_counts(np.array([[4.0, 0.0, 0.0]]), np.array([[0.5, 0.0, 1.0]]), now=now)
>>> course_of(panel, 0, earliest=now - 3 * HOUR).rates
(8.0, None, 0.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.signals.log import Log
from core.signals.panel import Panel, build

HOURS = 48
HOUR = timedelta(hours=1)
STEP = timedelta(minutes=10)  # the hour that goes on is drawn up to the next of these


@dataclass(frozen=True)
class Course:
    """H hours of one story; the last one goes on."""

    edges: tuple[datetime, ...]  # H + 1, UTC: where each hour begins, and where the last one ends
    rates: tuple[float | None, ...]  # H, posts an hour; None: not observed
    counted: bool  # by X's own counts, not by samples

    @property
    def observed(self) -> bool:
        """Whether there is anything to show."""
        return any(rate is not None for rate in self.rates)


def course(narrative_id: str, log: Log, *, earliest: datetime, now: datetime) -> Course:
    """The last 48 h of a narrative, or all since its earliest post, as its log tells it.

    Raises `BadInput` for a naive `now`.
    """
    return course_of(build([narrative_id], log, now=now, hours=HOURS), 0, earliest=earliest)


def course_of(panel: Panel, row: int, *, earliest: datetime) -> Course:
    """The hourly buckets of a panel's row from the one that holds `earliest` on, at least the last."""
    before = int((earliest - panel.start) / HOUR)
    first = min(max(before, 0), panel.buckets - 1)
    cells = zip(panel.x[row, first:], panel.seen[row, first:], strict=True)
    begins = [panel.start + hour * HOUR for hour in range(first, panel.buckets)]
    return Course(
        edges=(*begins, _end(begins[-1], panel.now)),
        rates=tuple(float(x) if seen else None for x, seen in cells),
        counted=bool(panel.counted[row]),
    )


def _end(begin: datetime, now: datetime) -> datetime:
    """Of the hour that goes on; one that is a little over still takes the minutes after it."""
    steps = int(np.ceil((now - begin) / STEP))
    return begin + max(steps, 1) * STEP
