"""What a chat does not want any more, taken back before it leaves: alerts that wait for their way out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, false, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import DeliveryKind, DeliveryState, Firing
from storage.tables import deliveries, delivery_firings, firings

_FIRING = [firings.c[name] for name in Firing.model_fields]
_WAITS = and_(deliveries.c.state == DeliveryState.PENDING, deliveries.c.kind == DeliveryKind.NEW)


async def withdraw(
    c: AsyncConnection,
    chat_id: int,
    reason: str,
    *,
    narrative_ids: Collection[str] | None = None,
    rules: Collection[str] | None = None,
) -> list[Firing]:
    """Take back what has not begun to leave, about these narratives or by these rules (None: any).

    A message that tells of other stories too goes without them; one a sender has claimed loses its claim.
    Returns the firings that are not told.
    """
    meant = [firings.c.chat_id == chat_id]
    if narrative_ids is not None:
        meant.append(firings.c.narrative_id.in_(list(narrative_ids)))
    if rules is not None:
        meant.append(firings.c.rule.in_(list(rules)))
    wanted = and_(true(), *meant)
    return await _unplanned(c, wanted) + await _planned(c, wanted, reason)


async def _unplanned(c: AsyncConnection, wanted: ColumnElement[bool]) -> list[Firing]:
    """Firings that have no message yet never get one."""
    waiting = update(firings).where(wanted, firings.c.expanded == false()).values(expanded=True)
    return [Firing(**row) for row in (await c.execute(waiting.returning(*_FIRING))).mappings()]


async def _planned(c: AsyncConnection, wanted: ColumnElement[bool], reason: str) -> list[Firing]:
    """Those that lead in a message; a message by another rule of the same story stays."""
    query = (
        select(deliveries.c.id.label("message"), deliveries.c.payload, *_FIRING)
        .join(delivery_firings, delivery_firings.c.firing_id == firings.c.id)
        .join(deliveries, deliveries.c.id == delivery_firings.c.delivery_id)
        .where(wanted, _WAITS, firings.c.told_by.is_(None))
        .order_by(deliveries.c.id, firings.c.id)
        .with_for_update(of=deliveries)
    )
    gone: list[Firing] = []
    payloads: dict[int, dict[str, Any]] = {}
    for row in (await c.execute(query)).mappings():
        gone.append(Firing(**{name: row[name] for name in Firing.model_fields}))
        payloads[row["message"]] = row["payload"]
    ids = {firing.id for firing in gone}
    for message, payload in payloads.items():
        await _without(c, message, payload, ids, reason)
    return gone


async def _without(
    c: AsyncConnection, message: int, payload: dict[str, Any], gone: Collection[str], reason: str
) -> None:
    left = [told for told in payload.get("alerts", []) if told["firing"] not in gone]
    freed: dict[str, Any] = {"owner": None, "lease_until": None}
    if left:
        links = delivery_firings.c
        of_it = and_(links.delivery_id == message, links.firing_id.in_(list(gone)))
        await c.execute(delete(delivery_firings).where(of_it))
        changed: dict[str, Any] = {"payload": payload | {"alerts": left}}
    else:  # one that was cut off once may have arrived then
        ends = case((deliveries.c.ambiguous, DeliveryState.UNKNOWN), else_=DeliveryState.EXPIRED)
        changed = {"state": ends, "reason": reason}
    await c.execute(update(deliveries).where(deliveries.c.id == message).values(**changed, **freed))
