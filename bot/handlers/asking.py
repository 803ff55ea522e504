"""People ask: `/trending`, `/narrative`, `/status` and the buttons under the answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast, get_args

from aiogram import Bot, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers import arguments
from bot.handlers.room import Room
from bot.views import narrative as card
from bot.views import start, status, trending
from bot.views.trending import Open, Show
from core.errors import BadInput
from core.models import Chat, Post, Window
from storage import deliveries, narratives, posts, scores, spend

POSTS = 3


async def ask_trending(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    try:
        asked = arguments.trending(command.args or "")
    except BadInput as error:
        await message.answer(str(error))
        return
    text, keyboard = await _trending(room, chat, asked.window, asked.minimum)
    await message.answer(text, reply_markup=keyboard)


async def press_trending(query: CallbackQuery, callback_data: Show, room: Room, chat: Chat) -> None:
    if callback_data.window not in get_args(Window):
        await query.answer(start.expired())
        return
    text, keyboard = await _trending(room, chat, cast(Window, callback_data.window), callback_data.minimum)
    await _replace(query, text, keyboard)


async def _trending(
    room: Room, chat: Chat, window: Window, minimum: float
) -> tuple[str, InlineKeyboardMarkup | None]:
    snapshot = await room.board.current()
    return trending.render(snapshot, window=window, minimum=minimum, zone=chat.zone, now=room.clock.now())


async def _replace(query: CallbackQuery, text: str, keyboard: InlineKeyboardMarkup | None) -> None:
    """Edit the message the button sits on, or send a new one; pressing twice is no error."""
    if isinstance(query.message, Message):
        try:
            await query.message.edit_text(text, reply_markup=keyboard)
        except TelegramBadRequest as error:
            if "message is not modified" not in str(error):
                await query.message.answer(text, reply_markup=keyboard)
    await query.answer()


async def ask_narrative(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    name = (command.args or "").strip()
    if not name:
        await message.answer(card.usage())
        return
    async with room.database.reading() as c:
        found = await narratives.find(c, name)
    if len(found) == 1 or (found and found[0].slug == name.lower()):
        text, keyboard = await _card(room, chat, found[0].id)
    else:
        text, maybe = card.unknown(name, found)
        await message.answer(text, reply_markup=maybe)
        return
    await message.answer(text, reply_markup=keyboard)


async def press_narrative(
    query: CallbackQuery, callback_data: Open, room: Room, chat: Chat, bot: Bot
) -> None:
    text, keyboard = await _card(room, chat, callback_data.id)
    if isinstance(query.message, Message):
        await query.message.answer(text, reply_markup=keyboard)
    await query.answer()


async def _card(room: Room, chat: Chat, narrative_id: str) -> tuple[str, InlineKeyboardMarkup | None]:
    now = room.clock.now()
    snapshot = await room.board.current()
    async with room.database.reading() as c:
        narrative = await narratives.get(c, narrative_id)
        if narrative is None:
            return start.expired(), None
        score = await scores.latest_of(c, narrative.id)
        if score is not None and score.as_of != snapshot.as_of:
            score = None  # it dropped out of the ranking: its last figures are not today's
        shown = await _evidence(c, narrative.id, score.evidence if score else (), now)
    return card.render(narrative, score, shown, snapshot, zone=chat.zone, now=now)


async def _evidence(c: AsyncConnection, narrative_id: str, ids: tuple[str, ...], now: datetime) -> list[Post]:
    """The posts a score rests on; without a score the newest ones."""
    if ids:
        known = await posts.get(c, ids)
        return [known[i] for i in ids if i in known][:POSTS]
    return await posts.of_narrative(c, narrative_id, since=now - timedelta(days=30), limit=POSTS)


async def ask_status(message: Message, room: Room, chat: Chat) -> None:
    now = room.clock.now()
    snapshot = await room.board.current()
    async with room.database.reading() as c:
        spent = await spend.spent(c, since=now.replace(hour=0, minute=0, second=0, microsecond=0))
        sent = await deliveries.counts(c, chat_id=chat.id)
    await message.answer(
        status.render(snapshot, chat, spent_ticks=spent, cap_usd=room.daily_usd, deliveries=sent, now=now)
    )


def make_router() -> Router:
    router = Router(name="asking")
    router.message.register(ask_trending, Command("trending"))
    router.callback_query.register(press_trending, Show.filter())
    router.message.register(ask_narrative, Command("narrative"))
    router.callback_query.register(press_narrative, Open.filter())
    router.message.register(ask_status, Command("status"))
    return router
