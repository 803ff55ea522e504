"""`python -m bot.sandbox.telegram --token 42:sandbox`: the Bot API and its chat page as a process of its own.

Prints one line, the address, when it listens; ends on SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

from bot.clock import AppClock
from core.errors import InternError

from . import TelegramServer

YOU, ADMIN, MEMBER, GROUP = 1, 2, 3, -10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.telegram", description=__doc__)
    parser.add_argument("--token", required=True, help="the bot's token, <bot id>:<secret>")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--no-limits", action="store_true", help="do not enforce Telegram's rates")
    parser.add_argument("--seed", type=int, default=0, help="of faults with a probability")
    parser.add_argument("--empty", action="store_true", help="do not prepare a private chat and a group")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Run until a signal asks to stop."""
    clock = AppClock.parse(os.environ.get("CLOCK"))
    server = await TelegramServer.start(
        token=options.token,
        now=clock.now,
        port=options.port,
        limits=not options.no_limits,
        seed=options.seed,
    )
    if not options.empty:
        server.acts.add_private(YOU, "You")
        server.acts.add_group(GROUP, "Group", {ADMIN: "Admin", MEMBER: "Member"}, [ADMIN])
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print(server.base, flush=True)
    await stop.wait()
    await server.stop()


if __name__ == "__main__":
    try:
        asyncio.run(serve(arguments()))
    except (InternError, OSError) as error:
        sys.exit(f"The sandbox cannot start: {error}")
