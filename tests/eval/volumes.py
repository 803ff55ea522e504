"""The true hours of labelled tweet counts: what a product that sees every post says, and what came next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from core.signals import Panel, measure
from tests.eval import polling
from tests.eval.nab import MEMORY, Series, bucketed

NEXT = 3  # hours
RISE = 2.0  # times the usual


@dataclass(frozen=True)
class Volumes:
    """All posts of every series by hour; column t ends t + 1 hours after the beginning, in seconds."""

    found: Sequence[Series]
    begin: float
    counts: np.ndarray  # [N, T] posts
    surprise: np.ndarray  # [N, T] and the next two: what the product says at the end of each hour
    g: np.ndarray
    variance: np.ndarray
    coming: np.ndarray  # [N, T] posts of the next 3 h over what is usual then

    @classmethod
    def of(cls, found: Sequence[Series]) -> Volumes:
        begin, hours = polling.span(found)
        n = np.array([bucketed(s, begin, begin + hours * 3600.0, 1.0) for s in found])
        seen, n = np.where(np.isnan(n), 0.0, 1.0), np.nan_to_num(n)
        said = np.zeros((4, *n.shape))
        memory = round(MEMORY / timedelta(hours=1))
        for t in range(1, hours):
            last = slice(max(t + 1 - memory, 0), t + 1)
            now = polling.moment(begin, t + 1)
            told = measure(Panel.of_counts(n[:, last], seen[:, last], now=now))
            day = told.profile[(now.hour + np.arange(NEXT)) % 24].sum()
            said[:, :, t] = told.surprise, told.g, told.variance, told.rate * day
        following = np.array([np.convolve(row, np.ones(NEXT))[NEXT:] for row in n])[:, :hours]
        coming = np.zeros(n.shape)
        coming[:, : following.shape[1]] = following
        return cls(found, begin, n, said[0], said[1], said[2], coming / np.maximum(said[3], 1e-9))

    @property
    def rises(self) -> np.ndarray:
        """Whether the next 3 h bring twice the usual [N, T]."""
        return self.coming >= RISE

    def judged(self, number: int) -> slice:
        """The columns of a series that count: after the rows NAB ignores, with three hours to come."""
        series = self.found[number]
        first = (series.times[series.ignored] - self.begin) // 3600
        last = (series.times[-1] - self.begin) // 3600
        return slice(int(first), int(last) - NEXT)

    def windows(self, number: int) -> tuple[tuple[float, float], ...]:
        """Labelled windows of a series in hours after the beginning."""
        times = self.found[number].times
        return tuple(
            ((times[a] - self.begin) / 3600.0, (times[b] - self.begin) / 3600.0)
            for a, b in self.found[number].windows
        )
