"""A life on ground that gives way: when it goes on, what it left half done, how it ends."""

import asyncio
import time
from contextlib import asynccontextmanager

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from storage.tables import deliveries, firings
from tests.chaos.crowd import ENDED
from tests.chaos.life import Life


@asynccontextmanager
async def living(whose, folder, *, ready=True, limited=False):
    """One life for a crowd or with an environment; it does not outlive the block."""
    life = Life(getattr(whose, "environment", whose), folder, limited=limited)
    try:
        if ready:
            await life.says("ready")
        yield life
    finally:
        if life.alive:
            await life.kill()


async def half_states(made):
    """Alerts marked as expanded without a message, and messages of alerts that are not marked."""
    async with made.database.reading() as c:
        marked = set(await c.scalars(select(firings.c.id).where(firings.c.expanded)))
        causes = set(await c.scalars(select(deliveries.c.cause).where(deliveries.c.cause.like("firing:%"))))
    return len({f"firing:{id}" for id in marked} ^ causes)


async def resumed(made, since, patience=30.0):
    """Seconds until the next send came in, or until nothing was left to send."""
    while time.time() < since + patience:
        if (first := made.first_after(since)) is not None:
            return first - since
        if await patiently(made.settled):
            return time.time() - since
        await asyncio.sleep(0.05)
    return patience


async def settled(made, patience=30.0, *, known_only=False):
    """Wait until everything has ended; how much of it did not. `known_only`: of what was planned at all."""
    limit = time.time() + patience
    while True:
        rows = (await patiently(made.rows)).values()
        left = sum(not known_only if row is None else row["state"] not in ENDED for row in rows)
        if not left or time.time() > limit:
            return left
        await asyncio.sleep(0.2)


async def patiently(ask, patience=15.0):
    """What `ask` gives, from a database that may be away for a moment."""
    limit = time.time() + patience
    while True:
        try:
            return await ask()
        except (SQLAlchemyError, OSError):
            if time.time() > limit:
                raise
            await asyncio.sleep(0.05)


async def outcome(life):
    """1 if the process had ended by itself or ends wrongly, else 0."""
    if not life.alive:
        return 1
    code, _ = await life.terminate()
    return int(code != 0)


async def counted(made, name):
    """What became of all alerts: how many, lost ones, and the most copies of one."""
    copies, rows = made.copies(), await made.rows()
    lost = [
        t
        for t, row in rows.items()
        if row is None or row["state"] not in ENDED or (row["state"] == "sent" and not copies[t])
    ]
    return {
        f"{name}_deliveries": len(copies),
        f"{name}_lost": len(lost),
        f"{name}_max_copies": max(copies.values()),
    }
