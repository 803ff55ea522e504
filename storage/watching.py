"""What each chat watches, ignores and follows: at most so many entries a list and topics a chat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadInput
from core.models.rules import ENTRIES, TOPICS, Scope
from storage import dialects
from storage.tables import chats, entries, topics

List = Literal["watch", "ignore"]


async def add(c: AsyncConnection, chat_id: int, to: List, entry: Scope, at: datetime) -> bool:
    """Put an entry on a list and take it off the other one; False if it was there already.

    Raises BadInput when the list is full.
    """
    await _alone(c, chat_id)
    if entry in (await lists(c, [chat_id])).get(chat_id, {}).get(to, ()):
        return False
    await _room(c, entries, (entries.c.chat_id == chat_id) & (entries.c.list == to), ENTRIES, f"{to} list")
    await drop(c, chat_id, "ignore" if to == "watch" else "watch", entry)
    row = {"chat_id": chat_id, "list": to, **entry.model_dump(), "at": at}
    await c.execute(dialects.insert(c, entries).values(row).on_conflict_do_nothing())
    return True


async def drop(c: AsyncConnection, chat_id: int, off: List, entry: Scope) -> bool:
    """Take an entry off a list; False if it was not on it."""
    gone = delete(entries).where(
        entries.c.chat_id == chat_id,
        entries.c.list == off,
        entries.c.kind == entry.kind,
        entries.c.name == entry.name,
    )
    return (await c.execute(gone)).rowcount == 1


async def follow(c: AsyncConnection, chat_id: int, topic: str, at: datetime) -> bool:
    """Follow a topic; False if the chat does already. Raises BadInput when it follows as many as it may."""
    await _alone(c, chat_id)
    if topic in (await lists(c, [chat_id])).get(chat_id, {}).get("topics", ()):
        return False
    await _room(c, topics, topics.c.chat_id == chat_id, TOPICS, "followed topics")
    await c.execute(dialects.insert(c, topics).values(chat_id=chat_id, topic=topic, at=at))
    return True


async def unfollow(c: AsyncConnection, chat_id: int, topic: str) -> bool:
    """Follow a topic no more; False if the chat did not."""
    gone = delete(topics).where(topics.c.chat_id == chat_id, topics.c.topic == topic)
    return (await c.execute(gone)).rowcount == 1


async def followed(c: AsyncConnection) -> dict[str, int]:
    """Topic → how many chats that can be reached follow it, the most followed first."""
    reachable = chats.c.paused.is_(None)
    query = (
        select(topics.c.topic, func.count().label("chats"))
        .join(chats, chats.c.id == topics.c.chat_id)
        .where(reachable)
        .group_by(topics.c.topic)
        .order_by(func.count().desc(), topics.c.topic)
    )
    return {row.topic: row.chats for row in await c.execute(query)}


async def lists(c: AsyncConnection, chat_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """`watch`, `ignore` and `topics` of these chats (at most 900), as far as they have any, oldest first."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    listed = select(entries).where(entries.c.chat_id.in_(chat_ids))
    for row in (await c.execute(listed.order_by(entries.c.at, entries.c.kind, entries.c.name))).mappings():
        entry = Scope(kind=row["kind"], name=row["name"], narrative_id=row["narrative_id"])
        mine = found[row["chat_id"]]
        mine[row["list"]] = (*mine.get(row["list"], ()), entry)
    told = select(topics).where(topics.c.chat_id.in_(chat_ids)).order_by(topics.c.at, topics.c.topic)
    for row in (await c.execute(told)).mappings():
        mine = found[row["chat_id"]]
        mine["topics"] = (*mine.get("topics", ()), row["topic"])
    return found


async def _alone(c: AsyncConnection, chat_id: int) -> None:
    """Two changes of one chat's lists wait for each other."""
    await c.execute(select(chats.c.id).where(chats.c.id == chat_id).with_for_update())


async def _room(c: AsyncConnection, table: Any, mine: Any, most: int, what: str) -> None:
    if (await c.execute(select(func.count()).select_from(table).where(mine))).scalar_one() >= most:
        raise BadInput(f"This chat has {most} on its {what}, which is the most: remove one first.")
