"""PostgreSQL goes away under load: connections are cut, a backend crashes, the server is stopped at once and
started again. INTERN goes on by itself; nothing is lost and nothing comes twice.
"""

import asyncio
import os
import time

from sqlalchemy import text

from tests import postgres
from tests.chaos.crowd import MIGRATING, crowd
from tests.chaos.ground import counted, half_states, living, outcome, patiently, resumed, settled

PEOPLE = [*range(100, 180)]
ROUNDS = 2
DOWN = 1.0  # seconds for which the server is away when it was stopped
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def run(folder, rng):
    """The figures, or none where there is no PostgreSQL."""
    try:
        # What is committed has to outlive a crash of the server, though not of the machine.
        with postgres.running("synchronous_commit=on") as server:
            return await _cut(server, folder, rng)
    except postgres.Unavailable as error:
        print(f"PostgreSQL is left out: {error}")
        return {}


async def _cut(server, folder, rng):
    troubles = [_cut_off] if server.control is None else [_cut_off, _crash, _stopped]
    waits = []
    async with MIGRATING:
        url = server.url(await server.clean())
    async with (
        crowd(url, PEOPLE) as made,
        living(made, folder) as life,
    ):
        for trouble in troubles * ROUNDS:
            await patiently(lambda: made.plant(2))
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            await trouble(server, made)
            waits.append(await resumed(made, time.time()))
        left = await settled(made)
        tracebacks, code = life.said.count("Traceback"), await outcome(life)
        return await counted(made, "postgres") | {
            "postgres_troubles": len(waits),
            "postgres_half_states": await half_states(made),
            "postgres_recover_max_s": max(waits),
            "postgres_tracebacks": tracebacks,
            "postgres_left": left,
            "postgres_exits": code,
        }


async def _cut_off(_server, made):
    async def cut():
        async with made.database.reading() as c:
            await c.execute(text(f"SELECT pg_terminate_backend(pid) {OTHERS}"))

    await patiently(cut)


async def _crash(_server, made):
    """A backend dies of SIGKILL: the server throws everybody out and starts again from its log."""

    async def victim():
        async with made.database.reading() as c:
            return (await c.execute(text(f"SELECT pid {OTHERS} LIMIT 1"))).scalar_one()

    os.kill(await patiently(victim), 9)


async def _stopped(server, _made):
    await asyncio.to_thread(server.control, "stop", "-m", "immediate")
    await asyncio.sleep(DOWN)
    await asyncio.to_thread(server.control, "start")
