"""The simulated world: `python -m tests.eval.simworld [seed …]` prints its figures and what is behind them.

Twelve days a seed, polled hourly with the product's own plan (the standard profile's places, ten newest
posts, 3 % of the polls lost), through `core.pipeline.turn` and `core.alerts.decide`; no servers, no money.
In `tests/eval/sim`: `plot.py` what happens, `grok.py` how it is told, `grade.py` what the figures mean.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.eval.sim import grade
from tests.eval.sim.grade import Grades
from tests.eval.sim.life import live

SEEDS = (3, 5, 8)
DAYS = 12
PROCESSES = 2


def run(seeds: Sequence[int] = SEEDS) -> list[Grades]:
    """Each seed's life, graded."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_lived, seeds))


def figures() -> dict[str, float]:
    """The five figures, all seeds pooled."""
    return grade.figures(run())


def _lived(seed: int) -> Grades:
    return grade.graded(live(seed, days=DAYS))


def main() -> None:
    seeds = tuple(map(int, sys.argv[1:])) or SEEDS
    grades = run(seeds)
    for seed, each in zip(seeds, grades, strict=True):
        print(f"seed {seed}, identity {each.identity:.3f}", *each.lines, sep="\n  ")
    print(*(f"{name:<20} {value:.3f}" for name, value in grade.figures(grades).items()), sep="\n")


if __name__ == "__main__":
    main()
