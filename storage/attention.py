"""How much each chat wants to hear, and when: its settings and silences, with its lists and topics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models.attention import Attention, QuietHours, Silence
from storage import dialects, watching
from storage.tables import attention, silences

_SETTINGS = {"quiet", "budget", "sensitivity", "kinds"}


async def get(c: AsyncConnection, chat_id: int) -> Attention:
    """What the chat allows; the defaults where it has not said."""
    return (await of_chats(c, [chat_id]))[chat_id]


async def of_chats(c: AsyncConnection, chat_ids: Collection[int]) -> dict[int, Attention]:
    """What each of these chats allows."""
    fields: dict[int, dict[str, Any]] = {chat_id: {"chat_id": chat_id} for chat_id in chat_ids}
    for chunk in dialects.chunks(chat_ids):
        for row in (await c.execute(select(attention).where(attention.c.chat_id.in_(chunk)))).mappings():
            fields[row["chat_id"]] |= _settings(row)
        for chat_id, held in (await _silences(c, chunk)).items():
            fields[chat_id]["silences"] = tuple(held)
        for chat_id, lists in (await watching.lists(c, chunk)).items():
            fields[chat_id] |= lists
    return {chat_id: Attention(**given) for chat_id, given in fields.items()}


async def change(c: AsyncConnection, chat_id: int, **fields: Any) -> Attention:
    """Change quiet hours, budget, sensitivity or kinds; returns what the chat allows now.

    Raises ValueError for another field or a value it cannot have.
    """
    if fields.keys() - _SETTINGS:
        raise ValueError(f"{', '.join(sorted(fields.keys() - _SETTINGS))}: not a setting of attention")
    kept = await get(c, chat_id)
    wanted = Attention.model_validate(kept.model_dump() | fields)
    row = {
        "chat_id": chat_id,
        "quiet_start": wanted.quiet.start if wanted.quiet else None,
        "quiet_end": wanted.quiet.end if wanted.quiet else None,
        **wanted.model_dump(mode="json", include={"budget", "sensitivity", "kinds"}),
    }
    statement = dialects.insert(c, attention).values(row)
    changed = {name: value for name, value in row.items() if name != "chat_id"}
    await c.execute(statement.on_conflict_do_update(index_elements=["chat_id"], set_=changed))
    return wanted


async def silence(c: AsyncConnection, chat_id: int, wanted: Silence) -> None:
    """Snooze or mute; the newest word on the same target holds."""
    row = {"chat_id": chat_id, **wanted.model_dump()}
    statement = dialects.insert(c, silences).values(row)
    changed = {"until": wanted.until, "since": wanted.since}
    await c.execute(statement.on_conflict_do_update(index_elements=["chat_id", "target", "id"], set_=changed))


async def unsilence(c: AsyncConnection, chat_id: int, target: str, id: str = "") -> bool:
    """Undo a snooze or mute; False if there was none."""
    gone = delete(silences).where(
        silences.c.chat_id == chat_id, silences.c.target == target, silences.c.id == id
    )
    return (await c.execute(gone)).rowcount == 1


async def prune(c: AsyncConnection, before: datetime) -> int:
    """Forget snoozes that ended before then; returns how many."""
    return (await c.execute(delete(silences).where(silences.c.until < before))).rowcount


async def _silences(c: AsyncConnection, chat_ids: Collection[int]) -> dict[int, list[Silence]]:
    query = select(silences).where(silences.c.chat_id.in_(chat_ids))
    found: dict[int, list[Silence]] = defaultdict(list)
    for row in (
        await c.execute(query.order_by(silences.c.since, silences.c.target, silences.c.id))
    ).mappings():
        found[row["chat_id"]].append(Silence(**{name: row[name] for name in Silence.model_fields}))
    return found


def _settings(row: Any) -> dict[str, Any]:
    start, end = row["quiet_start"], row["quiet_end"]
    return {
        "quiet": QuietHours(start=start, end=end) if start and end else None,
        **{name: row[name] for name in ("budget", "sensitivity", "kinds")},
    }
