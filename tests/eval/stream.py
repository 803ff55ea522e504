"""A real stream of posts, replayed by arrival time: each day's first five, for a reader to judge.

`make eval` prints the lists, `python -m tests.eval.stream [--data <folder>] [--days <n>] [--excerpts <n>]`
with posts to judge them by. It reads the posts file of an evaluation folder, asks it hourly as the product
would (ten newest posts, excerpts of 200 characters) and prints the 24 h list at the end of each of the last
`days` days. Whether an entry is one real story of its day is a judgement of whoever reads it, not a figure.
Excerpts are other people's words: they go to the terminal only.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from bot.sandbox.world import World, file_world
from core.trending import Row, ranking
from tests.eval.sim.grok import Grok
from tests.eval.sim.life import turns
from tests.eval.sim.memory import Memory

POSTS = "x_kol_stream_a/posts.jsonl.gz"
DATA = Path(__file__).resolve().parents[2] / "../shared/data"
DAY = timedelta(days=1)
TOP, SHOWN = 5, 4
LEAST = 400  # posts: sparser days before the stream sets in are left out


class Day(NamedTuple):
    """The list as it stood when the day ended."""

    ended: datetime
    rows: tuple[Row, ...]
    excerpts: dict[str, list[str]]  # narrative id → what its newest posts say


def table(data: Path = DATA, *, days: int = 9) -> list[Day]:
    """The last `days` days of the folder's stream; nothing where it is absent."""
    path = data / POSTS
    if not path.exists():
        print(f"skipped: no posts in {path}")
        return []
    world = file_world(path, first=datetime.min.date(), last=datetime.max.date())
    start = _start(world, days)
    return list(_lived(world, start, days))


def _start(world: World, days: int) -> datetime:
    last = world.posts[-1].created_at.date()
    return datetime.combine(last - (days - 1) * DAY, time(), UTC)


def _lived(world: World, start: datetime, days: int) -> Iterator[Day]:
    memory = Memory()
    for outcome in turns(Grok(world, seed=0, faithful=True), memory, start=start, hours=days * 24):
        if outcome.cycle.started_at.hour == 0:
            rows = ranking(outcome.scores, memory.narratives, "24h", count=TOP)
            said = {row.narrative.id: _excerpts(memory, row.narrative.id) for row in rows}
            yield Day(outcome.cycle.started_at, tuple(rows), said)


def _excerpts(memory: Memory, id: str) -> list[str]:
    ids = sorted((m.post_id for m in memory.mentions.values() if m.narrative_id == id), key=int, reverse=True)
    return [f"@{memory.posts[i].author}: {memory.posts[i].text}" for i in ids if i in memory.posts]


def show(days: list[Day], *, excerpts: int = 0) -> None:
    """The table, day by day."""
    for day in days:
        print(f"\n{day.ended - DAY:%a %d %b}")
        for row in day.rows:
            change = row.change
            counted = f"{change.posts} posts, {change.authors} authors, {change.ratio:.1f}×"
            print(f"  {row.place}. {row.narrative.title}  ·  {counted}")
            for line in day.excerpts[row.narrative.id][:excerpts]:
                print(f"       {' '.join(line.split())}")


def figures(data: Path) -> dict[str, float]:
    """Prints the lists; the figure is how many entries there are to be judged."""
    days = table(data)
    show(days)
    return {"stream_entries": float(sum(len(day.rows) for day in days))} if days else {}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.eval.stream")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--days", type=int, default=9)
    parser.add_argument("--excerpts", type=int, default=SHOWN, help="posts shown of each entry")
    asked = parser.parse_args()
    show(table(asked.data, days=asked.days), excerpts=asked.excerpts)


if __name__ == "__main__":
    main()
