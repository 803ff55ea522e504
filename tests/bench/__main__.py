"""`make bench`: speed and memory, medians, each beside a baseline of the same run."""

from __future__ import annotations

import asyncio

from bot import logs
from bot.garbage import collect_seldom
from tests.bench import (
    cycle,
    fanout,
    ingest,
    process,
    recall,
    replies,
    rules,
    scale,
    score,
    trending,
    workers,
)
from tests.report import publish

GOALS = {
    "score_1000_hourly_ms": "≤ 20 (1,000 narratives × 7 days)",
    "score_1000_db_ms": "≤ 100 (read, fold, score in a warm process)",
    "score_100000_hourly_s": "≤ 6, linear",
    "score_speedup": "≥ 20 × the naive loop",
    "rules_10k_s": "≤ 1 (10,000 chats × 5 rules × 200 narratives, one core)",
    "rules_10k_over_1k": "≈ 10: linear",
    "ingest_10k_s": "≤ 1.5 (10,000 posts read, clustered, told and stored)",
    "rss_mib": "≤ 350",
    "fanout_factor": "≤ 1.08 of what the limit takes (1,500 messages, ten times the real rate)",
    "fanout_429": "0",
    "fanout_raw_ratio": "≥ 0.6 of aiogram alone, unthrottled",
    "plan_100k_s": "≤ 5",
    "first_send_p99_ms": "≤ 300",
    "reply_burst_p95_s": "≤ 1 (200 /start in the middle of a fan-out)",
    "workers_speedup_2": "2 where only the waiting for Grok counts",
    "rss_100k_mib": "≤ 60 above a bare import",
}


def main() -> None:
    logs.configure(level="error")
    collect_seldom()  # as the bot does
    figures = scale.figures()  # first: its peak of memory is the process's
    figures |= score.figures()
    figures |= asyncio.run(recall.figures())
    figures |= asyncio.run(cycle.figures())
    figures |= asyncio.run(ingest.figures())
    figures |= asyncio.run(trending.figures())
    figures |= asyncio.run(process.figures())
    figures |= asyncio.run(fanout.figures())
    figures |= asyncio.run(replies.figures())
    figures |= asyncio.run(workers.figures())
    figures |= rules.figures()
    publish("bench", figures, GOALS)


main()
