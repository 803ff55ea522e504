"""What each profile buys on a simulated world, with Grok alone and with X's counts as the meter."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import get_args

from bot import logs
from bot.profiles import Profile
from tests.eval import onsets
from tests.eval.onsets import Report

PROCESSES = 2
MEASURED = ("usd_day", "posts_per_usd", "onset_recall", "onset_delay_h", "false_per_day")
Key = tuple[Profile, bool]


class Runs:
    """The runs as they go on, in processes of their own; `figures` waits for them."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))
        keys = [(profile, counts) for profile in reversed(get_args(Profile)) for counts in (True, False)]
        self._runs: dict[Key, Future[Report]] = {key: self._pool.submit(_run, *key) for key in keys}

    def figures(self) -> dict[str, float]:
        """Figures per profile; the standard one with Grok alone stands first. Prints the table."""
        with self._pool:
            runs = {key: future.result() for key, future in self._runs.items()}
        standard = runs["standard", False]
        print("\n".join(standard.lines))
        print("\n" + "\n".join(table(runs)))
        return _standard(standard) | dict(_named(runs))


def _run(profile: Profile, counts: bool) -> Report:
    logs.configure(level="error")
    return asyncio.run(onsets.run(profile, counts=counts))


def _standard(run: Report) -> dict[str, float]:
    return {
        "profile_onset_recall": run.recall,
        "profile_delay_h": run.delay_h,
        "profile_false_per_day": run.false_per_day,
        "profile_alerts_per_day": run.alerts_per_day,
        "profile_usd_day": run.usd_day,
    }


def _named(runs: dict[Key, Report]) -> Iterator[tuple[str, float]]:
    for (profile, counts), run in reversed(runs.items()):
        values = (run.usd_day, run.posts_per_usd, run.recall, run.delay_h, run.false_per_day)
        for name, value in zip(MEASURED, values, strict=True):
            yield f"{name}_{profile}{'_counts' if counts else ''}", value


def table(runs: dict[Key, Report]) -> Iterator[str]:
    """The table of the README, in Markdown."""
    yield "| profile | measured by | $ a day | posts per $ | onsets alerted | median delay | false a day |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for (profile, counts), run in reversed(runs.items()):
        meter = "X counts" if counts else "Grok alone"
        money = f"{run.usd_day:.2f} | {run.posts_per_usd:.0f}"
        yield (
            f"| {profile} | {meter} | {money} "
            f"| {run.recall:.0%} | {run.delay_h:.1f} h | {run.false_per_day:.1f} |"
        )
