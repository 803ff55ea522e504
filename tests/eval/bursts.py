"""Which labelled bursts are alerted when only the newest K posts are seen, and what an alert is worth.

Protocol (`signals.md` 2.2, 4.8, 4.12), on the hourly polls of `polling.py`: a narrative alerts when its
surprise reaches θ and no alert went out in the 24 h before, or when it has grown by 1 since the last one
and an hour has passed (the product's cooldown and escalation; its other gates need posts with authors). A
labelled window is recalled when an alert falls into it; an alert outside every window is false. Nothing
counts in the rows that NAB ignores (62 h). θ is one for all series and seeds of a K: the lowest from which
up false alerts stay at or under half a one per narrative and week (in-sample, as the figures it is compared
with). `*_naive`: the same detector and rule on the number of returned posts, every answered hour taken as
seen in full. `*_full`: all posts are seen.

`alert_continuation`: of the alerts at K = 50 and the product's own θ, those with at least twice the usual
volume in the next 3 h; `…_k10` the same at K = 10. The volume is the true one, the usual is what the product
says at that hour when it sees every post. `alert_base_rate` is the same over all hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from core.alerts.params import AlertParams
from core.signals import Panel, measure
from tests.eval import polling
from tests.eval.nab import FOLDER, load
from tests.eval.volumes import Volumes

LIMITS = (50, 20, 10, 5)
SHARES = {"": 1.0, "tenth_": 0.1}
SEEDS = (1, 2, 3)
CONTINUED = {(1.0, 50): "alert_continuation", (1.0, 10): "alert_continuation_k10"}
PER_WEEK = 0.5  # false alerts per narrative
WEEK = 168.0
THRESHOLDS = np.arange(1.7, 12.0, 0.1)
TRIED = 7  # ways of counting and scoring that were measured on these series before this one was kept
PARAMS = AlertParams()
COOLDOWN, ESCALATES_AFTER = (t / timedelta(hours=1) for t in (PARAMS.cooldown, PARAMS.escalation_after))


@dataclass(frozen=True)
class Watched:
    """One narrative over one run: its surprise at the end of each hour, and what is true of these hours."""

    surprise: np.ndarray  # [T]
    hours: np.ndarray  # [T] ends of the hours, after the beginning
    windows: tuple[tuple[float, float], ...]  # hours
    rises: np.ndarray  # [T] whether the next 3 h bring twice the usual

    @classmethod
    def of(cls, surprise: np.ndarray, truth: Volumes) -> list[Watched]:
        """The narratives of one run, from the surprise of all hours [N, T]."""
        rows = [(n, truth.judged(n)) for n in range(len(surprise))]
        hours = np.arange(surprise.shape[1]) + 1.0
        return [cls(surprise[n, j], hours[j], truth.windows(n), truth.rises[n, j]) for n, j in rows]

    def alerts(self, threshold: float) -> np.ndarray:
        """The rows at which alerts go out."""
        sent: list[int] = []
        for i in np.flatnonzero(self.surprise >= threshold):
            if not sent or self._goes_out(i, sent[-1]):
                sent.append(int(i))
        return np.array(sent, dtype=int)

    def _goes_out(self, i: int, last: int) -> bool:
        waited = self.hours[i] - self.hours[last]
        grown = self.surprise[i] - self.surprise[last] >= PARAMS.escalation
        return bool(waited >= COOLDOWN or (grown and waited >= ESCALATES_AFTER))


@dataclass(frozen=True)
class Outcome:
    """What one threshold brings over narratives and seeds."""

    threshold: float
    recalled: int
    windows: int
    false: int
    weeks: float
    alerts: int
    continued: int

    @classmethod
    def of(cls, watched: Sequence[Watched], threshold: float) -> Outcome:
        recalled = false = alerts = continued = 0
        for one in watched:
            rows = one.alerts(threshold)
            inside = np.array([(one.hours[rows] >= a) & (one.hours[rows] <= b) for a, b in one.windows])
            recalled += int(inside.any(1).sum())
            false += int((~inside.any(0)).sum()) if len(rows) else 0
            alerts, continued = alerts + len(rows), continued + int(one.rises[rows].sum())
        windows = sum(len(one.windows) for one in watched)
        weeks = sum(len(one.hours) for one in watched) / WEEK
        return cls(threshold, recalled, windows, false, weeks, alerts, continued)

    @property
    def recall(self) -> float:
        return self.recalled / max(self.windows, 1)

    @property
    def continuation(self) -> float:
        """Share of the alerts that went on."""
        return self.continued / max(self.alerts, 1)

    @property
    def false_per_week(self) -> float:
        return self.false / self.weeks


def tuned(watched: Sequence[Watched]) -> Outcome:
    """The lowest threshold from which up false alerts are rare enough."""
    best = Outcome.of(watched, float("inf"))
    for threshold in THRESHOLDS[::-1]:
        found = Outcome.of(watched, float(threshold))
        if found.false_per_week > PER_WEEK:
            return best
        best = found
    return best


def figures(data: Path) -> dict[str, float]:
    """Recall per K and volume, and how alerts go on; nothing where the data are absent."""
    found = load(data / FOLDER)
    if not found:
        print(f"skipped: no labelled series in {data / FOLDER}")
        return {}
    truth = Volumes.of(found)
    tasks = [(truth, limit, share, seed) for share in SHARES.values() for limit in LIMITS for seed in SEEDS]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        runs = list(pool.map(_run, tasks))
    told = _full(Watched.of(truth.surprise, truth))
    for name, share in SHARES.items():
        for limit in LIMITS:
            these = [r for t, r in zip(tasks, runs, strict=True) if t[1:3] == (limit, share)]
            own, naive = ([w for run in these for w in run[side]] for side in (0, 1))
            told |= _told(f"{name}k{limit}", own, naive)
            if (share, limit) in CONTINUED:
                told[CONTINUED[share, limit]] = Outcome.of(own, PARAMS.surprise).continuation
    print(f"bursts: {TRIED} ways of counting and scoring were tried on such series")
    return told | {"alert_base_rate": float(np.mean(np.concatenate([one.rises for one in own])))}


def _run(task: tuple[Volumes, int, float, int]) -> tuple[list[Watched], list[Watched]]:
    """One seed of one K and volume: by the product, and by the number of returned posts."""
    truth, limit, share, seed = task
    log = polling.asked(truth.found, limit, np.random.default_rng(seed), share=share)
    own, naive = np.zeros((2, *truth.counts.shape))
    returned, answered = returns(log)
    for t, (_, said) in polling.watched(log):
        last = slice(max(t - polling.MEMORY_HOURS, 0), t)
        plain = measure(Panel.of_counts(returned[:, last], answered[:, last], now=said.as_of))
        own[:, t - 1], naive[:, t - 1] = said.surprise, plain.surprise
    return Watched.of(own, truth), Watched.of(naive, truth)


def returns(log: polling.Log) -> tuple[np.ndarray, np.ndarray]:
    """New posts returned at each hour and whether its poll was answered [N, T]: what a plain count knows."""
    rows = {id_: row for row, id_ in enumerate(log.ids)}
    posts, answered = np.zeros((2, len(rows), log.hours))
    for t in range(log.hours):
        for m in log.mentions[t + 1]:
            posts[rows[m.narrative_id], t] += 1.0
        for p in log.polls[t + 1]:
            answered[rows[p.narrative_id or ""], t] = 1.0
    return posts, answered


def _full(watched: Sequence[Watched]) -> dict[str, float]:
    best = tuned(watched)
    print(_line("full", best, Outcome.of(watched, PARAMS.surprise)))
    return {"burst_recall_full": best.recall}


def _told(name: str, own: Sequence[Watched], naive: Sequence[Watched]) -> dict[str, float]:
    best, plain = tuned(own), tuned(naive)
    print(_line(name, best, Outcome.of(own, PARAMS.surprise), plain))
    return {f"burst_recall_{name}": best.recall, f"burst_recall_{name}_naive": plain.recall}


def _line(name: str, best: Outcome, shipped: Outcome, plain: Outcome | None = None) -> str:
    naive = f" · naive count {plain.recall:.2f}" if plain else ""
    return (
        f"bursts {name:>9}: recall {best.recall:.2f} at θ = {best.threshold:.1f}{naive} · "
        f"{best.continuation:.2f} go on · at the product's θ = {shipped.threshold:.1f} recall "
        f"{shipped.recall:.2f}, {shipped.continuation:.2f} go on, {shipped.false_per_week:.2f} false a week"
    )
