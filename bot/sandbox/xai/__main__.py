"""`python -m bot.sandbox.xai`: a simulated xAI as a process of its own, for tests that need one."""

from __future__ import annotations

import argparse
import asyncio
import signal
from datetime import UTC, datetime

from bot.clock import AppClock
from bot.sandbox.world import simulated_world
from bot.sandbox.xai.server import XaiServer


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.xai", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--key", required=True, help="the API key that is accepted")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=_moment, required=True, help="when the world begins, ISO 8601")
    parser.add_argument("--days", type=float, default=8.0, help="how long the world lasts")
    parser.add_argument("--clock", default=None, help="<start>@<speed>; left out: real time")
    return parser.parse_args()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _serve(given: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    world = simulated_world(seed=given.seed, start=given.start, days=given.days)
    clock = AppClock.parse(given.clock)
    server = await XaiServer.start(
        world=world, now=clock.now, api_key=given.key, port=given.port, seed=given.seed
    )
    try:
        print(server.base, flush=True)
        await stop.wait()
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
