"""1,000 lives of three chats through rules, silences, stories, clock changes, kills: which break what?"""

import asyncio
import traceback
from contextlib import ExitStack

from tests import postgres
from tests.bot.attention.house import in_memory
from tests.bot.attention.machine import live

ROUNDS, LIVES = 20, 50
EVERY = 5  # so many rounds on SQLite, then one on PostgreSQL


async def run(seed):
    """Figures of one run; of each round the life that broke a promise, if any, is printed."""
    return await asyncio.to_thread(_rounds, seed)


def _rounds(seed):
    breaks, on_postgresql = 0, 0
    with ExitStack() as stack:
        server = _server(stack)
        for number in range(ROUNDS):
            other = server is not None and number % EVERY == EVERY - 1
            on_postgresql += LIVES if other else 0
            breaks += _breaks(server if other else None, seed * ROUNDS + number)
    lives = {"attention_examples": ROUNDS * LIVES, "attention_examples_postgresql": on_postgresql}
    return lives | {"attention_breaks": breaks}


def _server(stack):
    try:
        return stack.enter_context(postgres.running())
    except postgres.Unavailable as error:
        print(f"lives on SQLite only: {error}")
        return None


def _breaks(server, seed):
    """1 if a life of this round breaks a promise."""
    with ExitStack() as stack:
        url = server.url(asyncio.run(server.clean())) if server else stack.enter_context(in_memory())
        try:
            live(url, LIVES, seed, shrink=False)
        except Exception:
            traceback.print_exc()
            return 1
    return 0
