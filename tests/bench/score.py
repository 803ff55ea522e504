"""Speed of scoring: 1,000 narratives × 7 days of hours, beside a plain loop and a DuckDB query."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

import numpy as np

from core.models import Mention, Poll, QuestionKind
from core.signals import Log, Measures, Panel, build, measure, sampled
from core.signals.coordination import coordinations
from tests.bench import naive_score
from tests.bench.duckdb_sums import Sums

NARRATIVES, HOURS, POSTS = 1000, 168, 100
RUNS = 7
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def figures() -> dict[str, float]:
    """Median milliseconds of at least 5 runs each, and how many times faster than the loop."""
    ids, mentions, polls = world(np.random.default_rng(20261120))
    log = Log.of(mentions, sampled(polls), ids=ids)
    panel = build(ids, log, now=NOW, hours=HOURS)
    agree(panel)
    fast = milliseconds(lambda: measure(panel), RUNS)
    naive = milliseconds(lambda: naive_score.measure(panel), 5)
    sums = Sums(panel)
    agree_on_sums(panel, sums)
    return {
        "score_1000_hourly_ms": fast,
        "score_1000_naive_ms": naive,
        "score_1000_duckdb_ms": milliseconds(sums.read, RUNS),
        "score_speedup": naive / fast,
        "coordination_1000_ms": milliseconds(lambda: coordinations(_days(ids, mentions)), 5),
        "panel_1000_ms": milliseconds(lambda: build(ids, log, now=NOW, hours=HOURS), 5),
    }


def _days(ids: list[str], mentions: list[Mention]) -> list[list[Mention]]:
    """Every narrative's posts as if all were of one day."""
    days: dict[str, list[Mention]] = {id_: [] for id_ in ids}
    for mention in mentions:
        days[mention.narrative_id].append(mention)
    return list(days.values())


def milliseconds(work: Callable[[], object], runs: int) -> float:
    """Median wall time of the runs, after one that warms up."""
    work()
    took = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        took.append(1000.0 * (time.perf_counter() - begin))
    return median(took)


def world(chance: np.random.Generator) -> tuple[list[str], list[Mention], list[Poll]]:
    """Narratives of 100 posts each, polled hourly; 3 % of the polls fail, some cover half their hour."""
    ids = [f"n{i}" for i in range(NARRATIVES)]
    mentions = [
        _mention(id_, i * POSTS + k, float(chance.uniform(0, HOURS - 1)), float(chance.uniform(-1, 1)))
        for i, id_ in enumerate(ids)
        for k in range(POSTS)
    ]
    polls = [_poll(id_, hour, chance.random()) for id_ in ids for hour in range(HOURS)]
    return ids, mentions, polls


def _mention(narrative_id: str, number: int, age: float, stance: float) -> Mention:
    at = NOW - timedelta(hours=age)
    return Mention(narrative_id, str(10**18 + number), at, at, True, f"author{number % 40}", stance, 0)


def _poll(narrative_id: str, hour: int, luck: float) -> Poll:
    until = NOW - timedelta(hours=hour)
    seen = None if luck < 0.03 else until - timedelta(hours=0.5 if luck < 0.3 else 1.0)
    return Poll.model_construct(
        id=f"{narrative_id}.{until}",
        kind=QuestionKind.REFRESH,
        narrative_id=narrative_id,
        query="q",
        mode="Latest",
        ok=seen is not None,
        until=until,
        covered_from=seen,
        known_at=until,
    )


def agree(panel: Panel) -> None:
    """The loop is a fair opponent only if it computes the same."""
    fast, plain = measure(panel), naive_score.measure(panel)
    for name, values in columns(fast).items():
        if not np.allclose(values, [row[name] for row in plain], rtol=1e-4, atol=1e-4):
            raise AssertionError(f"The loop and the product disagree about {name}: the comparison is void.")


def agree_on_sums(panel: Panel, sums: Sums) -> None:
    """The query reads the same panel."""
    window = panel.window(3.0)
    ours = panel.timely_x[:, window.first :] @ window.weights
    if not np.allclose([row[1] for row in sums.read()], ours):
        raise AssertionError("The query and the product disagree about the sums: the comparison is void.")


def columns(measures: Measures) -> dict[str, np.ndarray]:
    """What both compute."""
    return {
        "momentum": measures.momentum.value,
        "confidence": measures.momentum.confidence,
        "reproduction": measures.velocity.reproduction,
        "sentiment": measures.sentiment.value,
        "surprise": measures.surprise,
    }
