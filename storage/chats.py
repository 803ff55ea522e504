"""Chats: what each asked for, and its move to a new id."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Chat, ChatKind
from storage import dialects, moves
from storage.tables import chats

NOT_LISTED = "not on the operator's list"


async def save(c: AsyncConnection, chat: Chat) -> None:
    """Insert or replace a chat; when it was first met stays as it was."""
    row = chat.model_dump()
    changed = {name: value for name, value in row.items() if name not in ("id", "created_at")}
    statement = dialects.insert(c, chats).values(row)
    await c.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


async def get(c: AsyncConnection, chat_id: int) -> Chat | None:
    """The chat, if INTERN has met it."""
    return next(iter(await _read(c, chats.c.id == chat_id)), None)


async def by_ids(c: AsyncConnection, ids: Iterable[int]) -> dict[int, Chat]:
    """The known ones among these chats."""
    found: dict[int, Chat] = {}
    for chunk in dialects.chunks(ids):
        found |= {chat.id: chat for chat in await _read(c, chats.c.id.in_(chunk))}
    return found


async def change(c: AsyncConnection, chat_id: int, **fields: Any) -> Chat:
    """Change some fields; returns the chat as it is now.

    Raises LookupError for an unknown chat and ValueError for a field or value a Chat cannot have.
    """
    chat = await get(c, chat_id)
    if chat is None:
        raise LookupError(f"chat {chat_id} is not known; save it first")
    if fields.get("id", chat_id) != chat_id:
        raise ValueError("a chat's id changes by chats.migrate, with everything that belongs to it")
    wanted = Chat.model_validate(chat.model_dump() | fields)
    # Only these columns: somebody else may be changing the others at the same time.
    values = {name: value for name, value in wanted.model_dump().items() if name in fields}
    if values:
        await c.execute(update(chats).where(chats.c.id == chat_id).values(values))
    return await get(c, chat_id) or wanted


async def subscribed(c: AsyncConnection) -> list[Chat]:
    """Chats that want alerts and can be reached."""
    return await _read(c, chats.c.subscribed & chats.c.paused.is_(None))


async def reachable(c: AsyncConnection) -> list[Chat]:
    """Chats that pushes can be sent to, whatever they asked for."""
    return await _read(c, chats.c.paused.is_(None))


async def threads(c: AsyncConnection, chat_ids: Iterable[int]) -> dict[int, int]:
    """The forum topic of each of these chats that writes to one."""
    found: dict[int, int] = {}
    for chunk in dialects.chunks(chat_ids):
        query = select(chats.c.id, chats.c.thread_id).where(
            chats.c.id.in_(chunk), chats.c.thread_id.is_not(None)
        )
        found |= {row.id: row.thread_id for row in await c.execute(query)}
    return found


async def drawn(c: AsyncConnection, share: float) -> int | None:
    """The chat at this share, in [0, 1), of all chats in order; None where there are none."""
    place = int(share * await count(c))
    return (
        await c.execute(select(chats.c.id).order_by(chats.c.id).offset(place).limit(1))
    ).scalar_one_or_none()


async def with_digest(c: AsyncConnection) -> list[Chat]:
    """Chats that want a digest and can be reached."""
    return await _read(c, chats.c.digest_at.is_not(None) & chats.c.paused.is_(None))


async def pause(c: AsyncConnection, chat_id: int, reason: str) -> None:
    """Send this chat nothing more until it is resumed."""
    await c.execute(update(chats).where(chats.c.id == chat_id).values(paused=reason))


async def resume(c: AsyncConnection, chat_id: int) -> None:
    """The chat can be reached again."""
    await c.execute(update(chats).where(chats.c.id == chat_id).values(paused=None))


async def keep_to(c: AsyncConnection, allowed: Collection[int]) -> None:
    """Pause the chats the operator does not list and resume those back on the list; empty: all are."""
    listed = chats.c.id.in_(allowed) if allowed else true()
    off = update(chats).where(~listed, chats.c.paused.is_(None)).values(paused=NOT_LISTED)
    await c.execute(off)
    await c.execute(update(chats).where(listed, chats.c.paused == NOT_LISTED).values(paused=None))


async def count(c: AsyncConnection) -> int:
    """How many chats INTERN has met."""
    return (await c.execute(select(func.count()).select_from(chats))).scalar_one()


async def migrate(c: AsyncConnection, old_id: int, new_id: int) -> None:
    """A group became a supergroup: its settings, and every row that carries its id, go to the new id.

    If the new chat is known already, the old one's settings win. Running it again changes nothing.
    """
    if old_id == new_id:
        return
    old, new = await get(c, old_id), await get(c, new_id)
    if old is not None:
        await c.execute(delete(chats).where(chats.c.id.in_([old_id, new_id])))
        kind = new.kind if new else ChatKind.SUPERGROUP
        await save(c, old.model_copy(update={"id": new_id, "kind": kind}))
    await moves.rewrite(c, old_id, new_id)


async def _read(c: AsyncConnection, condition: ColumnElement[bool]) -> list[Chat]:
    rows = await c.execute(select(chats).where(condition).order_by(chats.c.id))
    return [Chat(**row) for row in rows.mappings()]
