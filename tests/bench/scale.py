"""How scoring grows: 10,000 and 100,000 narratives × 7 days of hours, in chunks so that memory is bounded."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from statistics import median

import numpy as np

from core.signals import Panel, measure
from tests.bench.score import HOURS, NOW, POSTS

CHUNK = 5_000
RUNS = 3


def figures() -> dict[str, float]:
    """Seconds from counts and exposures to all measures, how linear that is, and the peak memory in MiB."""
    small = median(seconds(10_000) for _ in range(RUNS))
    large = seconds(100_000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "score_10000_hourly_s": small,
        "score_100000_hourly_s": large,
        "score_100000_over_10_times_10000": large / (10 * small),
        "score_peak_rss_mib": peak,
    }


def seconds(narratives: int) -> float:
    """Time spent on scoring; making the counts up is not counted."""
    took, scored = 0.0, 0
    for n, tau in chunks(narratives, np.random.default_rng(20261120)):
        begin = time.perf_counter()
        measures = measure(Panel.of_counts(n, tau, now=NOW))
        took += time.perf_counter() - begin
        scored += len(measures.surprise)
    assert scored == narratives
    return took


def chunks(narratives: int, chance: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """100 posts each; 3 % of the hours unobserved, a quarter observed by half."""
    for _ in range(narratives // CHUNK):
        luck = chance.random((CHUNK, HOURS))
        tau = np.where(luck < 0.03, 0.0, np.where(luck < 0.3, 0.5, 1.0))
        tau[:, -1] *= 0.5  # the running hour is half over
        yield chance.poisson(POSTS / HOURS * tau).astype(float), tau
