"""The product's surprise on labelled tweet counts, scored by NAB's rule (standard profile).

Every series of the folder is a narrative that was fully observed; at each hour the product measures a panel
of the last 14 days, all series together, with nothing from later. A detection is a new maximum of the
statistic within 24 h (the product's cooldown). `nab_standard`: one threshold, the best for the set (NAB's
convention); `nab_loo`: each series at the threshold that is best for the others.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from core.signals import Panel, measure

FOLDER = "nab_realtweets"
WIDTH = 1.0  # hours per bucket, as in the product
MEMORY = timedelta(days=14)
COOLDOWN_HOURS = 24.0
FALSE_ALARM, FULL_REWARD = 0.11, 0.98661
_STEEP = 5.0


@dataclass(frozen=True)
class Series:
    """Counts at regular times, with the rows [first, last] of each labelled window."""

    name: str
    times: np.ndarray  # seconds
    counts: np.ndarray
    windows: tuple[tuple[int, int], ...]

    @property
    def step(self) -> float:
        """Hours between rows."""
        return float(np.median(np.diff(self.times))) / 3600.0

    @property
    def ignored(self) -> int:
        """Rows before which nothing counts."""
        return min(int(0.15 * len(self.counts)), 750)


@dataclass(frozen=True)
class Marks:
    """Detections of one series in time order: strength, worth, and window (−1: false alarm)."""

    strength: np.ndarray
    worth: np.ndarray
    window: np.ndarray
    windows: int

    def total(self, threshold: float) -> float:
        """NAB's score at a threshold: the first detection of each window, false alarms, −1 for each miss."""
        on = self.strength >= threshold
        false_alarms = float(self.worth[on & (self.window < 0)].sum())
        first = [np.flatnonzero(on & (self.window == w))[:1] for w in range(self.windows)]
        return false_alarms + sum(float(self.worth[f[0]]) if len(f) else -1.0 for f in first)


def figures(data: Path) -> dict[str, float]:
    """`nab_standard` and `nab_loo` in points (0 silence, 100 perfect); nothing where the data are absent."""
    found = load(data / FOLDER)
    if not found:
        print(f"skipped: no labelled series in {data / FOLDER}")
        return {}
    marks = [detections(s, a) for s, a in zip(found, surprises(found), strict=True)]
    thresholds = np.unique(np.concatenate([[np.inf], *(m.strength for m in marks)]))
    totals = np.array([[m.total(t) for t in thresholds] for m in marks])
    windows = sum(m.windows for m in marks)
    left_out = (totals[i, np.delete(totals, i, axis=0).sum(0).argmax()] for i in range(len(marks)))
    return {
        "nab_standard": normalised(totals.sum(0).max(), windows),
        "nab_loo": normalised(sum(left_out), windows),
    }


def normalised(total: float, windows: int) -> float:
    """100·(S − S_null)/(S_perfect − S_null): silence scores −1 a window, perfection 1."""
    return 100.0 * (float(total) + windows) / (2.0 * windows)


def load(folder: Path) -> list[Series]:
    """Every labelled series of the folder, whatever it is called."""
    labels = folder / "combined_windows.json"
    if not labels.exists():
        return []
    files = {path.name: path for path in folder.rglob("*.csv")}
    labelled = json.loads(labels.read_text())
    return [
        _series(files[Path(key).name], windows)
        for key, windows in sorted(labelled.items())
        if Path(key).name in files
    ]


def _series(path: Path, windows: Sequence[Sequence[str]]) -> Series:
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    times = np.array([_seconds(row["timestamp"]) for row in rows])
    counts = np.array([float(row["value"]) for row in rows])
    spans = [np.searchsorted(times, [_seconds(a), _seconds(b)], side="left") for a, b in windows]
    last = len(times) - 1
    return Series(path.stem, times, counts, tuple((int(a), min(int(b), last)) for a, b in spans))


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def bucketed(series: Series, begin: float, end: float, width: float) -> np.ndarray:
    """Counts per bucket of `width` hours between two times, NaN where the series has no row."""
    edges = np.arange(begin, end + 1.0, 3600.0 * width)
    rows = np.histogram(series.times, edges)[0]
    return np.where(rows > 0, np.histogram(series.times, edges, weights=series.counts)[0], np.nan)


def surprises(found: Sequence[Series], width: float = WIDTH) -> list[np.ndarray]:
    """The surprise of each series at the end of each bucket, as the product would have said it then."""
    begin = min(s.times[0] for s in found) // 3600 * 3600
    end = max(s.times[-1] for s in found)
    n = np.array([bucketed(s, begin, end, width) for s in found])
    seen = np.where(np.isnan(n), 0.0, width)
    n = np.nan_to_num(n)
    memory = round(MEMORY / timedelta(hours=width))
    a = np.zeros(n.shape)
    for t in range(1, n.shape[1]):
        last = slice(max(t + 1 - memory, 0), t + 1)
        now = datetime.fromtimestamp(begin, UTC) + timedelta(hours=width * (t + 1))
        a[:, t] = measure(Panel.of_counts(n[:, last], seen[:, last], now=now, width=width)).surprise
    return [_by_row(s, row, begin, width) for s, row in zip(found, a, strict=True)]


def _by_row(series: Series, a: np.ndarray, begin: float, width: float) -> np.ndarray:
    """A bucket's statistic at the last row it holds, 0 at the others."""
    bucket = ((series.times - begin) // (3600.0 * width)).astype(int)
    ends = np.append(bucket[1:] != bucket[:-1], False) & (bucket < len(a))
    return np.where(ends, a[np.minimum(bucket, len(a) - 1)], 0.0)


def detections(series: Series, strength: np.ndarray) -> Marks:
    """The new 24 h maxima of the statistic after the ignored rows, each with what NAB pays for it."""
    reach = round(COOLDOWN_HOURS / series.step)
    rows = [
        i
        for i in np.flatnonzero(strength > 0.0)
        if strength[i] > strength[max(i - reach, 0) : i].max(initial=0.0)
    ]
    counted = np.array([i for i in rows if i >= series.ignored], dtype=int)
    paid = [_worth(series.windows, int(i)) for i in counted]
    worth, window = np.array(paid).reshape(-1, 2).T
    return Marks(strength[counted], worth, window.astype(int), len(series.windows))


def _worth(windows: Sequence[tuple[int, int]], row: int) -> tuple[float, int]:
    """What a detection at this row is worth, and in which window it lies (−1: none)."""
    for number, (first, last) in enumerate(windows):
        if first <= row <= last:
            position = -(last - row + 1) / (last - first + 1)
            return _sigmoid(position) / FULL_REWARD, number
    before = [(first, last) for first, last in windows if last < row]
    if not before:
        return -FALSE_ALARM, -1
    first, last = max(before, key=lambda w: w[1])
    distance = (row - last) / (last - first)
    return FALSE_ALARM * (_sigmoid(distance) if distance <= 3.0 else -1.0), -1


def _sigmoid(position: float) -> float:
    return 2.0 / (1.0 + float(np.exp(_STEEP * position))) - 1.0
