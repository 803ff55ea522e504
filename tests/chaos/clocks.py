"""Clocks that stop, jump and change: does every chat get its digest once a date, and does work go on?

Digests: INTERN is down for a minute, an hour, 25 hours over digest times, or its clock is set, in any of
fifty zones; it looks at the chat twice an hour. Three years of the zones are reckoned without a
database. Work: a job of one slot a second, on a clock that is set to and fro between times it has
seen before.
"""

import asyncio
import random
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine
from sqlalchemy import select

from bot import digests
from bot.clock import AppClock
from bot.rota import Rota
from storage import chats, deliveries
from storage.database import Database
from storage.migrate import migrate
from storage.tables import job_runs
from tests.bot.test_digest_dates import CATCH_UP, END, START, ZONES, rings
from tests.core.makers import chat

MINUTE, HOUR, DAY, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
LOOKS = 30 * MINUTE
DOWNTIMES, TRIALS = (MINUTE, HOUR, 25 * HOUR), 40  # of each downtime, and of clocks that are set
LIVES = 5 * DAY
STEPS, STAYS = 16, 2.5  # seconds at each time the clock is set to
OFFSETS = (timedelta(0), -HOUR, DAY, DAY - HOUR)


async def run(seed):
    """Figures of all three."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="intern-clocks-") as folder:
        url = f"sqlite:///{Path(folder) / 'intern.db'}"
        await migrate(url)
        database = await Database.open(url)
        try:
            return (
                _zones(rng)
                | await _downtimes(database, rng)
                | await _set(database, rng)
                | await _steps(database, rng)
            )
        finally:
            await database.close()


def _zones(rng):
    """Each zone through three years, with digests at a time of its own."""
    dates = gaps = twice = 0
    for zone in ZONES:
        local = f"{rng.randrange(24):02}:{rng.choice((0, 15, 30, 59)):02}"
        days = [day for day, _, _ in rings(local, zone, 5 * HOUR, rng.randrange(300) * MINUTE)]
        dates += len(days)
        twice += len(days) - len(set(days))
        gaps += (END - START).days - 2 - len(days) if len(days) < (END - START).days - 2 else 0
        gaps += sum((b - a).days != 1 for a, b in pairwise(days))
    return {"zone_dates": dates, "zone_dates_missed": gaps, "zone_dates_twice": twice}


async def _downtimes(database, rng):
    """Digests due while INTERN is down: caught up in their window, written down with a reason beyond it."""
    found = Counter()
    for down in DOWNTIMES:
        for _ in range(TRIALS):
            member, begun = await _member(database, rng)
            away = _due(member, begun + 2 * DAY) - rng.random() * down
            looks = [at for at in _looks(begun) if not away <= at < away + down] + [away + down]
            planned = await _looked(database, member, sorted(looks))
            found += await _digests(database, member, looks, planned, begun)
    return {f"downtime_{name}": found[name] for name in ("digests", "missed", "twice", "without_reason")} | {
        "downtimes": len(DOWNTIMES) * TRIALS
    }


async def _set(database, rng):
    """Digests on a clock that is an hour behind or a day ahead around their time, and then right again."""
    found = Counter()
    for number in range(TRIALS):
        member, begun = await _member(database, rng)
        wrong = _due(member, begun + 2 * DAY) - rng.random() * 2 * HOUR
        right = wrong + rng.random() * 4 * HOUR
        off = (-HOUR, DAY)[number % 2]
        looks = [at + off if wrong <= at < right else at for at in _looks(begun)]
        planned = await _looked(database, member, looks)
        found += await _digests(database, member, looks, planned, begun)
    return {f"clock_set_digests_{name}": found[name] for name in ("missed", "twice")} | {"clocks_set": TRIALS}


async def _member(database, rng):
    """A new chat that gets its digest at some time, somewhere, and when its life begins."""
    local = f"{rng.randrange(24):02}:{rng.choice((0, 15, 30, 59)):02}"
    begun = START + rng.random() * (END - START - LIVES)
    member = chat(rng.randrange(1, 10**9), zone=rng.choice(ZONES), digest_at=local, subscribed=False)
    async with database.writing() as c:
        await chats.save(c, member)
        await digests.postpone_to_tomorrow(c, member, begun)
    return member, begun


def _looks(begun):
    return [begun + n * LOOKS for n in range(LIVES // LOOKS)]


async def _looked(database, member, looks):
    """The local dates for which a digest was planned, one entry a digest."""
    planned = []
    async with database.writing() as c:
        for now in looks:
            known = next(each for each in await chats.with_digest(c) if each.id == member.id)
            if await digests.plan_due(c, known, now, CATCH_UP):
                planned.append(max(date for date in _dates(member, now) if _due_on(member, date) <= now))
        await chats.pause(c, member.id, "its life is over")
    return planned


async def _digests(database, member, looks, planned, begun):
    """What became of every date whose digest was due in the middle of the life."""
    async with database.reading() as c:
        rows = {row.cause.removeprefix("digest:"): row for row in await deliveries.for_chat(c, member.id)}
    found = Counter(digests=len(planned), twice=len(planned) - len(set(planned)))
    for date in _dates(member, begun + DAY, 4):
        due = _due_on(member, date)
        if not begun < due < begun + LIVES - DAY:
            continue
        looked, made = any(due <= at < due + CATCH_UP for at in looks), date in planned
        found["missed"] += looked and not made
        found["without_reason"] += not made and getattr(rows.get(str(date)), "reason", None) is None
    return found


def _dates(member, around, more=1):
    first = around.astimezone(ZoneInfo(member.zone)).date()
    return [first + n * DAY for n in range(-1, more)]


def _due_on(member, date):
    hour, minute = map(int, member.digest_at.split(":"))
    local = datetime(date.year, date.month, date.day, hour, minute, tzinfo=ZoneInfo(member.zone))
    return local.astimezone(UTC)


def _due(member, around):
    return _due_on(member, around.astimezone(ZoneInfo(member.zone)).date())


async def _steps(database, rng):
    """The longest rest of a job of a slot a second while the clock is set to and fro; what it did twice."""
    worked, moments = [], []

    async def work(slot):
        worked.append(slot)
        moments.append(asyncio.get_running_loop().time())

    rota, clock = Rota(database, waits=()), AppClock()
    begun = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with time_machine.travel(begun, tick=True) as machine:
        for offset in [rng.choice(OFFSETS) for _ in range(STEPS)]:
            machine.move_to(begun + offset)
            until = asyncio.get_running_loop().time() + STAYS
            while asyncio.get_running_loop().time() < until:
                rota.begin("steps", clock.now(), SECOND, work)
                await asyncio.sleep(0.02)
        await rota.stop(5.0)
    moments.append(until)
    async with database.reading() as c:
        done = len(
            list(
                await c.execute(
                    select(job_runs).where(job_runs.c.job == "steps", job_runs.c.done_at.is_not(None))
                )
            )
        )
    return {
        "clock_steps": STEPS,
        "clock_steps_slots": len(worked),
        "clock_steps_worked_twice": len(worked) - len(set(worked)),
        "clock_steps_not_finished": len(worked) - done,
        "clock_steps_longest_rest_s": max(b - a for a, b in pairwise(moments)),
    }
