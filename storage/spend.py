"""The spend ledger: money is reserved before a call and settled by its bill.

Amounts are ticks, 10^10 to the dollar. What is reserved and not settled counts as spent: a call that was cut
off may have been billed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import SpendEntry
from storage import dialects
from storage.tables import spend

_TICKS = func.coalesce(spend.c.settled_ticks, spend.c.reserved_ticks)
_TOTAL = cast(func.coalesce(func.sum(_TICKS), 0), BigInteger)


async def reserve(c: AsyncConnection, entry: SpendEntry) -> None:
    """Set money aside; the same id twice is one reservation."""
    await c.execute(dialects.insert(c, spend).values(entry.model_dump()).on_conflict_do_nothing())


async def reserve_within(c: AsyncConnection, entry: SpendEntry, *, since: datetime, cap_ticks: int) -> bool:
    """Reserve only if all spending since then stays within the cap; False: nothing was reserved.

    Until the caller's transaction ends, nobody else can reserve this way.
    """
    await dialects.exclusively(c, dialects.Lock.SPEND)
    reserved = (await c.execute(select(spend.c.id).where(spend.c.id == entry.id))).first()
    if reserved is None and await spent(c, since=since) + entry.reserved_ticks > cap_ticks:
        return False
    await reserve(c, entry)
    return True


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


async def spent(c: AsyncConnection, *, since: datetime) -> int:
    """Ticks settled, or reserved and not settled, since then."""
    return int((await c.execute(select(_TOTAL).where(spend.c.at >= since))).scalar_one())


async def breakdown(c: AsyncConnection, *, since: datetime) -> dict[str, int]:
    """Ticks by purpose, since then; their sum is `spent`."""
    query = select(spend.c.purpose, _TOTAL).where(spend.c.at >= since).group_by(spend.c.purpose)
    return {purpose: int(ticks) for purpose, ticks in await c.execute(query.order_by(spend.c.purpose))}


async def open_reservations(c: AsyncConnection) -> list[SpendEntry]:
    """Reservations no bill has come for, oldest first."""
    query = select(spend).where(spend.c.settled_ticks.is_(None)).order_by(spend.c.at, spend.c.id)
    return [SpendEntry(**row) for row in (await c.execute(query)).mappings()]
