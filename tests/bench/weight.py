"""`python -m tests.bench.weight <database url> <Telegram> <messages>`: a sender in a process of its own.

It plans whatever waits, sends so many messages, and prints by how many MiB it has grown since its imports.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from bot import app, logs  # noqa: F401 — what a bare start imports
from bot.clock import AppClock
from bot.delivery import Sender
from bot.garbage import collect_seldom
from bot.messages import Messages
from bot.roles import sender, web, worker  # noqa: F401
from bot.telegram import make_bot
from core.models import DeliveryState
from storage import alerts, deliveries
from storage.database import Database
from tests.bench.stage import settings


def resident() -> float:
    """MiB."""
    match = re.search(r"VmRSS:\s+([0-9]+) kB", Path("/proc/self/status").read_text("utf-8"))
    assert match is not None
    return int(match[1]) / 1024


async def grown(url: str, base: str, messages: int) -> float:
    bare = resident()
    made = settings(
        Path(), database_url=url, telegram_api_base=base, telegram={"per_second": 1e6, "concurrency": 60}
    )
    db, bot, stop = await Database.open(url), make_bot(made), asyncio.Event()
    clock = AppClock()
    loop = Sender(
        settings=made, database=db, bot=bot, clock=clock, render=Messages(db, clock, kept=0.25).render
    )
    running = asyncio.create_task(loop.run(stop))
    while await _left(db, messages):
        await asyncio.sleep(0.2)
    weight = resident() - bare
    stop.set()
    await running
    await bot.session.close()
    await db.close()
    return weight


async def _left(db: Database, messages: int) -> bool:
    async with db.reading() as c:
        waiting = await alerts.any_unexpanded(c)
        return waiting or (await deliveries.counts(c))[DeliveryState.SENT] < messages


if __name__ == "__main__":
    logs.configure(level="error")
    collect_seldom()
    print(asyncio.run(grown(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
