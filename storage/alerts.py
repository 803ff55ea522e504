"""Alerts: what was decided and why, and each time a rule came true for a chat."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Decision, DeliveryState, Fired, Firing, Phase
from storage import dialects
from storage.tables import decisions as decision_rows
from storage.tables import deliveries, delivery_firings, firings

FIRST_CHAT = -(2**63)  # no id is smaller
EVERY_CHAT = 0  # no chat has this id; a null could not be part of the key
_FIRING = [firings.c[name] for name in Firing.model_fields]
_FIRED = [firings.c[name] for name in Fired._fields]
_WAITING = firings.c.expanded == false()


async def append_decisions(c: AsyncConnection, decisions: Iterable[Decision]) -> None:
    """Write down decisions; the same one twice is one."""
    rows = [
        decision.model_dump() | {"chat_id": EVERY_CHAT if decision.chat_id is None else decision.chat_id}
        for decision in decisions
    ]
    if rows:
        await c.execute(dialects.insert(c, decision_rows).on_conflict_do_nothing(), rows)


async def decisions(c: AsyncConnection, *, narrative_id: str, chat_id: int, limit: int) -> list[Decision]:
    """The newest decisions on a narrative that concern this chat: its own and those for every chat."""
    query = (
        select(decision_rows)
        .where(
            decision_rows.c.narrative_id == narrative_id, decision_rows.c.chat_id.in_([chat_id, EVERY_CHAT])
        )
        .order_by(decision_rows.c.at.desc(), decision_rows.c.cycle_id.desc(), decision_rows.c.chat_id)
        .limit(limit)
    )
    return [
        Decision(**{**row, "chat_id": row["chat_id"] or None}) for row in (await c.execute(query)).mappings()
    ]


async def held(c: AsyncConnection, reason: str, narrative_ids: Iterable[str], *, since: datetime) -> set[str]:
    """Which of these narratives were held back for that reason since then."""
    found: set[str] = set()
    for chunk in dialects.chunks(narrative_ids):
        query = select(decision_rows.c.narrative_id).where(
            decision_rows.c.narrative_id.in_(chunk),
            decision_rows.c.at >= since,
            decision_rows.c.reason == reason,
        )
        found.update((await c.execute(query.distinct())).scalars())
    return found


async def append_firings(c: AsyncConnection, batch: Iterable[Firing]) -> None:
    """Write down firings, to be expanded into deliveries; the same id twice is one."""
    rows = [firing.model_dump() | {"expanded": False} for firing in batch]
    if rows:
        await c.execute(dialects.insert(c, firings).on_conflict_do_nothing(), rows)


async def remembered(c: AsyncConnection, narrative_ids: Iterable[str], *, since: datetime) -> list[Fired]:
    """What decisions have to know of earlier firings: the newest of each chat, rule and narrative asked for,
    and all since then."""
    found = await _fired(c, select(*_FIRED).where(firings.c.at >= since))
    key = [firings.c.chat_id, firings.c.rule, firings.c.narrative_id]
    for chunk in dialects.chunks(narrative_ids):
        asked = firings.c.narrative_id.in_(chunk)
        newest = select(*key, func.max(firings.c.at).label("at")).where(asked).group_by(*key).subquery()
        same = and_(*(newest.c[column.name] == column for column in (*key, firings.c.at)))
        found |= await _fired(c, select(*_FIRED).join(newest, same).where(asked))
    return sorted(found)


async def newest_firing(c: AsyncConnection, chat_id: int, narrative_ids: Iterable[str]) -> Firing | None:
    """A chat's newest firing about one of these narratives, the one whose message told it."""
    query = (
        select(*_FIRING)
        .where(firings.c.chat_id == chat_id, firings.c.narrative_id.in_(list(narrative_ids)))
        .order_by(firings.c.at.desc(), firings.c.told_by.is_not(None), firings.c.id)
        .limit(1)
    )
    return next(iter(await _read(c, query)), None)


async def fired_before(c: AsyncConnection, chat_id: int, before: datetime) -> list[Fired]:
    """What rules of a chat fired before then."""
    mine = select(*_FIRED).where(firings.c.chat_id == chat_id, firings.c.at < before)
    return sorted(await _fired(c, mine))


async def _fired(c: AsyncConnection, query: Select[Any]) -> set[Fired]:
    return {Fired._make((*row[:-1], Phase(row.phase))) for row in await c.execute(query)}


async def newest(
    c: AsyncConnection, narrative_ids: Iterable[str], *, since: datetime
) -> dict[tuple[int | None, str, str], Decision]:
    """The newest decision since then of each chat (None: all), rule and narrative asked for."""
    found: dict[tuple[int | None, str, str], Decision] = {}
    for chunk in dialects.chunks(narrative_ids):
        query = select(decision_rows).where(
            decision_rows.c.narrative_id.in_(chunk), decision_rows.c.at >= since
        )
        for row in (await c.execute(query.order_by(decision_rows.c.at, decision_rows.c.fired))).mappings():
            made = Decision(**{**row, "chat_id": row["chat_id"] or None})
            found[made.chat_id, made.rule, made.narrative_id] = made
    return found


async def kept_back(
    c: AsyncConnection,
    chat_id: int,
    reasons: Iterable[str],
    *,
    since: datetime,
    until: datetime | None = None,
) -> list[Decision]:
    """What was held back from a chat for one of these reasons since then (up to `until`): the newest decision
    on each narrative and rule that has not fired after it, oldest first."""
    query = select(decision_rows).where(
        decision_rows.c.chat_id == chat_id,
        decision_rows.c.at >= since,
        decision_rows.c.at < until if until else true(),
        or_(decision_rows.c.fired, decision_rows.c.reason.in_(list(reasons))),
    )
    newest: dict[tuple[str, str], Decision] = {}
    for row in (await c.execute(query.order_by(decision_rows.c.at, decision_rows.c.fired))).mappings():
        decision = Decision(**row)
        newest.pop((decision.narrative_id, decision.rule), None)
        newest[decision.narrative_id, decision.rule] = decision
    return [decision for decision in newest.values() if not decision.fired]


async def chats_kept_from(c: AsyncConnection, reasons: Iterable[str], *, since: datetime) -> list[int]:
    """Chats from which something was held back for one of these reasons since then."""
    query = select(decision_rows.c.chat_id).where(
        decision_rows.c.at >= since,
        decision_rows.c.reason.in_(list(reasons)),
        decision_rows.c.chat_id != EVERY_CHAT,
    )
    return sorted((await c.execute(query.distinct())).scalars())


async def heard(c: AsyncConnection, chat_id: int, *, since: datetime) -> set[str]:
    """Narratives a chat has, or will have, a message about that fired since then."""
    query = (
        select(firings.c.narrative_id)
        .join(delivery_firings, delivery_firings.c.firing_id == firings.c.id)
        .join(deliveries, deliveries.c.id == delivery_firings.c.delivery_id)
        .where(
            firings.c.chat_id == chat_id,
            firings.c.at >= since,
            deliveries.c.state.not_in([DeliveryState.EXPIRED, DeliveryState.DEAD]),
        )
    )
    return set((await c.execute(query.distinct())).scalars())


async def told_at(
    c: AsyncConnection, chat_id: int, narrative_ids: Iterable[str], *, since: datetime
) -> list[datetime]:
    """When those firings about these narratives came true that a chat got a message about, oldest first."""
    query = (
        select(firings.c.at)
        .join(delivery_firings, delivery_firings.c.firing_id == firings.c.id)
        .join(deliveries, deliveries.c.id == delivery_firings.c.delivery_id)
        .where(
            firings.c.chat_id == chat_id,
            firings.c.narrative_id.in_(list(narrative_ids)),
            firings.c.at >= since,
            deliveries.c.state == DeliveryState.SENT,
        )
    )
    return sorted((await c.execute(query.distinct())).scalars())


async def carried(c: AsyncConnection, delivery_ids: Iterable[int]) -> list[Firing]:
    """The firings these messages tell of."""
    found: list[Firing] = []
    for chunk in dialects.chunks(delivery_ids):
        query = (
            select(*_FIRING)
            .join(delivery_firings, delivery_firings.c.firing_id == firings.c.id)
            .where(delivery_firings.c.delivery_id.in_(chunk))
        )
        found += await _read(c, query.order_by(firings.c.at, firings.c.id))
    return found


async def firing(c: AsyncConnection, id: str) -> Firing | None:
    """One firing by its id."""
    return next(iter(await _read(c, select(*_FIRING).where(firings.c.id == id))), None)


async def fired_since(c: AsyncConnection, chat_id: int, since: datetime) -> int:
    """How often rules came true for this chat since then."""
    query = select(func.count()).where(firings.c.chat_id == chat_id, firings.c.at >= since)
    return (await c.execute(query)).scalar_one()


async def unexpanded(c: AsyncConnection, limit: int, *, first: int = FIRST_CHAT) -> list[Firing]:
    """About `limit` firings that have no deliveries yet, oldest first, those of one moment in a circle of
    chats that begins at chat `first`. What one chat gets of one moment, which may be one message, is not torn
    apart."""
    found: list[Firing] = []
    while len(found) < limit and (at := await _oldest_waiting(c, after=found[-1].at if found else None)):
        for side in (firings.c.chat_id >= first, firings.c.chat_id < first):
            if len(found) < limit:
                found += await _whole_chats(c, and_(_WAITING, firings.c.at == at, side), limit - len(found))
    return found


async def any_unexpanded(c: AsyncConnection) -> bool:
    """Whether there are firings without deliveries."""
    return (await c.execute(select(firings.c.id).where(_WAITING).limit(1))).first() is not None


async def _oldest_waiting(c: AsyncConnection, *, after: datetime | None) -> datetime | None:
    later = true() if after is None else firings.c.at > after
    oldest: datetime | None = (
        await c.execute(select(func.min(firings.c.at)).where(_WAITING, later))
    ).scalar_one()
    return oldest


async def _whole_chats(c: AsyncConnection, wanted: ColumnElement[bool], limit: int) -> list[Firing]:
    """The first `limit` firings by chat, and the rest of the last one's chat."""
    order = [firings.c.chat_id, firings.c.cycle_id, firings.c.id]
    waiting = select(*_FIRING).where(wanted).order_by(*order)
    found = await _read(c, waiting.limit(limit))
    if len(found) < limit:
        return found
    last = found[-1]
    same = and_(
        firings.c.chat_id == last.chat_id,
        tuple_(firings.c.cycle_id, firings.c.id) > tuple_(literal(last.cycle_id), literal(last.id)),
    )
    return [*found, *(await _read(c, waiting.where(same)))]


async def mark_expanded(c: AsyncConnection, ids: Iterable[str]) -> set[str]:
    """These firings have their deliveries, or get none; returns which of them still waited for that."""
    waited: set[str] = set()
    for chunk in dialects.chunks(ids):
        marked = update(firings).where(firings.c.id.in_(chunk), _WAITING).values(expanded=True)
        waited.update((await c.execute(marked.returning(firings.c.id))).scalars())
    return waited


async def _read(c: AsyncConnection, query: Select[Any]) -> list[Firing]:
    return [Firing(**row) for row in (await c.execute(query)).mappings()]


async def told(c: AsyncConnection, *, since: datetime) -> int:
    """How many alerts there were since then: one per narrative and turn, however many chats heard of it."""
    once = select(firings.c.narrative_id, firings.c.cycle_id).where(firings.c.at >= since).distinct()
    return int((await c.execute(select(func.count()).select_from(once.subquery()))).scalar_one())
