"""When a chat gets a new id: rewrite it in every table, without losing or doubling anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import DeliveryState
from storage import dialects
from storage.tables import deliveries, delivery_firings, metadata

# Of two deliveries of the same thing the one that got further stays.
_STANDING = [
    DeliveryState.DEAD,
    DeliveryState.EXPIRED,
    DeliveryState.PENDING,
    DeliveryState.UNKNOWN,
    DeliveryState.SENDING,
    DeliveryState.SENT,
]


async def rewrite(c: AsyncConnection, old_id: int, new_id: int) -> None:
    """Give every row that carries chat `old_id` the `new_id`; safe to repeat."""
    await _merge_deliveries(c, old_id, new_id)
    for table in metadata.sorted_tables:
        if "chat_id" in table.c:
            if "chat_id" in table.primary_key.columns:
                await _drop_doubles(c, table, old_id, new_id)
            await c.execute(update(table).where(table.c.chat_id == old_id).values(chat_id=new_id))


async def _drop_doubles(c: AsyncConnection, table: Table, old_id: int, new_id: int) -> None:
    """Rows the new id already has under the same key."""
    twin = table.alias("twin")
    rest: list[Any] = [
        twin.c[column.name] == column for column in table.primary_key if column.name != "chat_id"
    ]
    double = exists().where(twin.c.chat_id == new_id, *rest)
    await c.execute(delete(table).where(table.c.chat_id == old_id, double))


async def _merge_deliveries(c: AsyncConnection, old_id: int, new_id: int) -> None:
    twin = deliveries.alias("twin")
    same = (twin.c.cause == deliveries.c.cause) & (twin.c.kind == deliveries.c.kind)
    query = (
        select(deliveries.c.id, deliveries.c.state, twin.c.id, twin.c.state)
        .join(twin, same)
        .where(deliveries.c.chat_id == old_id, twin.c.chat_id == new_id)
    )
    for old, old_state, new, new_state in (await c.execute(query)).all():
        further = _STANDING.index(old_state) > _STANDING.index(new_state)
        await _absorb(c, keep=old if further else new, drop=new if further else old)


async def _absorb(c: AsyncConnection, *, keep: int, drop: int) -> None:
    """The kept delivery answers for the firings of the dropped one."""
    links = delivery_firings.c
    query = select(links.firing_id).where(links.delivery_id == drop)
    rows = [{"delivery_id": keep, "firing_id": firing} for firing in (await c.execute(query)).scalars()]
    if rows:
        await c.execute(dialects.insert(c, delivery_firings).on_conflict_do_nothing(), rows)
    await c.execute(delete(deliveries).where(deliveries.c.id == drop))
