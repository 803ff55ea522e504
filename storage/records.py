"""The track record: what was told, how it went on, and what confidence learnt from it. Only ever added to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.alerts.track_record import HORIZONS, SETTLES
from core.models import Calibration, Grade, Graded, Hits, Horizon, Record, RecordKind
from storage import dialects
from storage.tables import calibrations, grades, records


async def append(c: AsyncConnection, batch: Iterable[Record]) -> None:
    """Write down records; the same id twice is one, and the first one stays."""
    rows = [record.model_dump() | {"evidence": list(record.evidence)} for record in batch]
    if rows:
        await c.execute(dialects.insert(c, records).on_conflict_do_nothing(), rows)


async def append_grades(c: AsyncConnection, batch: Iterable[Grade]) -> None:
    """Write down grades: one per record and horizon, the first one stays."""
    rows = [grade.model_dump() for grade in batch]
    if rows:
        await c.execute(dialects.insert(c, grades).on_conflict_do_nothing(), rows)


async def due(c: AsyncConnection, now: datetime, *, since: datetime) -> list[tuple[Record, Horizon]]:
    """What can be graded by now and was not, of records since then; oldest first."""
    found: list[tuple[Record, Horizon]] = []
    for horizon, (_, end) in HORIZONS.items():
        done = exists().where(grades.c.record_id == records.c.id, grades.c.horizon == horizon)
        query = select(records).where(records.c.at > since, records.c.at <= now - end - SETTLES, ~done)
        rows = (await c.execute(query.order_by(records.c.at, records.c.id))).mappings()
        found += [(Record.model_validate(dict(row)), horizon) for row in rows]
    return found


async def sent(c: AsyncConnection, *, since: datetime) -> list[tuple[str, datetime]]:
    """(narrative id, when) of what was told after `since`."""
    query = select(records.c.narrative_id, records.c.at).where(
        records.c.kind == RecordKind.ALERT, records.c.at > since
    )
    return [(id, at) for id, at in await c.execute(query.order_by(records.c.at, records.c.id))]


async def shadowed(c: AsyncConnection, *, since: datetime) -> set[tuple[RecordKind, str]]:
    """(shadow, narrative id) of what each shadow told after `since`."""
    query = select(records.c.kind, records.c.narrative_id).where(
        records.c.kind.not_in([RecordKind.ALERT, RecordKind.CONTROL]), records.c.at > since
    )
    return {(RecordKind(kind), id) for kind, id in await c.execute(query)}


async def hits(c: AsyncConnection) -> dict[tuple[RecordKind, Horizon], Hits]:
    """How all records ended, by kind and horizon; what has no grade yet is not in it."""
    query = (
        select(
            records.c.kind,
            grades.c.horizon,
            _count(grades.c.hit.is_(True)),
            _count(grades.c.hit.is_not(None)),
            _count(grades.c.hit.is_(None)),
        )
        .join(grades, grades.c.record_id == records.c.id)
        .group_by(records.c.kind, grades.c.horizon)
    )
    return {
        (RecordKind(kind), horizon): Hits(hits=hit, graded=graded, ungraded=ungraded)
        for kind, horizon, hit, graded, ungraded in await c.execute(query)
    }


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), BigInteger)


async def outcomes(c: AsyncConnection) -> list[Graded]:
    """Every alert with a grade after 3 h, oldest first."""
    query = (
        select(records.c.confidence, records.c.shown, grades.c.hit)
        .join(grades, and_(grades.c.record_id == records.c.id, grades.c.horizon == "3h"))
        .where(records.c.kind == RecordKind.ALERT, grades.c.hit.is_not(None))
        .order_by(records.c.at, records.c.id)
    )
    return [
        Graded(confidence=confidence, shown=shown, hit=hit)
        for confidence, shown, hit in await c.execute(query)
    ]


async def keep_calibration(c: AsyncConnection, fitted: Calibration) -> None:
    """Add what was learnt; of the same moment the first one stays."""
    row = {"at": fitted.at, "payload": fitted.model_dump(mode="json")}
    await c.execute(dialects.insert(c, calibrations).values(row).on_conflict_do_nothing())


async def calibration(c: AsyncConnection) -> Calibration:
    """What was learnt last; before anything was, confidence stands as it was measured."""
    query = select(calibrations.c.payload).order_by(calibrations.c.at.desc()).limit(1)
    payload = (await c.execute(query)).scalar_one_or_none()
    return Calibration() if payload is None else Calibration.model_validate(payload)
