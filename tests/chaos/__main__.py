"""`make chaos`: seeded faults against the real thing; figures to build/chaos.json and to the screen."""

import argparse
import asyncio
import json
from pathlib import Path

from bot import logs
from tests.chaos import kills, lives, pushes, questions, slots, stops

TARGET = Path(__file__).resolve().parents[2] / "build" / "chaos.json"
PARTS = {
    "pushes": pushes.run,
    "questions": questions.run,
    "kills": kills.run,
    "stops": stops.run,
    "slots": slots.run,
    "attention": lives.attending,
    "delivering": lives.delivering,
}


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--only", choices=PARTS, help="run one part")
    given = parser.parse_args()
    logs.configure(level="critical")
    chosen = {name: part for name, part in PARTS.items() if given.only in (None, name)}
    figures = {"seed": given.seed}
    for part in chosen.values():
        figures |= asyncio.run(part(given.seed))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(figures, indent=1) + "\n")
    width = max(map(len, figures))
    print("\n".join(f"{name:<{width}}  {value:g}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
