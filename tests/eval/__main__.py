"""`make eval [DATA=<folder>]`: quality on real data; a folder of the same layout can stand in."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from bot import logs
from tests.eval import calibration, nab, onsets
from tests.report import publish

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
GOALS = {
    "nab_standard": "floor 78, goal 84 · one threshold for the series of the folder",
    "nab_loo": "floor 70, goal 76 · threshold from the other series",
    "ece": "floor ≤ .10, goal ≤ .05 · K = 5, 10, 20, 50 pooled",
    "interval80": "floor .75–.88, goal .78–.84",
    "sim_onset_recall": "of stories planted in the simulated world, at the default settings' sampling",
    "sim_delay_h": "median from a story's first post to its alert",
    "sim_false_per_day": "alerts about no planted story",
}


def main() -> None:
    logs.configure(level="error")
    parser = argparse.ArgumentParser(prog="python -m tests.eval")
    parser.add_argument("--data", type=Path, default=DATA, help="folder laid out like the evaluation data")
    data = parser.parse_args().data
    publish("eval", nab.figures(data) | calibration.figures(data) | asyncio.run(onsets.figures()), GOALS)


main()
