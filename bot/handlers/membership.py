"""The bot's place in a chat changes: blocked, back again, removed, or the group moved house."""

from __future__ import annotations

import structlog
from aiogram import F, Router
from aiogram.types import ChatMemberUpdated, Message

from bot.handlers.room import Room
from core.models import Chat
from storage import chats

log = structlog.get_logger()
_OUT = ("kicked", "left")


async def place_changed(event: ChatMemberUpdated, room: Room, chat: Chat) -> None:
    status = event.new_chat_member.status
    async with room.database.writing() as c:
        if status in _OUT:
            await chats.pause(c, chat.id, "blocked by the user" if chat.id > 0 else "removed from the chat")
        else:
            await chats.resume(c, chat.id)
    log.info("place in chat", chat=chat.id, status=str(status))


async def moved_to(message: Message, room: Room, allowed: frozenset[int]) -> None:
    """Told in the old group: everything we keep follows to the new id."""
    old, new = message.chat.id, message.migrate_to_chat_id
    if new is None:
        return
    await _move(room, allowed, old, new)
    if old in allowed and new not in allowed:
        log.warning("add the new id to ALLOWED_CHATS", old=old, new=new)


async def moved_from(message: Message, room: Room, allowed: frozenset[int]) -> None:
    """Told in the new supergroup; whichever comes first does the work."""
    if message.migrate_from_chat_id is not None:
        await _move(room, allowed, message.migrate_from_chat_id, message.chat.id)


async def _move(room: Room, allowed: frozenset[int], old: int, new: int) -> None:
    """Settings follow; pushes wait when the operator does not list the new id."""
    async with room.database.writing() as c:
        await chats.migrate(c, old, new)
        if allowed and new not in allowed:
            await chats.pause(c, new, chats.NOT_LISTED)
    log.info("group became a supergroup", old=old, new=new)


def make_router() -> Router:
    router = Router(name="membership")
    router.my_chat_member.register(place_changed)
    router.message.register(moved_to, F.migrate_to_chat_id)
    router.message.register(moved_from, F.migrate_from_chat_id)
    return router
