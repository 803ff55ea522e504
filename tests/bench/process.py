"""The real process: how long until it listens to people, and what it weighs after its first cycle."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.clock import AppClock
from bot.sandbox.telegram import TelegramServer
from bot.sandbox.world import simulated_world
from bot.sandbox.xai import XaiServer
from tests.bench.stage import NOW

TOKEN, KEY = "1000001:bench-token-of-no-bot", "xai-bench"
STARTS = 3


async def figures() -> dict[str, float]:
    """Median seconds to the first poll for updates, and resident MiB after a cycle of the simulated world."""
    world = simulated_world(seed=3, start=NOW.replace(hour=0), days=1.0)
    starts, weights = [], []
    for _ in range(STARTS):
        start, weight = await _once(world)
        starts.append(start)
        weights.append(weight)
    return {"start_s": median(starts), "rss_mib": median(weights)}


async def _once(world: object) -> tuple[float, float]:
    clock = AppClock(NOW, 1.0)
    telegram = await TelegramServer.start(token=TOKEN, now=clock.now)
    xai = await XaiServer.start(world=world, now=clock.now, api_key=KEY)
    with TemporaryDirectory() as folder:
        begin = time.perf_counter()
        process = await _start(telegram, xai, Path(folder))
        try:
            await telegram.wait_for(lambda: telegram.desk.updates.polls > 0, timeout=60)
            started = time.perf_counter() - begin
            await asyncio.wait_for(_cycle_logged(process), timeout=60)
            weight = _resident(process.pid)
        finally:
            process.terminate()
            await process.wait()
            await xai.stop()
            await telegram.stop()
    return started, weight


async def _start(telegram: TelegramServer, xai: XaiServer, folder: Path) -> asyncio.subprocess.Process:
    given = {
        "BOT_TOKEN": TOKEN,
        "XAI_API_KEY": KEY,
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "TELEGRAM_API_BASE": telegram.base,
        "XAI_BASE_URL": xai.base,
        "CONFIRM__LOOK_UP": "false",
        "CLOCK": f"{NOW.isoformat()}@1",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=os.environ | given, stderr=asyncio.subprocess.PIPE
    )


async def _cycle_logged(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        if re.search(rb"\] cycle\b", line):
            return


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    match = re.search(r"VmRSS:\s+([0-9]+) kB", status)
    assert match is not None
    return int(match[1]) / 1024
