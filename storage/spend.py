"""The spend ledger: money is reserved before a call and settled by its bill.

Amounts are ticks, 10^10 to the dollar. What is reserved and not settled counts as spent: a call that was cut
off may have been billed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.budget import USERS, Spent
from core.models import SpendEntry
from core.narratives.merging import survivor
from storage import dialects
from storage.tables import spend

_TICKS = func.coalesce(spend.c.settled_ticks, spend.c.reserved_ticks)
_TOTAL = cast(func.coalesce(func.sum(_TICKS), 0), BigInteger)


async def reserve(c: AsyncConnection, entry: SpendEntry) -> None:
    """Set money aside; the same id twice is one reservation."""
    await c.execute(dialects.insert(c, spend).values(entry.model_dump()).on_conflict_do_nothing())


async def exclusively(c: AsyncConnection) -> None:
    """Until the caller's transaction ends, nobody else who asks this reserves anything."""
    await dialects.exclusively(c, dialects.Lock.SPEND)


async def raise_reservation(c: AsyncConnection, entry_id: str, *, ticks: int) -> None:
    """A call without a bill has used that much for certain: less than was reserved changes nothing."""
    more = spend.c.settled_ticks.is_(None) & (spend.c.reserved_ticks < ticks)
    await c.execute(update(spend).where(spend.c.id == entry_id, more).values(reserved_ticks=ticks))


async def settle(c: AsyncConnection, entry_id: str, *, ticks: int, response_id: str | None) -> None:
    """The bill has come."""
    await c.execute(
        update(spend).where(spend.c.id == entry_id).values(settled_ticks=ticks, response_id=response_id)
    )


async def release(c: AsyncConnection, entry_id: str) -> None:
    """The call certainly never left: it cost nothing. A bill that has come stays."""
    await c.execute(
        update(spend).where(spend.c.id == entry_id, spend.c.settled_ticks.is_(None)).values(settled_ticks=0)
    )


async def usage(c: AsyncConnection, now: datetime) -> Spent:
    """What the calendar hour, day and month (UTC) of `now` have cost so far."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    day, month = hour.replace(hour=0), hour.replace(hour=0, day=1)
    users = spend.c.purpose.in_(sorted(USERS))
    query = select(
        _where((spend.c.at >= hour) & ~users), _where((spend.c.at >= day) & ~users),
        _where((spend.c.at >= day) & users), _where(true()),
    ).where(spend.c.at >= month)  # fmt: skip
    in_hour, in_day, by_users, in_month = (await c.execute(query)).one()
    return Spent(hour=in_hour, day=in_day, users=by_users, month=in_month)


def _where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(case((condition, _TICKS), else_=0)), 0), BigInteger)


async def spent(c: AsyncConnection, *, since: datetime) -> int:
    """Ticks settled, or reserved and not settled, since then."""
    return int((await c.execute(select(_TOTAL).where(spend.c.at >= since))).scalar_one())


async def by_narrative(
    c: AsyncConnection, *, since: datetime, limit: int, redirects: Mapping[str, str]
) -> list[tuple[str, int]]:
    """(narrative id, ticks) of the dearest narratives since then, the dearest first; a merged one's are its
    survivor's."""
    query = (
        select(spend.c.narrative_id, _TOTAL)
        .where(spend.c.at >= since, spend.c.narrative_id.is_not(None))
        .group_by(spend.c.narrative_id)
    )
    ticks: Counter[str] = Counter()
    for id, total in await c.execute(query):
        ticks[survivor(id, redirects)] += int(total)
    return sorted(ticks.items(), key=lambda row: (-row[1], row[0]))[:limit]


async def breakdown(c: AsyncConnection, *, since: datetime) -> dict[str, int]:
    """Ticks by purpose, since then; their sum is `spent`."""
    query = select(spend.c.purpose, _TOTAL).where(spend.c.at >= since).group_by(spend.c.purpose)
    return {purpose: int(ticks) for purpose, ticks in await c.execute(query.order_by(spend.c.purpose))}


async def open_reservations(c: AsyncConnection, *, since: datetime | None = None) -> list[SpendEntry]:
    """Reservations (since then) no bill has come for, oldest first."""
    query = select(spend).where(spend.c.settled_ticks.is_(None)).order_by(spend.c.at, spend.c.id)
    if since is not None:
        query = query.where(spend.c.at >= since)
    return [SpendEntry(**row) for row in (await c.execute(query)).mappings()]
