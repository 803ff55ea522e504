"""INTERN is asked to stop (SIGTERM) forty times while it sends, as every new version does: nothing is lost,
nothing comes twice. And a second instance learns with one sentence that it is the second."""

import asyncio
import random
import tempfile
import time
from pathlib import Path

from tests import postgres
from tests.chaos.crowd import ENDED, crowd
from tests.chaos.life import Life

PEOPLE, EACH, STOPS = [*range(100, 300)], 10, 20  # on each engine


async def run(seed):
    """Figures of one run on each engine."""
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as folder:
        figures = _added(await _stopped(f"sqlite:///{Path(folder) / 'intern.db'}", folder, seed))
        try:
            with postgres.running() as server:
                url = server.url(await server.clean())
                return _added(await _stopped(url, folder, seed + 1), figures)
        except postgres.Unavailable as error:
            print(f"PostgreSQL is left out: {error}")
            return figures


def _added(new, old=None):
    """Both engines in one: numbers add up, the longest exit counts."""
    old = old or dict.fromkeys(new, 0)
    return {name: (max if name == "stop_exit_max_s" else sum)([old[name], new[name]]) for name in new}


async def _stopped(url, folder, seed):
    rng = random.Random(seed)
    exits, codes = [], []
    async with crowd(url, PEOPLE) as made:
        await made.plant(EACH)
        refused = 0
        for stop in range(STOPS):
            life = Life(made.environment, folder, established=stop == 0)
            await life.says("ready")
            if stop == 0:
                refused = await _second(made, folder, url)
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            code, seconds = await life.terminate()
            codes.append(code)
            exits.append(seconds)
        last = Life(made.environment, folder)
        limit = time.time() + 120
        while not await made.settled() and time.time() < limit:
            await asyncio.sleep(0.2)
        await last.terminate()
        copies, rows = made.copies(), await made.rows()
    sent = {t for t, row in rows.items() if row is not None and row["state"] == "sent"}
    return {
        "stops": len(exits),
        "stop_deliveries": len(copies),
        "stop_lost": sum(
            rows[t] is None or rows[t]["state"] not in ENDED or (t in sent and copies[t] == 0) for t in copies
        ),
        "stop_duplicated": sum(times > 1 for times in copies.values()),
        "stop_unknown": len(copies) - len(sent),
        "stop_exit_codes_wrong": sum(code != 0 for code in codes),
        "stop_exit_max_s": max(exits),
        "second_instances": 2,
        "second_refused_or_standing_by": refused,
    }


async def _second(made, folder, url):
    """On the same database, and with the same token on another one: how many of two learn their place."""
    same = Life(made.environment, folder)
    if url.startswith("sqlite"):
        code = await same.ended()
        place = (
            code == 2 and same.said.count("INTERN cannot start: another INTERN runs on the SQLite file") == 1
        )
    else:
        await same.says("of this INTERN sends")
        place = same.alive and same.said.count("of this INTERN sends") == 1
        await same.terminate()
    elsewhere = Life(made.environment | {"DATABASE_URL": f"sqlite:///{folder}/other.db"}, folder)
    code = await elsewhere.ended()
    return place + (code == 2 and elsewhere.said.count("takes the updates of this BOT_TOKEN") == 1)
