"""1,000 lives of three chats through rules, silences, stories, clock changes, kills: which break what?"""

import asyncio
import tempfile
import traceback
from pathlib import Path

from tests.bot.attention_machine import live

ROUNDS, LIVES = 20, 50


async def run(seed):
    """Figures of one run; of each round the life that broke a promise, if any, is printed."""
    return await asyncio.to_thread(_rounds, seed)


def _rounds(seed):
    breaks = 0
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as folder:
        for number in range(ROUNDS):
            try:
                live(Path(folder) / "template.db", LIVES, seed * ROUNDS + number, shrink=False)
            except Exception:
                breaks += 1
                traceback.print_exc()
    return {"attention_examples": ROUNDS * LIVES, "attention_breaks": breaks}
