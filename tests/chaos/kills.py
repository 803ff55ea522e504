"""INTERN is killed forty times while it sends 5,000 alerts, at random moments and at every named boundary: is
each of them there in the end, and how often?

SQLite: one process after the other. PostgreSQL: two processes, the one that sends is killed, the other takes
over.
"""

import asyncio
import os
import random
import signal
import tempfile
import time
from pathlib import Path

from tests import postgres
from tests.chaos.crowd import ENDED, crowd
from tests.chaos.life import BOUNDARIES, Life

PEOPLE = [*range(100, 550), *range(-650, -600)]
RANDOM, AT_EACH = (100, 25) if os.environ.get("LONG") else (20, 5)
EACH = 5  # alerts everybody has from the start; as many come under way, to be cut off in expansion
WAVE = len(PEOPLE) * EACH // AT_EACH
DOOMED = 10.0  # seconds in which a doomed life should have met its end
IN_TRANSIT = 0.05  # seconds in which a dead process's last bytes may still come in


async def run(seed):
    """Figures of one run on each engine."""
    figures = await _measured("sqlite", seed, _one_after_the_other)
    try:
        with postgres.running() as server:
            url = server.url(await server.clean())
            return figures | await _measured("postgresql", seed, _leader_and_standby, url)
    except postgres.Unavailable as error:
        print(f"PostgreSQL is left out: {error}")
        return figures


async def _measured(engine, seed, killing, url=None):
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as folder:
        url = url or f"sqlite:///{Path(folder) / 'intern.db'}"
        async with crowd(url, PEOPLE) as made:
            await made.plant(EACH)
            begun = time.time()
            waits = await killing(made, folder, _ends(random.Random(seed)))
            figures = await _counted(made) | waits
            figures["seconds"] = time.time() - begun
    return {
        f"{engine}_kill_{name}" if "_s" not in name else f"{engine}_{name}": v for name, v in figures.items()
    }


def _ends(rng):
    """How each life ends, in random order: a doom, or how long it may send before it is shot."""
    dooms = [(boundary, _crossings(boundary, rng)) for boundary in BOUNDARIES for _ in range(AT_EACH)]
    ends = [*dooms, *(rng.uniform(0.0, 0.6) for _ in range(RANDOM))]
    rng.shuffle(ends)
    return ends


def _crossings(boundary, rng):
    return {"claimed": rng.randint(1, 6), "expanding": 1}.get(boundary) or rng.randint(1, 120)


async def _one_after_the_other(made, folder, ends):
    waits = []
    for end in ends:
        await _wave(made, end)
        life = Life(made.environment, folder, doom=_doom(end))
        waits.append(await _lived(made, life, end))
    last = Life(made.environment, folder)
    await _finished(made)
    await last.terminate()
    return _waited("first_send", [wait for wait in waits if wait is not None])


async def _leader_and_standby(made, folder, ends):
    """Every life begins as the standby of the one before."""
    takeovers = []
    leader = Life(made.environment, folder, doom=_doom(ends[0]))
    await leader.says("ready")
    for end, after in zip(ends, [*ends[1:], None], strict=True):
        standby = Life(made.environment, folder, doom=_doom(after))
        await standby.says("of this INTERN sends")
        await _wave(made, end)
        await _lived(made, leader, end)
        if (first := await _first_send(made, leader.ended_at + IN_TRANSIT, standby)) is not None:
            takeovers.append(first - leader.ended_at)
        leader = standby
    await _finished(made)
    await leader.terminate()
    return _waited("failover", takeovers)


def _doom(end):
    return end if isinstance(end, tuple) else None


async def _wave(made, end):
    """What is to be cut off in expansion has to be there."""
    if _doom(end) and end[0] == "expanding":
        await made.plant(1, random.Random(len(made.titles)).sample(made.people, min(WAVE, len(made.people))))


async def _lived(made, life, end):
    """Let it come to its end; seconds from its being ready to its first send, if it got so far."""
    ready = await life.says("ready")
    if life.doomed:
        life.arm()
    if _doom(end) is None:
        await _first_send(made, life.begun, life)
        await asyncio.sleep(end)
        life.signal(signal.SIGKILL)
    try:
        assert await life.ended(DOOMED) == -signal.SIGKILL, life.said[-2000:]
    except TimeoutError:  # nothing left to cross
        await life.kill()
    first = made.first_after(max(ready, life.begun))
    return None if first is None else first - ready


async def _first_send(made, since, life, patience=10.0):
    """The first send that came in since then, unless the life ends before or nothing is left to send."""
    limit = time.time() + patience
    while (first := made.first_after(since)) is None:
        if not life.alive or time.time() > limit:
            return None
        await asyncio.sleep(0.005)
    return first


async def _finished(made, patience=180.0):
    """Every alert has ended, or nothing more happens: then what is left is lost."""
    limit = time.time() + patience
    while not await made.settled() and time.time() < limit:
        await asyncio.sleep(0.2)


def _waited(name, waits):
    waits = sorted(waits)
    return {
        f"{name}_p50_s": waits[len(waits) // 2],
        f"{name}_p99_s": waits[-1 - len(waits) // 100],
        f"{name}_max_s": waits[-1],
    }


async def _counted(made):
    copies, rows = made.copies(), await made.rows()
    doubled = [title for title, times in copies.items() if times > 1]
    ended = {title: row is not None and row["state"] in ENDED for title, row in rows.items()}
    sent = {title for title, row in rows.items() if row is not None and row["state"] == "sent"}
    return {
        "kills": RANDOM + AT_EACH * len(BOUNDARIES),
        "deliveries": len(copies),
        "lost": sum(not ended[t] or (t in sent and copies[t] == 0) for t in copies),
        "doubled": len(doubled),
        "max_copies": max(copies.values()),
        "doubled_but_never_cut_off": sum(not rows[title]["ambiguous"] for title in doubled),
        "unknown": sum(row is not None and row["state"] == "unknown" for row in rows.values()),
        "unknown_not_arrived": sum(
            row is not None and row["state"] == "unknown" and not copies[t] for t, row in rows.items()
        ),
        "429s": sum(call.code == 429 for call in made.server.calls),
        "violations": len(made.server.violations),
    }
