"""Deliveries: one message each on its way to one chat, with a state at every step.

pending → sending (committed before the message leaves) → sent, or dead, unknown, expired with a reason.
`now`, `due_at` and `expires_at` are app time, which may be fast or historical; leases and retries run on real
time (`real_now`, `retry_at`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import EDITS, Delivery, DeliveryKind, DeliveryState
from storage import dialects
from storage.columns import UtcTime
from storage.tables import chats, deliveries, delivery_firings, firings

_COLUMNS = [deliveries.c[name] for name in Delivery.model_fields if name != "priority"]
_PENDING = deliveries.c.state == DeliveryState.PENDING
_OPEN = deliveries.c.state.in_([DeliveryState.PENDING, DeliveryState.SENDING])
_REACHABLE = ~exists().where(chats.c.id == deliveries.c.chat_id, chats.c.paused.is_not(None))
_TWICE = (DeliveryKind.NEW, *sorted(EDITS))  # an alert may arrive twice, an edit changes nothing then
_FREED: dict[str, Any] = {"owner": None, "lease_until": None}


class Planned(NamedTuple):
    """A message that is to be sent."""

    cause: str  # "firing:<id>" or "digest:<slot>"
    chat_id: int
    kind: DeliveryKind
    thread_id: int | None
    payload: dict[str, Any]
    priority: int  # higher goes first
    due_at: datetime
    expires_at: datetime | None
    firing_ids: tuple[str, ...]
    payload_version: int = 1
    silent: bool = False  # without a sound


class Arrived(NamedTuple):
    """A message that is there: its delivery, its id in the chat, when (app time)."""

    delivery_id: int
    message_id: int
    at: datetime


class Recovered(NamedTuple):
    """What became of messages a killed process was sending."""

    resent: int
    unknown: int


async def plan(c: AsyncConnection, planned: Iterable[Planned]) -> int:
    """Put messages on their way, one per (cause, chat, kind); returns how many are new."""
    wanted = {(row.cause, row.chat_id, row.kind.value): row for row in planned}
    if not wanted:
        return 0
    key = (deliveries.c.cause, deliveries.c.chat_id, deliveries.c.kind)
    statement = dialects.insert(c, deliveries).on_conflict_do_nothing(index_elements=key)
    result = await c.execute(
        statement.returning(deliveries.c.id, *key), [_row(row) for row in wanted.values()]
    )
    new = {(row.cause, row.chat_id, row.kind): row.id for row in result}
    links = [{"delivery_id": new[at], "firing_id": firing} for at in new for firing in wanted[at].firing_ids]
    if links:
        await c.execute(dialects.insert(c, delivery_firings).on_conflict_do_nothing(), links)
    return len(new)


async def write_off(c: AsyncConnection, planned: Iterable[Planned], reason: str) -> None:
    """Write down messages that were never made, as expired with that reason; those that are planned stay."""
    rows = [_row(each) | {"state": DeliveryState.EXPIRED, "reason": reason} for each in planned]
    if rows:
        key = (deliveries.c.cause, deliveries.c.chat_id, deliveries.c.kind)
        await c.execute(dialects.insert(c, deliveries).on_conflict_do_nothing(index_elements=key), rows)


async def take_back(c: AsyncConnection, chat_id: int, cause: str, reason: str) -> None:
    """Forget that a message was written off with that reason: it can be made after all."""
    written_off = (deliveries.c.state == DeliveryState.EXPIRED) & (deliveries.c.reason == reason)
    mine = (deliveries.c.chat_id == chat_id) & (deliveries.c.cause == cause)
    await c.execute(delete(deliveries).where(mine, written_off))


async def reasons(c: AsyncConnection, chat_id: int, *, cause: str, since: datetime) -> dict[str, str | None]:
    """Why a chat's messages due since then ended as they did, by their causes, which begin with `cause`."""
    query = select(deliveries.c.cause, deliveries.c.reason).where(
        deliveries.c.chat_id == chat_id,
        deliveries.c.cause.startswith(cause, autoescape=True),
        deliveries.c.due_at >= since,
    )
    return {row.cause: row.reason for row in await c.execute(query.order_by(deliveries.c.due_at))}


async def newest_cause(c: AsyncConnection, prefix: str, *, since: datetime) -> str | None:
    """The cause that begins so of the newest notice planned since then."""
    query = (
        select(deliveries.c.cause)
        .where(deliveries.c.kind == DeliveryKind.NOTICE, deliveries.c.due_at >= since)
        .where(deliveries.c.cause.startswith(prefix, autoescape=True))
        .order_by(deliveries.c.due_at.desc(), deliveries.c.cause.desc())
        .limit(1)
    )
    return (await c.execute(query)).scalar_one_or_none()


async def by_cause(c: AsyncConnection, cause: str) -> list[Delivery]:
    """Every chat's message of one cause, by chat."""
    query = select(*_COLUMNS, deliveries.c.urgency).where(deliveries.c.cause == cause)
    return await _read(c, query.order_by(deliveries.c.chat_id))


def _row(planned: Planned) -> dict[str, Any]:
    row = planned._asdict()
    del row["firing_ids"]
    return row | {
        "urgency": -row.pop("priority"),
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "ambiguous": False,
    }


async def claim(
    c: AsyncConnection, *, owner: str, now: datetime, real_now: datetime, lease: timedelta, limit: int
) -> list[Delivery]:
    """Take up to `limit` due messages for `owner`, the most urgent first.

    At most one per chat is ever out, and it is the chat's first in order: one that waits for its retry holds
    back the chat's later ones. Chats that are paused get nothing.
    """
    await dialects.exclusively(c, dialects.Lock.CLAIM)
    query = (
        select(*_COLUMNS, deliveries.c.urgency)
        .where(
            _PENDING,
            deliveries.c.due_at <= now,
            _passed(deliveries.c.retry_at, real_now),
            _passed(deliveries.c.lease_until, real_now),
            _REACHABLE,
            _held_back_by(now, real_now).is_(None),
        )
        .order_by(deliveries.c.urgency, deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=deliveries)
    )
    async with dialects.in_index_order(c):
        claimed = await _read(c, query)
    for ids in dialects.chunks(delivery.id for delivery in claimed):
        taken = update(deliveries).where(deliveries.c.id.in_(ids))
        await c.execute(taken.values(owner=owner, lease_until=real_now + lease))
    return claimed


def _passed(at: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
    return or_(at.is_(None), at <= moment)


def _held_back_by(now: datetime, real_now: datetime) -> ColumnElement[Any]:
    """Another message of the same chat that is out or comes first, if any.

    A scalar, not an EXISTS: PostgreSQL would turn that into one join over all that is pending.
    """
    other = deliveries.alias("other")
    out = other.c.lease_until > real_now
    earlier = and_(
        other.c.state == DeliveryState.PENDING,
        other.c.due_at <= now,
        tuple_(other.c.urgency, other.c.due_at, other.c.id)
        < tuple_(deliveries.c.urgency, deliveries.c.due_at, deliveries.c.id),
    )
    found = select(other.c.id).where(
        other.c.chat_id == deliveries.c.chat_id,
        other.c.id != deliveries.c.id,
        other.c.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
        or_(out, earlier),
    )
    return found.limit(1).scalar_subquery()


async def begin(c: AsyncConnection, ids: Iterable[int], owner: str) -> set[int]:
    """Mark claimed messages as being sent, and commit before they leave.

    Returns those that may be sent; the claim of any other was lost.
    """
    begun: set[int] = set()
    for chunk in dialects.chunks(ids):
        claimed = update(deliveries).where(deliveries.c.id.in_(chunk), _PENDING, deliveries.c.owner == owner)
        marked = claimed.values(state=DeliveryState.SENDING).returning(deliveries.c.id)
        begun.update((await c.execute(marked)).scalars())
    return begun


async def sent(c: AsyncConnection, arrived: Iterable[Arrived]) -> None:
    """They arrived. True whatever was believed before, so it overrides every other state."""
    statement = (
        update(deliveries)
        .where(deliveries.c.id == bindparam("delivery_id"))
        .values(
            state=DeliveryState.SENT,
            message_id=bindparam("arrived_as"),
            sent_at=bindparam("arrived_at"),
            reason=None,
            retry_at=None,
            **_FREED,
        )
    )
    rows = [{"delivery_id": id, "arrived_as": message, "arrived_at": at} for id, message, at in arrived]
    if rows:
        await c.execute(statement, rows)


async def put_off(c: AsyncConnection, delivery_id: int, owner: str, *, until: datetime) -> None:
    """A claimed message goes back: its chat may not be written to before `until` (real time)."""
    mine = update(deliveries).where(deliveries.c.id == delivery_id, _PENDING, deliveries.c.owner == owner)
    await c.execute(mine.values(retry_at=until, **_FREED))


async def postpone(c: AsyncConnection, delivery_id: int, *, retry_at: datetime, reason: str) -> None:
    """It certainly did not arrive: try again, not before `retry_at`."""
    await c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, _OPEN)
        .values(
            state=DeliveryState.PENDING,
            attempts=deliveries.c.attempts + 1,
            retry_at=retry_at,
            reason=reason,
            **_FREED,
        )
    )


async def finish(c: AsyncConnection, delivery_id: int, state: DeliveryState, reason: str) -> None:
    """End its way as dead, unknown or expired; what has ended already stays as it is."""
    await c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, _OPEN)
        .values(state=state, reason=reason, **_FREED)
    )


async def without_thread(c: AsyncConnection, delivery_id: int) -> None:
    """Its topic is gone: let it go to the chat itself."""
    await c.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(thread_id=None))


async def give_back(
    c: AsyncConnection, owner: str, *, out: Collection[int], unsent: Collection[int], retry_at: datetime
) -> int:
    """Let others have what counts as `owner`'s and is not among what it has `out`; how many there were.

    `unsent` certainly did not leave, even where they count as being sent: that was committed, and nobody was
    told. All are tried again, not before `retry_at`.
    """
    ours = update(deliveries).where(deliveries.c.owner == owner, deliveries.c.id.not_in(out))
    begun = and_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.id.in_(unsent))
    back = ours.where(or_(_PENDING, begun))
    found = await c.execute(back.values(state=DeliveryState.PENDING, retry_at=retry_at, **_FREED))
    return found.rowcount


async def release(c: AsyncConnection, owner: str) -> None:
    """Give back what `owner` claimed and did not begin to send."""
    await c.execute(update(deliveries).where(_PENDING, deliveries.c.owner == owner).values(**_FREED))


async def recover(c: AsyncConnection, *, owner: str, real_now: datetime, alone: bool = True) -> Recovered:
    """Settle what other owners left behind; rows of `owner` are not touched.

    A new message that was cut off goes out again, once; a second time, or a digest, ends as unknown. Claims
    are given back. `alone`: the caller is the only sender, so all others are gone; otherwise only those whose
    lease has run out count as gone.
    """
    gone = deliveries.c.owner.is_distinct_from(owner)
    if not alone:
        gone = and_(gone, deliveries.c.lease_until <= real_now)
    cut_off = and_(deliveries.c.state == DeliveryState.SENDING, gone)
    once = and_(deliveries.c.kind.in_(_TWICE), deliveries.c.ambiguous == false())
    again = {"state": DeliveryState.PENDING, "ambiguous": True, "attempts": deliveries.c.attempts + 1}
    reason = case(
        (deliveries.c.kind == DeliveryKind.NEW, "cut off twice while sending"), else_="cut off while sending"
    )
    resent = await c.execute(update(deliveries).where(cut_off, once).values(**again, **_FREED))
    unknown = await c.execute(
        update(deliveries).where(cut_off).values(state=DeliveryState.UNKNOWN, reason=reason, **_FREED)
    )
    await c.execute(
        update(deliveries).where(_PENDING, deliveries.c.owner.is_not(None), gone).values(**_FREED)
    )
    return Recovered(resent=resent.rowcount, unknown=unknown.rowcount)


async def set_back(
    c: AsyncConnection, *, now: datetime, real_now: datetime, lease: timedelta, wait: timedelta
) -> int:
    """Let no message wait for a time that only a clock that was ahead can have named; how many had to.

    What is due later is due now, and lives no longer for it; no claim lasts longer than `lease` from now on,
    no retry waits longer than `wait`.
    """
    lives = deliveries.c.expires_at - deliveries.c.due_at
    late = update(deliveries).where(_PENDING, deliveries.c.due_at > now)
    moved = await c.execute(late.values(due_at=now, expires_at=lives + literal(now, UtcTime)))
    freed = 0
    for column, latest in (
        (deliveries.c.lease_until, real_now + lease),
        (deliveries.c.retry_at, real_now + wait),
    ):
        waits = update(deliveries).where(_OPEN, column > latest)
        freed += (await c.execute(waits.values({column: latest}))).rowcount
    return moved.rowcount + freed


async def expire(c: AsyncConnection, now: datetime) -> list[int]:
    """End what is too old to be worth sending; returns its ids."""
    result = await c.execute(
        update(deliveries)
        .where(_PENDING, deliveries.c.expires_at < now)
        .values(state=DeliveryState.EXPIRED, reason="too old to send", **_FREED)
        .returning(deliveries.c.id)
    )
    return list(result.scalars())


# --- looking on ------------------------------------------------------------------------------------------


async def counts(c: AsyncConnection, *, chat_id: int | None = None) -> dict[DeliveryState, int]:
    """How many messages are in each state, of one chat or of all; states nothing is in count 0."""
    query = select(deliveries.c.state, func.count().label("number")).group_by(deliveries.c.state)
    if chat_id is not None:
        query = query.where(deliveries.c.chat_id == chat_id)
    found = {row.state: row.number for row in await c.execute(query)}
    return {state: found.get(state.value, 0) for state in DeliveryState}


async def next_due(c: AsyncConnection) -> datetime | None:
    """The earliest due time of what waits for a reachable chat; past, for one that waits for its retry."""
    due: datetime | None = (
        await c.execute(select(func.min(deliveries.c.due_at)).where(_PENDING, _REACHABLE))
    ).scalar_one()
    return due


async def pending_due(c: AsyncConnection, now: datetime) -> int:
    """How many messages for reachable chats are due and not yet on their way."""
    query = select(func.count()).where(_PENDING, deliveries.c.due_at <= now, _REACHABLE)
    return (await c.execute(query)).scalar_one()


async def for_chat(c: AsyncConnection, chat_id: int) -> list[Delivery]:
    """Everything ever planned for a chat, oldest first."""
    wanted = deliveries.c.chat_id == chat_id
    return await _read(c, select(*_COLUMNS, deliveries.c.urgency).where(wanted).order_by(deliveries.c.id))


async def told_since(c: AsyncConnection, since: datetime) -> list[Delivery]:
    """Alerts that were sent since then, oldest first."""
    wanted = (
        (deliveries.c.kind == DeliveryKind.NEW)
        & (deliveries.c.state == DeliveryState.SENT)
        & (deliveries.c.sent_at >= since)
    )
    query = select(*_COLUMNS, deliveries.c.urgency).where(wanted).order_by(deliveries.c.id)
    return await _read(c, query)


async def messages_about(
    c: AsyncConnection, chat_ids: Iterable[int], narrative_ids: Collection[str]
) -> dict[int, int]:
    """The newest message each of these chats got about one of these narratives."""
    found: dict[int, int] = {}
    for chunk in dialects.chunks(chat_ids):
        query = (
            select(deliveries.c.chat_id, deliveries.c.message_id)
            .join(delivery_firings, delivery_firings.c.delivery_id == deliveries.c.id)
            .join(firings, firings.c.id == delivery_firings.c.firing_id)
            .where(
                deliveries.c.chat_id.in_(chunk),
                deliveries.c.kind == DeliveryKind.NEW,
                deliveries.c.state == DeliveryState.SENT,
                firings.c.narrative_id.in_(list(narrative_ids)),
            )
            .order_by(deliveries.c.sent_at, deliveries.c.id)
        )
        found |= {row.chat_id: row.message_id for row in await c.execute(query)}
    return found


async def sent_at(c: AsyncConnection, firing_id: str) -> datetime | None:
    """When the message left that tells of this firing; None while it has not."""
    query = (
        select(deliveries.c.sent_at)
        .join(delivery_firings, delivery_firings.c.delivery_id == deliveries.c.id)
        .where(delivery_firings.c.firing_id == firing_id)
    )
    at: datetime | None = (await c.execute(query.limit(1))).scalar_one_or_none()
    return at


async def newest_due(c: AsyncConnection, chat_id: int, *, cause: str) -> datetime | None:
    """The due time of a chat's newest message whose cause begins with `cause`."""
    query = select(func.max(deliveries.c.due_at)).where(
        deliveries.c.chat_id == chat_id, deliveries.c.cause.startswith(cause, autoescape=True)
    )
    due: datetime | None = (await c.execute(query)).scalar_one()
    return due


async def get(c: AsyncConnection, delivery_id: int) -> Delivery | None:
    """One message by its id."""
    query = select(*_COLUMNS, deliveries.c.urgency).where(deliveries.c.id == delivery_id)
    return next(iter(await _read(c, query)), None)


async def _read(c: AsyncConnection, query: Select[Any]) -> list[Delivery]:
    rows = [dict(row) for row in (await c.execute(query)).mappings()]
    return [Delivery(priority=-row.pop("urgency"), **row) for row in rows]
