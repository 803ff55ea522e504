"""Two to five processes share 10,000 slots and are killed inside their work: is each slot finished, and once?

Some processes freeze inside their work until their lease has run out, and then go on: what somebody else has
taken over is not theirs to finish any more. One that freezes while it writes to SQLite holds up all others,
so what is taken over at such a time is measured apart. `LONG=1` for all of it; without it 2,000 and some
30 kills.
"""

import asyncio
import os
import random
import tempfile
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from storage.database import Database
from storage.migrate import migrate
from storage.tables import job_runs
from tests import postgres
from tests.chaos.shift import FROZEN, LEASE, employ, slot_name

LONG = bool(os.environ.get("LONG"))
PROCESSES = (2, 3, 4, 5)
LANES = 10  # slots of different jobs are worked side by side
SLOTS, KILLS, FREEZES = (1250, 12, 2) if LONG else (250, 4, 1)  # of each number of processes, on each engine
MIGRATING = asyncio.Lock()  # Alembic keeps what it migrates in a global place: one database at a time
ROUNDED = 1e-5  # seconds: moments are kept as microseconds
WINDOW = 30.0  # seconds a slot may wait for somebody after its worker's death


async def run(seed):
    """Figures over both engines."""
    rounds = [
        each for rounds in await asyncio.gather(_sqlite(seed), _postgresql(seed + 1)) for each in rounds
    ]
    waits = [wait for _, waits in rounds for wait in waits]
    alone, beside = (sorted(wait for wait, froze in waits if froze == asked) for asked in (False, True))
    return {f"slots_{name}": sum(each[name] for each, _ in rounds) for name in rounds[0][0]} | {
        "slots_takeover_p99_s": alone[-1 - len(alone) // 100],
        "slots_takeover_beside_frozen_max_s": max(beside, default=0.0),
    }


async def _sqlite(seed):
    rng, rounds = random.Random(seed), []
    for processes in PROCESSES:
        with tempfile.TemporaryDirectory(prefix="intern-slots-") as folder:
            rounds.append(await _round(f"sqlite:///{Path(folder) / 'intern.db'}", folder, processes, rng))
    return rounds


async def _postgresql(seed):
    rng, rounds = random.Random(seed), []
    try:
        with postgres.running() as server:
            for processes in PROCESSES:
                with tempfile.TemporaryDirectory(prefix="intern-slots-") as folder:
                    async with MIGRATING:
                        url = server.url(await server.clean())
                    rounds.append(await _round(url, folder, processes, rng))
    except postgres.Unavailable as error:
        print(f"PostgreSQL is left out: {error}")
    return rounds


async def _round(url, folder, processes, rng):
    async with MIGRATING:
        await migrate(url)
    log = Path(folder) / "shift.log"
    ends = [("dies", rng.randint(2, SLOTS // KILLS // 4)) for _ in range(KILLS)]
    ends += [("freezes", rng.randint(2, 12)) for _ in range(FREEZES)]
    rng.shuffle(ends)
    try:
        async with asyncio.timeout(300), asyncio.TaskGroup() as seats:
            for number in range(processes):
                seats.create_task(_seat(url, log, ends, number))
    except TimeoutError:
        print(f"{processes} processes did not finish their slots")
    return await _counted(url, log)


async def _seat(url, log, ends, number):
    """One process after the other, until one comes to the end of all slots alive."""
    code = None
    while code != 0:
        end = ends.pop() if ends else None
        process = employ(url, log, LANES, SLOTS // LANES, end, number)
        try:
            while process.is_alive():
                await asyncio.sleep(0.02)
        finally:
            process.kill()
            process.join()
        code = process.exitcode
        assert code in (0, -9), f"a worker ended with {code}"


async def _counted(url, log):
    said = [line.split("\t") for line in log.read_text("utf-8").splitlines()]
    finished = [((lane, slot), owner) for what, lane, slot, owner, _ in said if what == "finished"]
    database = await Database.open(url)
    async with database.reading() as c:
        rows = {(row.job, row.slot): row for row in await c.execute(select(job_runs))}
    await database.close()
    times = Counter(key for key, _ in finished)
    every = [(f"lane {lane:02}", slot_name(slot)) for lane in range(LANES) for slot in range(SLOTS // LANES)]
    over = [key for key in every if key in rows and rows[key].done_at is not None]
    waits = _takeovers(said)
    return {
        "asked": len(every),
        "kills": sum(what == "died" for what, *_ in said),
        "missed": len(every) - len(over) + sum(wait > WINDOW for wait, _ in waits),
        "finished_twice": sum(n > 1 for n in times.values()),
        "finished_by_others": sum(owner != rows[key].owner for key, owner in finished),
        "taken_too_early": _too_early(said),
        "worked_again": sum(what == "begun" for what, *_ in said) - len(every),
    }, waits


def _takeovers(said):
    """Seconds from each death to the moment somebody else began with the slot it left."""
    waits, left = [], {}
    for what, lane, slot, _, at in said:
        if what == "died":
            left[lane, slot] = float(at)
        elif what == "begun" and (lane, slot) in left:
            since = left.pop((lane, slot))
            waits.append((float(at) - since, _froze(said, since, float(at))))
    return waits + [(WINDOW * 2, False) for _ in left]


def _froze(said, since, until):
    """Whether a process stood still at some time in between."""
    return any(what == "froze" and since - FROZEN <= float(at) <= until for what, *_, at in said)


def _too_early(said):
    """Slots claimed by a second process while the first one's lease ran."""
    claimed, early = {}, set()
    for what, lane, slot, owner, at in sorted(said, key=lambda line: float(line[-1])):
        if what == "claimed":
            first, then = claimed.get((lane, slot), (owner, 0.0))
            if first != owner and float(at) < then + LEASE.total_seconds() - ROUNDED:
                early.add((lane, slot))
            claimed[lane, slot] = owner, float(at)
    return len(early)
