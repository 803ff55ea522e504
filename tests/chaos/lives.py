"""1,000 lives of chats through rules, silences, stories, clock changes, kills, and 1,000 of chats that come,
go, move and fall silent while messages are on their way: which break what?"""

import asyncio
import traceback
from contextlib import ExitStack

from tests import postgres
from tests.bot.attention.house import in_memory, live
from tests.bot.attention.machine import AttentionMachine
from tests.bot.delivering.machine import DeliveringMachine

ROUNDS, LIVES = 20, 50
EVERY = 5  # so many rounds on SQLite, then one on PostgreSQL


async def attending(seed):
    """Figures of one run of the machine of attention; of each round the life that broke a promise, if any, is
    printed."""
    return await asyncio.to_thread(_rounds, "attention", AttentionMachine, 10, seed)


async def delivering(seed):
    """The same of the machine of delivery."""
    return await asyncio.to_thread(_rounds, "delivering", DeliveringMachine, 7, seed)


def _rounds(name, machine, steps, seed):
    breaks, on_postgresql = 0, 0
    with ExitStack() as stack:
        server = _server(stack)
        for number in range(ROUNDS):
            other = server is not None and number % EVERY == EVERY - 1
            on_postgresql += LIVES if other else 0
            breaks += _breaks(machine, steps, server if other else None, seed * ROUNDS + number)
    lives = {f"{name}_examples": ROUNDS * LIVES, f"{name}_examples_postgresql": on_postgresql}
    return lives | {f"{name}_breaks": breaks}


def _server(stack):
    try:
        return stack.enter_context(postgres.running())
    except postgres.Unavailable as error:
        print(f"lives on SQLite only: {error}")
        return None


def _breaks(machine, steps, server, seed):
    """1 if a life of this round breaks a promise."""
    with ExitStack() as stack:
        url = server.url(asyncio.run(server.clean())) if server else stack.enter_context(in_memory())
        try:
            live(machine, url, LIVES, seed, steps=steps, shrink=False)
        except Exception:
            traceback.print_exc()
            return 1
    return 0
