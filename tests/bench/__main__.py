"""`make bench`: speed and memory, medians, each beside a baseline of the same run."""

from __future__ import annotations

import asyncio

from bot import logs
from tests.bench import cycle, process, score, trending
from tests.report import publish

GOALS = {
    "score_1000_hourly_ms": "≤ 115 (1,000 narratives × 7 days)",
    "score_speedup": "≥ 20 × the naive loop",
    "rss_mib": "≤ 350",
}


def main() -> None:
    logs.configure(level="error")
    figures = score.figures()
    figures |= asyncio.run(cycle.figures())
    figures |= asyncio.run(trending.figures())
    figures |= asyncio.run(process.figures())
    publish("bench", figures, GOALS)


main()
