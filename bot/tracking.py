"""Keeps the track record: what is told is written down as it is told, and graded when its time has come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import AppClock
from core import calibration
from core.alerts import shadows, track_record
from core.alerts.track_record import HORIZONS, grade, talk
from core.models import Calibration, Cycle, Firing, Grade, Horizon, Record, Score
from core.narratives.merging import survivor
from storage import counts, mentions, narratives, observations, records, scores, volumes
from storage.database import Database

log = structlog.get_logger()
REACH = timedelta(days=30)  # older records stay without a grade: INTERN was not there to look
ALIVE = timedelta(days=4)  # a narrative on record had a post so lately

_Due = list[tuple[Record, Horizon]]


async def keep(
    c: AsyncConnection, cycle: Cycle, scored: Sequence[Score], firings: Sequence[Firing]
) -> list[Firing]:
    """Write down what a turn tells, and what simpler bots would have; the firings as they are shown.

    In the transaction of the firings: what was told is on record, and nothing else.
    """
    now, stamp = cycle.known_at, cycle.params_hash
    learnt = await records.calibration(c)
    shown = [_shown(firing, learnt) for firing in firings]
    told = track_record.alerted(shown, scored, stamp)
    await records.append(c, [*told, *track_record.controls(scored, told, stamp)])
    found = await volumes.read(c, [score.narrative_id for score in scored], now=now)
    lately = await records.shadowed(c, since=now - shadows.COOLDOWN)
    await records.append(c, shadows.told(scored, found, lately, stamp))
    return shown


def _shown(firing: Firing, learnt: Calibration) -> Firing:
    """With the confidence people see; a market's firing has none."""
    if "confidence" not in firing.facts:
        return firing
    confidence = calibration.calibrated(learnt, firing.facts["confidence"])
    return firing.model_copy(update={"facts": firing.facts | {"confidence": confidence}})


async def grade_due(database: Database, now: datetime) -> list[Grade]:
    """Grade what is due, from the log as it is known now; repeating it changes nothing."""
    async with database.reading() as c:
        due = await records.due(c, now, since=now - REACH)
        grades = await grades_of(c, due, now) if due else []
    if grades:
        async with database.writing() as c:
            await records.append_grades(c, grades)
        log.info("graded", grades=len(grades), hits=sum(bool(each.hit) for each in grades))
    return grades


async def grades_of(c: AsyncConnection, due: _Due, now: datetime) -> list[Grade]:
    """The grades of these records, none of them written down; `due` is not empty."""
    since = min(record.at + HORIZONS[horizon][0] for record, horizon in due)
    redirects = await narratives.redirects(c, since=min(record.at for record, _ in due) - ALIVE)
    leads = {record.narrative_id: survivor(record.narrative_id, redirects) for record, _ in due}
    ids = set(leads.values())
    spoken = await mentions.read(c, since=since, known_by=now, narrative_ids=ids)
    polls = await observations.polls(c, since=since, known_by=now)
    counted = await counts.read(c, since=since, known_by=now, narrative_ids=ids)
    beside = await _beside(c, due, leads)
    talks = await asyncio.to_thread(lambda: {id: talk(id, spoken, polls, counted) for id in ids})
    return [
        grade(record, horizon, talks[leads[record.narrative_id]], now, beside=beside.get(record.id, 0.0))
        for record, horizon in due
    ]


async def _beside(c: AsyncConnection, due: _Due, leads: Mapping[str, str]) -> dict[str, float]:
    """The usual rate, when the record was made, of the narrative each merged one leads to today."""
    merged = [record for record, _ in due if leads[record.narrative_id] != record.narrative_id]
    found = {}
    for record in merged:
        ranking = {score.narrative_id: score for score in await scores.as_of(c, record.at)}
        if leads[record.narrative_id] in ranking:
            found[record.id] = ranking[leads[record.narrative_id]].baseline_per_hour
    return found


async def recalibrate(database: Database, clock: AppClock) -> Calibration:
    """Learn from every graded alert what confidence was worth; too few teach nothing."""
    async with database.reading() as c:
        seen = await records.outcomes(c)
    pairs = [(each.confidence, each.hit) for each in seen if each.confidence is not None]
    fitted = await asyncio.to_thread(calibration.fit, pairs, clock.now())
    if fitted.method != "identity":
        async with database.writing() as c:
            await records.keep_calibration(c, fitted)
        log.info("confidence recalibrated", method=fitted.method, outcomes=fitted.n)
    return fitted
