"""From the database to all measures: 1,000 narratives × 7 days, in a warm process and after a restart."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from statistics import median

import numpy as np
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.recall import Recall
from core.models import Cycle, Mention, Narrative, Poll, Post
from core.signals import Log, build, measure
from core.signals.log import united
from storage import log as rows
from storage import snapshots, tables
from storage.database import Database
from tests.bench.score import HOURS, NOW, world
from tests.bench.stage import database, story

HOUR = timedelta(hours=1)
SINCE = NOW - timedelta(days=30)
RUNS = 5


class Undone(Exception):
    """Takes a turn's rows back, so that it can be measured again."""


async def figures() -> dict[str, float]:
    """Median milliseconds on SQLite: one more turn folded in and measured; the same from the snapshot."""
    ids, mentions, polls = world(np.random.default_rng(20261120))
    last = NOW - HOUR
    async with database() as (db, _):
        await _plant(db, ids, mentions, polls, last)
        recall = Recall("bench")
        await _snapshot(db, recall, ids, last)
        new = [m for m in mentions if m.created_at > last], [p for p in polls if p.until > last]
        warm = [await _turn(db, recall, ids, *new) for _ in range(RUNS + 1)]
        cold = [await _restart(db, ids, last) for _ in range(RUNS + 1)]
    return {"score_1000_db_ms": median(warm[1:]), "score_1000_restart_ms": median(cold[1:])}


async def _turn(
    db: Database, recall: Recall, ids: list[str], mentions: list[Mention], polls: list[Poll]
) -> float:
    """What a turn reads, folds in and measures; writing its rows is not counted, and they are taken back."""
    begin = time.perf_counter()
    async with db.reading() as c:
        known = await recall.read(c, ids, since=SINCE, now=NOW)
    took = time.perf_counter() - begin
    try:
        async with db.writing() as c:
            await _write(c, mentions, polls, "now")
            begin = time.perf_counter()
            posts = [m.post_id for m in mentions]
            added = await rows.added(c, "now", posts, ids)
            _measure(united([known.parted(posts)[0], added]), ids)
            took += time.perf_counter() - begin
            raise Undone
    except Undone:
        return 1000.0 * took


async def _restart(db: Database, ids: list[str], last: datetime) -> float:
    begin = time.perf_counter()
    async with db.reading() as c:
        known = await Recall("bench").read(c, ids, since=SINCE, now=NOW)
    _measure(known, ids)
    return 1000.0 * (time.perf_counter() - begin)


def _measure(log: Log, ids: Collection[str]) -> None:
    assert measure(build(list(ids), log, now=NOW, hours=HOURS)).polled.any()


async def _plant(
    db: Database, ids: list[str], mentions: Iterable[Mention], polls: Iterable[Poll], last: datetime
) -> None:
    """The log until an hour ago."""
    async with db.writing() as c:
        told = [story(i).model_copy(update={"id": id, "slug": id}) for i, id in enumerate(ids)]
        await c.execute(insert(tables.narratives), [_narrative(n) for n in told])
        await _write(
            c, [m for m in mentions if m.created_at <= last], [p for p in polls if p.until <= last], "before"
        )


def _narrative(narrative: Narrative) -> dict[str, object]:
    return narrative.model_dump() | {"folded_title": narrative.title.casefold()}


async def _write(c: AsyncConnection, mentions: list[Mention], polls: list[Poll], cycle_id: str) -> None:
    at = max(p.until for p in polls)
    cycle = Cycle(id=cycle_id, started_at=at, known_at=at, params_hash="bench")
    asked = [p.model_copy(update={"cycle_id": cycle_id, "limit": 10, "since": p.until - HOUR}) for p in polls]
    posts = [
        Post(id=m.post_id, created_at=m.created_at, known_at=m.known_at, author=m.author, stance=m.stance)
        for m in mentions
    ]
    joined = [
        {name: getattr(m, name) for name in ("narrative_id", "post_id", "created_at", "known_at", "metered")}
        for m in mentions
    ]
    await c.execute(insert(tables.cycles), [cycle.model_dump()])
    await c.execute(insert(tables.polls), [p.model_dump() for p in asked])
    await c.execute(insert(tables.posts), [p.model_dump() for p in posts])
    await c.execute(insert(tables.mentions), joined)


async def _snapshot(db: Database, recall: Recall, ids: list[str], last: datetime) -> None:
    """As the turn of an hour ago left it: in mind and in the database."""
    async with db.reading() as c:
        log = await recall.read(c, ids, since=SINCE, now=last)
    async with db.writing() as c:
        await snapshots.save(c, recall.stamp, "before", log.pages(ids), held=log.ids)
    recall.keep(log, "before")
