"""Words for an answer: at hand where equal facts were worded before, otherwise asked for once it is given.

Nobody waits for them: whatever goes wrong here, the answer stands without words.
"""

from __future__ import annotations

from typing import Any, Literal

import structlog
from aiogram.types import Message

from bot.handlers.room import Room
from bot.words import edit
from core import words
from core.models import Chat, Wording, WordingTarget, Words
from storage import deliveries, wordings

log = structlog.get_logger()


def wish(
    room: Room,
    chat: Chat,
    kind: Literal["explanation", "digest"],
    facts: dict[str, Any],
    narrative_id: str | None = None,
) -> Wording | None:
    """The words an answer would be given; None where words are turned off or there is no post to cite."""
    if not room.words or not facts["posts"]:
        return None
    return Wording(
        key=words.key(kind, chat.language, facts),
        kind=kind,
        language=chat.language,
        narrative_id=narrative_id,
        facts=facts,
        asked_at=room.clock.now(),
    )


async def at_hand(room: Room, wished: Wording | None) -> Words | None:
    """Words somebody else's question has brought already."""
    if wished is None:
        return None
    async with room.database.reading() as c:
        known = await wordings.get(c, wished.key)
    return known.words if known else None


async def queue(room: Room, wished: Wording | None, sent: Message, payload: dict[str, Any]) -> None:
    """Have the words put into `sent` when they come; `payload` is what it is written again from."""
    if wished is None:
        return
    target = WordingTarget(key=wished.key, chat_id=sent.chat.id, message_id=sent.message_id, payload=payload)
    try:
        async with room.database.durable() as c:
            asked = await wordings.ask(c, wished, target)
            if asked is not None and asked.words is not None:  # they came a moment ago
                await deliveries.plan(c, [edit(target, asked.words, room.clock.now())])
    except Exception:
        log.exception("words not asked for")


async def leave(room: Room, message: Message) -> None:
    """`message` is about to show something else: words for what it shows now stay out of it."""
    place = message.chat.id, message.message_id
    async with room.database.reading() as c:
        if not await wordings.awaited(c, *place):
            return
    async with room.database.durable() as c:
        await wordings.leave(c, *place)
