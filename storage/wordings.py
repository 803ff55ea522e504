"""Wordings: words that were asked for, once per key, and the messages that wait for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import DeliveryKind, DeliveryState, Wording, WordingState, WordingTarget, Words
from storage import dialects
from storage.tables import deliveries, wording_targets, wordings

MOST = 60  # wordings that may wait in all
REST = timedelta(minutes=10)  # before one that failed is asked for again
_WAITING = wordings.c.state == WordingState.WAITING


async def ask(c: AsyncConnection, wording: Wording, target: WordingTarget) -> Wording | None:
    """Have words made for a message, or join those already asked for; the wording as it stands now.

    Only while it is waiting does the message wait for it: READY words are at hand, FAILED ones do not come
    (after ten minutes they are asked for again). None: too many are waiting, nothing was written down.
    """
    if not await _room(c, wording):
        return None
    row = wording.model_dump(mode="json") | {"asked_at": wording.asked_at}
    again = {name: value for name, value in row.items() if name != "key"}
    given_up = (wordings.c.state == WordingState.FAILED) & (wordings.c.ended_at <= wording.asked_at - REST)
    await c.execute(
        dialects.insert(c, wordings)
        .values(row)
        .on_conflict_do_update(index_elements=["key"], set_=again, where=given_up)
    )
    (kept,) = await _read(c, select(wordings).where(wordings.c.key == wording.key).with_for_update())
    if kept.state is WordingState.WAITING:
        await c.execute(
            dialects.insert(c, wording_targets).values(target.model_dump()).on_conflict_do_nothing()
        )
    return kept


async def _room(c: AsyncConnection, wording: Wording) -> bool:
    """Whether one more may wait; one that is known already takes no room."""
    if await get(c, wording.key) is not None:
        return True
    return (await c.execute(select(func.count()).where(_WAITING))).scalar_one() < MOST


async def get(c: AsyncConnection, key: str) -> Wording | None:
    """What was asked for under a key, and what became of it."""
    return next(iter(await _read(c, select(wordings).where(wordings.c.key == key))), None)


async def waiting(c: AsyncConnection, limit: int) -> list[Wording]:
    """Up to `limit` that nobody has worded yet, the longest waiting first."""
    query = select(wordings).where(_WAITING).order_by(wordings.c.asked_at, wordings.c.key).limit(limit)
    return await _read(c, query)


async def finish(
    c: AsyncConnection, key: str, words: Words | None, reason: str | None, at: datetime
) -> list[WordingTarget]:
    """The words have come, or will not and why. The messages that waited for them, which is over now."""
    state = WordingState.READY if words else WordingState.FAILED
    found = words.model_dump(mode="json") if words else None
    ended = update(wordings).where(wordings.c.key == key, _WAITING)
    await c.execute(ended.values(state=state, words=found, reason=reason, ended_at=at))
    gone = delete(wording_targets).where(wording_targets.c.key == key).returning(*wording_targets.c)
    rows = [WordingTarget(**row) for row in (await c.execute(gone)).mappings()]
    return sorted(rows, key=lambda target: (target.chat_id, target.message_id))


async def awaited(c: AsyncConnection, chat_id: int, message_id: int) -> bool:
    """Whether a message waits for words, or words are on their way into it."""
    waits = exists().where(_of(chat_id, message_id))
    return bool(
        (await c.execute(select(or_(waits, exists().where(_edits(chat_id, message_id)))))).scalar_one()
    )


async def leave(c: AsyncConnection, chat_id: int, message_id: int) -> None:
    """A message shows something else from now on: words for what it showed must not overwrite that."""
    await c.execute(delete(wording_targets).where(_of(chat_id, message_id)))
    ended = {"state": DeliveryState.DEAD, "reason": "its message shows something else"}
    await c.execute(update(deliveries).where(_edits(chat_id, message_id)).values(**ended))


def _of(chat_id: int, message_id: int) -> ColumnElement[bool]:
    return and_(wording_targets.c.chat_id == chat_id, wording_targets.c.message_id == message_id)


def _edits(chat_id: int, message_id: int) -> ColumnElement[bool]:
    """Edits of a message that have not begun."""
    return and_(
        deliveries.c.chat_id == chat_id,
        deliveries.c.state == DeliveryState.PENDING,
        deliveries.c.kind == DeliveryKind.EDIT,
        deliveries.c.cause.endswith(f":{message_id}"),
    )


async def prune(c: AsyncConnection, before: datetime) -> int:
    """Forget what was asked for before then, with its facts and words; returns how many."""
    return (await c.execute(delete(wordings).where(wordings.c.asked_at < before))).rowcount


async def _read(c: AsyncConnection, query: Select[tuple[object, ...]]) -> list[Wording]:
    return [Wording(**row) for row in (await c.execute(query)).mappings()]
