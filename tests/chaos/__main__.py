"""`make chaos`: seeded faults against the real thing; figures to build/chaos.json and to the screen."""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from bot import logs
from tests import report
from tests.chaos import clocks, disk, kills, lives, pushes, questions, side_by_side, slots, stops

PARTS = {
    "attention": lives.attending,
    "kills": kills.run,
    "pushes": pushes.run,
    "stops": stops.run,
    "delivering": lives.delivering,
    "slots": slots.run,
    "clocks": clocks.run,
    "disk": disk.run,
    "questions": questions.run,
}
# Of two; the others need a whole one.
CORES = {"pushes": 0.7, "stops": 0.7, "clocks": 0.5, "disk": 0.5, "questions": 0.3}
GOALS = {
    "lost": "0",
    "duplicated": "0",
    "wrong_state": "0",
    "others_affected": "0",
    "back_again_without": "0",
    "sqlite_kill_lost": "0",
    "sqlite_kill_max_copies": "≤ 2",
    "sqlite_kill_doubled_but_never_cut_off": "0",
    "sqlite_first_send_max_s": "≤ 2",
    "postgresql_kill_lost": "0",
    "postgresql_kill_max_copies": "≤ 2",
    "postgresql_kill_doubled_but_never_cut_off": "0",
    "postgresql_failover_p99_s": "≤ 1",
    "stop_lost": "0",
    "stop_duplicated": "0",
    "stop_exit_codes_wrong": "0",
    "stop_exit_max_s": "≤ 10",
    "second_refused_or_standing_by": "all of second_instances",
    "slots_missed": "0",
    "slots_finished_twice": "0",
    "slots_finished_by_others": "0",
    "slots_taken_too_early": "0",
    "slots_takeover_p99_s": "≤ 2: the lease and one more",
    "zone_dates_missed": "0",
    "zone_dates_twice": "0",
    "downtime_missed": "0",
    "downtime_twice": "0",
    "downtime_without_reason": "0",
    "clock_set_digests_missed": "0",
    "clock_set_digests_twice": "0",
    "clock_steps_worked_twice": "0",
    "clock_steps_not_finished": "0",
    "clock_steps_longest_rest_s": "≤ 3: the interval and two more",
    **disk.GOALS,
    "attention_breaks": "0",
    "delivering_breaks": "0",
    "parts_failed": "0",
    "chaos_s": "< 600",
}


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--only", choices=PARTS, help="run one part, in this process")
    parser.add_argument("--to", type=Path, help="write the figures of this part to a file instead")
    given = parser.parse_args()
    logs.configure(level="critical")
    figures = {"seed": given.seed} | asyncio.run(_figures(given.only, given.seed))
    if given.to is not None:
        given.to.write_text(json.dumps(figures), "utf-8")
    else:
        report.publish("chaos", figures, GOALS)
    sys.exit(1 if figures.get("parts_failed") else 0)


async def _figures(only, seed):
    if only is not None:
        return await PARTS[only](seed)
    begun = time.monotonic()
    figures = await side_by_side.all_of({name: CORES.get(name, 1.0) for name in PARTS}, seed)
    return figures | {"chaos_s": time.monotonic() - begun}


if __name__ == "__main__":
    main()
