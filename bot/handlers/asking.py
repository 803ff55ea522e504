"""People ask: `/trending`, `/narrative`, `/status` and the buttons under the answers."""

from __future__ import annotations

from typing import Any, NamedTuple, cast, get_args

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot import cards, digests
from bot.handlers import arguments, wording
from bot.handlers.room import Room
from bot.handlers.showing import replace
from bot.views import details, start, status, trending
from bot.views import narrative as card
from bot.views.details import Look
from bot.views.trending import Open, Show
from core import words
from core.errors import BadInput
from core.models import Chat, Window, Wording
from storage import deliveries, narratives, spend


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
    if isinstance(query.message, Message):
        await wording.leave(room, query.message)
    await replace(query, text, keyboard)


async def _trending(
    room: Room, chat: Chat, window: Window, minimum: float
) -> tuple[str, InlineKeyboardMarkup | None]:
    snapshot = await room.board.current()
    return trending.render(snapshot, window=window, minimum=minimum, zone=chat.zone, now=room.clock.now())


async def ask_narrative(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    name = (command.args or "").strip()
    if not name:
        await message.answer(card.usage())
        return
    async with room.database.reading() as c:
        found = await narratives.find(c, name)
    if len(found) == 1 or (found and found[0].slug == name.lower()):
        await _show(message, room, chat, found[0].id)
        return
    text, keyboard = card.unknown(name, found)
    await message.answer(text, reply_markup=keyboard)


async def press_narrative(query: CallbackQuery, callback_data: Open, room: Room, chat: Chat) -> None:
    if isinstance(query.message, Message):
        await _show(query.message, room, chat, callback_data.id)
    await query.answer()


async def _show(message: Message, room: Room, chat: Chat, narrative_id: str) -> None:
    """Answer with the card at once; words that are not at hand are put into it when they come."""
    side = await _card(room, chat, narrative_id)
    if side is None:
        await message.answer(start.expired())
        return
    sent = await message.answer(side.text, reply_markup=side.keyboard)
    await _await_words(room, side, sent)


class _Side(NamedTuple):
    """A card as it is shown, and the words it still waits for."""

    text: str
    keyboard: InlineKeyboardMarkup
    wished: Wording | None
    payload: dict[str, Any]


async def _card(room: Room, chat: Chat, narrative_id: str) -> _Side | None:
    """The front of a narrative's card, with the words that are at hand."""
    now = room.clock.now()
    snapshot = await room.board.current()
    async with room.database.reading() as c:
        made = await cards.compose(c, narrative_id, snapshot, now)
    if made is None:
        return None
    facts = words.explanation_facts(made.narrative, made.score, made.rows)
    wished = wording.wish(room, chat, "explanation", facts, made.narrative.id)
    found = await wording.at_hand(room, wished)
    text, keyboard = card.render(
        made.narrative,
        made.score,
        made.shown,
        snapshot,
        zone=chat.zone,
        now=now,
        found=found,
        usual=made.usual,
        explanation=made.explanation,
        parts=made.parts,
        whole=made.whole,
    )
    return _Side(text, keyboard, wished if found is None else None, cards.payload(made))


async def _await_words(room: Room, side: _Side, sent: Message) -> None:
    await wording.queue(room, side.wished, sent, side.payload)


async def press_details(query: CallbackQuery, callback_data: Look, room: Room, chat: Chat) -> None:
    """Turn a card over in its place; words it waits for come to its front only."""
    if not isinstance(query.message, Message):
        await query.answer(start.expired())
        return
    await wording.leave(room, query.message)
    if callback_data.details:
        await _turn_over(query, room, callback_data.id)
        return
    side = await _card(room, chat, callback_data.id)
    if side is None:
        await query.answer(start.expired())
        return
    await replace(query, side.text, side.keyboard)
    await _await_words(room, side, query.message)


async def _turn_over(query: CallbackQuery, room: Room, narrative_id: str) -> None:
    snapshot = await room.board.current()
    async with room.database.reading() as c:
        made = await cards.compose(c, narrative_id, snapshot, room.clock.now())
    if made is None:
        await query.answer(start.expired())
        return
    text, keyboard = details.render(made.narrative, made.score, made.explanation, ranked=made.ranked)
    await replace(query, text, keyboard)


async def ask_status(message: Message, room: Room, chat: Chat) -> None:
    now = room.clock.now()
    snapshot = await room.board.current()
    async with room.database.reading() as c:
        spent = await spend.usage(c, now)
        sent = await deliveries.counts(c, chat_id=chat.id)
        missed = await digests.missed(c, chat, now)
    await message.answer(
        status.render(snapshot, chat, spent=spent, caps=room.caps, deliveries=sent, missed=missed, now=now)
    )


def make_router() -> Router:
    router = Router(name="asking")
    router.message.register(ask_trending, Command("trending"))
    router.callback_query.register(press_trending, Show.filter())
    router.message.register(ask_narrative, Command("narrative"))
    router.callback_query.register(press_narrative, Open.filter())
    router.callback_query.register(press_details, Look.filter())
    router.message.register(ask_status, Command("status"))
    return router
