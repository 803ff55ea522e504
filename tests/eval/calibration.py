"""Does confidence keep its word? Simulated polls of a world whose true rates are known.

Narratives with known rates (synthetic ones with days, drifts and bursts; labelled tweet counts scaled to 4,
20 and 80 posts an hour) are asked about every hour; a poll returns the newest K posts of the last 75 minutes
and 3 % of the polls are lost. Truth is what the product reports when it sees everything without chance.
`ece`: how far confidence is from the share of ratios within × 1.5 of the truth (ten bins), over all readings
that claim any; `interval80`: how often the 80 % interval holds the truth. Readings are pooled over K = 5, 10,
20 and 50.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from core.models import Mention, Poll, QuestionKind
from core.signals import Log, Measures, Panel, build, measure, sampled
from tests.eval.nab import FOLDER, load

LIMITS = (5, 10, 20, 50)
LEVELS = (4.0, 20.0, 80.0)  # posts per hour
DAYS, STEPS = 14, 12  # simulated days; steps per hour
LOST, OVERLAP = 0.03, 0.25
READINGS = 12  # moments at which each world is read
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
_EVERYTHING = 1e4  # posts per true post when nothing is left to chance


@dataclass(frozen=True)
class Readings:
    """Reported against true log-ratios, with what was claimed about the error."""

    error: np.ndarray
    sd: np.ndarray
    confidence: np.ndarray
    naive_error: np.ndarray

    @classmethod
    def joined(cls, parts: Iterable[Readings]) -> Readings:
        """All readings in one."""
        kept = list(parts)
        return cls(*(np.concatenate([getattr(p, name) for p in kept]) for name in cls.__dataclass_fields__))

    @property
    def hits(self) -> np.ndarray:
        """Whether each reported ratio is within × 1.5 of the truth."""
        return np.abs(self.error) <= np.log(1.5)


def figures(data: Path) -> dict[str, float]:
    """`ece` and `interval80`, pooled; without the labelled series over the synthetic narratives alone."""
    chance = np.random.default_rng(20261120)
    worlds = [synthetic(chance), *counted(data / FOLDER)]
    by_limit = {k: Readings.joined(read(rates, k, chance) for rates in worlds) for k in LIMITS}
    for limit, readings in by_limit.items():
        print(f"K = {limit:2}: {described(readings)}")
    pooled = Readings.joined(by_limit.values())
    print(f"pooled: {described(pooled)}")
    return {"ece": expected_error(pooled), "interval80": within(pooled)}


def described(readings: Readings) -> str:
    """One line: error beside the naive count's, calibration and interval."""
    rmse, naive = (float(np.sqrt(np.mean(e**2))) for e in (readings.error, readings.naive_error))
    return (
        f"{len(readings.error):4} readings, log-ratio error {rmse:.2f} (naive count {naive:.2f}), "
        f"confidence {readings.confidence.mean():.2f} kept {readings.hits.mean():.2f}, "
        f"ece {expected_error(readings):.3f}, 80 % interval {within(readings):.2f}"
    )


def expected_error(readings: Readings, bins: int = 10) -> float:
    """Mean distance between claimed and kept confidence over equal bins, weighted by readings."""
    place = np.minimum((readings.confidence * bins).astype(int), bins - 1)
    claimed, kept = np.bincount(place, readings.confidence), np.bincount(place, readings.hits)
    return float(np.abs(claimed - kept).sum() / len(place))


def within(readings: Readings) -> float:
    """Share of truths inside g ± 1.2816 sd."""
    return float(np.mean(np.abs(readings.error) <= 1.2816 * readings.sd))


def synthetic(chance: np.random.Generator, narratives: int = 15) -> np.ndarray:
    """True posts per step [narratives, steps]: a level, a day, a drift, flicker and some bursts."""
    steps = DAYS * 24 * STEPS
    hour = np.arange(steps) / STEPS
    level = np.geomspace(2.0, 100.0, narratives)[:, None] / STEPS
    day = 1.0 + 0.5 * np.sin(2 * np.pi * (hour - 8.0) / 24.0)
    drift, flicker = np.zeros((2, narratives, steps))
    for t in range(1, steps):
        drift[:, t] = 0.99 * drift[:, t - 1] + 0.06 * chance.standard_normal(narratives)
        flicker[:, t] = 0.8 * flicker[:, t - 1] + 0.25 * chance.standard_normal(narratives)
    bursts = np.ones((narratives, steps))
    for row in range(narratives):
        for start in chance.integers(0, steps, 6):
            bursts[row, start:] += chance.uniform(1.0, 8.0) * np.exp(-(hour[start:] - hour[start]) / 5.0)
    return level * day * np.exp(drift + flicker) * bursts


def counted(folder: Path) -> list[np.ndarray]:
    """Labelled tweet counts of 14 days as true rates, at each level; nothing where they are absent."""
    found = load(folder)
    if not found:
        print(f"calibration without labelled series: none in {folder}")
        return []
    steps = DAYS * 24 * STEPS
    shapes = np.array([s.counts[:steps] / s.counts[:steps].mean() for s in found if len(s.counts) >= steps])
    return [np.concatenate([shapes * level / STEPS for level in LEVELS])]


def read(rates: np.ndarray, limit: int, chance: np.random.Generator) -> Readings:
    """Poll a world and compare what the product says with the truth at some moments."""
    ids = [str(i) for i in range(len(rates))]
    mentions, polls = polled(ids, rates, limit, chance)
    log = Log.of(mentions, sampled(polls))
    parts = []
    for hour in np.linspace(72, DAYS * 24, READINGS).astype(int):
        now = BEGIN + int(hour) * HOUR
        panel = build(ids, log, now=now, hours=int(hour))
        parts.append(compared(measure(panel), truth(rates, int(hour)), naive(mentions, ids, now)))
    return Readings.joined(parts)


def polled(
    ids: list[str], rates: np.ndarray, limit: int, chance: np.random.Generator
) -> tuple[list[Mention], list[Poll]]:
    """What hourly polls of the newest `limit` posts bring back."""
    mentions: list[Mention] = []
    polls: list[Poll] = []
    for row, id_ in enumerate(ids):
        posts = chance.poisson(rates[row])
        times = np.sort(np.repeat(np.arange(len(posts)), posts) + chance.random(posts.sum())) / STEPS
        for until in range(1, DAYS * 24 + 1):
            if chance.random() >= LOST:
                _ask(id_, times, until, limit, mentions, polls)
    return mentions, polls


def _ask(
    id_: str, times: np.ndarray, until: int, limit: int, mentions: list[Mention], polls: list[Poll]
) -> None:
    since = max(until - 1.0 - OVERLAP, 0.0)
    first, end = np.searchsorted(times, [since, until])
    shown = range(max(first, end - limit), end)
    full = len(shown) >= limit
    known = BEGIN + until * HOUR
    seen_from = BEGIN + (float(times[shown[0]]) if full else since) * HOUR
    polls.append(
        Poll.model_construct(
            id=f"{id_}.{known}",
            kind=QuestionKind.REFRESH,
            narrative_id=id_,
            query="q",
            mode="Latest",
            ok=True,
            until=known,
            covered_from=seen_from,
            known_at=known,
        )
    )
    mentions += [Mention(id_, str(k + 1), BEGIN + float(times[k]) * HOUR, known, metered=True) for k in shown]


def truth(rates: np.ndarray, hour: int) -> Measures:
    """What the product says when every post is seen and chance plays no part."""
    hourly = rates[:, : hour * STEPS].reshape(len(rates), hour, STEPS).sum(2) * _EVERYTHING
    return measure(Panel.of_counts(hourly, np.ones(hourly.shape), now=BEGIN + hour * HOUR))


def naive(mentions: list[Mention], ids: list[str], now: datetime) -> np.ndarray:
    """Log-ratio of the posts returned in the last 3 h to those returned per 3 h before: a plain count."""
    rows = {id_: row for row, id_ in enumerate(ids)}
    recent, past = np.zeros(len(ids)), np.zeros(len(ids))
    for m in {(m.narrative_id, m.post_id): m for m in mentions if m.known_at <= now}.values():
        side = recent if m.created_at > now - 3 * HOUR else past
        side[rows[m.narrative_id]] += 1.0
    before = (now - 3 * HOUR - BEGIN) / (3 * HOUR)
    return np.log((recent + 1.0) / (past / before + 1.0))


def compared(said: Measures, true: Measures, plain: np.ndarray) -> Readings:
    """The readings that claim anything, against the truth."""
    claims = said.momentum.confidence > 0.0
    return Readings(
        error=(said.g - true.g)[claims],
        sd=np.sqrt(said.variance)[claims],
        confidence=said.momentum.confidence[claims],
        naive_error=(plain - true.g)[claims],
    )
