"""Who is talking, in which chat, and whether they may: middlewares and the admin check."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiogram import BaseMiddleware, Bot
from aiogram.dispatcher.flags import get_flag
from aiogram.enums import ChatType
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import CallbackQuery, Message, TelegramObject
from aiogram.types import Chat as TelegramChat

from bot.handlers.room import Room
from bot.views import start
from bot.views.alert import Alerts
from bot.views.language import speaking
from core.models import Chat, ChatKind
from storage import chats

log = structlog.get_logger()
_OFF = re.compile(r"^/(unsubscribe(@\w+)?(\s|$)|digest(@\w+)?\s+(?i:off)\s*$)")
CHANGES = {"changes": True}  # the flag of handlers that change a chat's settings
Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class Admission(BaseMiddleware):
    """Lets in the chats the operator allows, hands handlers the `chat` we keep and speaks its language."""

    def __init__(self, room: Room, allowed: frozenset[int]) -> None:
        self._room = room
        self._allowed = allowed

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        place: TelegramChat | None = data.get("event_chat")
        if place is None:
            return None
        if isinstance(event, Message) and (event.migrate_to_chat_id or event.migrate_from_chat_id):
            return await handler(event, data)  # what we keep is about to move: nothing may be written anew
        if not await self._lets_in(event, place):
            return await self._decline(event, place)
        chat = await remember(self._room, place)
        with speaking(chat.language):
            return await handler(event, {**data, "chat": chat})

    async def _lets_in(self, event: TelegramObject, place: TelegramChat) -> bool:
        """Listed chats; and whoever once turned something on may turn it off for ever."""
        if not self._allowed or place.id in self._allowed:
            return True
        if not turns_off(event):
            return False
        async with self._room.database.reading() as c:
            return await chats.get(c, place.id) is not None

    async def _decline(self, event: TelegramObject, place: TelegramChat) -> None:
        log.info("chat not allowed", chat=place.id)
        if isinstance(event, CallbackQuery):
            await event.answer(start.private(), show_alert=True)
        elif place.type == ChatType.PRIVATE and isinstance(event, Message):
            await event.answer(start.private())


def turns_off(event: TelegramObject) -> bool:
    """Whether somebody asks for fewer pushes: /unsubscribe, /digest off or the button “Alerts off”."""
    if isinstance(event, CallbackQuery):
        return event.data == Alerts(on=False).pack()
    return isinstance(event, Message) and _OFF.match(event.text or "") is not None


class ChangesByAdmins(BaseMiddleware):
    """Whoever may not change the chat's settings is told so instead; asked again at every press."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        if get_flag(data, "changes") and isinstance(event, Message | CallbackQuery):
            refusal = await may_change(event, data["chat"], data["bot"])
            if refusal is not None:
                return await _refuse(event, refusal)
        return await handler(event, data)


async def _refuse(event: Message | CallbackQuery, refusal: str) -> None:
    if isinstance(event, CallbackQuery):
        await event.answer(refusal, show_alert=True)
    else:
        await event.answer(refusal)


async def remember(room: Room, place: TelegramChat) -> Chat:
    """The chat as we keep it; a new one is written down with the defaults."""
    async with room.database.reading() as c:
        known = await chats.get(c, place.id)
    title = (place.title or place.full_name or "")[:128]
    if known is not None and known.title == title:
        return known
    async with room.database.writing() as c:
        if await chats.get(c, place.id) is not None:  # asked again: it may just have moved here
            return await chats.change(c, place.id, title=title)
        chat = Chat(id=place.id, kind=ChatKind(place.type), title=title, created_at=room.clock.now())
        await chats.save(c, chat)
        return chat


async def may_change(event: Message | CallbackQuery, chat: Chat, bot: Bot) -> str | None:
    """None when this person may change the chat's settings, else the sentence to answer.

    In groups that is for admins; when Telegram cannot tell, nobody may. An anonymous admin speaks as the
    group itself.
    """
    if chat.kind is ChatKind.PRIVATE:
        return None
    sender_chat = event.sender_chat if isinstance(event, Message) else None
    if sender_chat is not None:
        return None if sender_chat.id == chat.id else start.admins_only()
    if event.from_user is None:
        return start.admins_only()
    try:
        member = await bot.get_chat_member(chat.id, event.from_user.id)
    except (TelegramAPIError, ClientDecodeError) as error:
        log.warning("admin check failed", chat=chat.id, why=type(error).__name__)
        return start.admins_unknown()
    return None if member.status in ("administrator", "creator") else start.admins_only()
