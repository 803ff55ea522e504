"""People say how much and when: /quiet, /zone, /sensitivity, /budget, /kinds."""

from __future__ import annotations

from typing import Any

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot import zones
from bot.handlers import arguments
from bot.handlers.admission import CHANGES
from bot.handlers.room import Room
from bot.handlers.showing import replace
from bot.views import limits, start
from bot.views.limits import Turn, Zone
from core.errors import BadInput
from core.models import Chat
from core.models.attention import Attention, Kind, Mode, Sensitivity
from storage import attention, chats

MOST = 50  # alerts a day


async def _allowed(room: Room, chat: Chat) -> Attention:
    async with room.database.reading() as c:
        return await attention.get(c, chat.id)


async def _change(room: Room, chat: Chat, **fields: Any) -> Attention:
    async with room.database.writing() as c:
        return await attention.change(c, chat.id, **fields)


async def ask_quiet(message: Message, room: Room, chat: Chat) -> None:
    await message.answer(limits.quiet((await _allowed(room, chat)).quiet, chat.zone))


async def set_quiet(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    try:
        hours = arguments.quiet(command.args or "")
    except BadInput as error:
        await message.answer(str(error))
        return
    changed = await _change(room, chat, quiet=hours)
    await message.answer(limits.quiet(changed.quiet, chat.zone))


async def ask_zone(message: Message, room: Room, chat: Chat) -> None:
    await message.answer(limits.zone(chat.zone, room.clock.now()))


async def set_zone(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    said = (command.args or "").strip()
    meant = zones.read(said, room.clock.now())
    if meant.zone is None:
        text, keyboard = limits.no_zone(said, meant.near, offset=meant.offset)
        await message.answer(text, reply_markup=keyboard)
        return
    await message.answer(await _move_to(room, chat, meant.zone))


async def press_zone(query: CallbackQuery, callback_data: Zone, room: Room, chat: Chat) -> None:
    meant = zones.read(callback_data.name, room.clock.now())
    if meant.zone is None:
        await query.answer(start.stale())
        return
    text = await _move_to(room, chat, meant.zone)
    await replace(query, text, None)


async def _move_to(room: Room, chat: Chat, zone: str) -> str:
    async with room.database.writing() as c:
        await chats.change(c, chat.id, zone=zone)
    return limits.zone(zone, room.clock.now())


async def ask_sensitivity(message: Message, room: Room, chat: Chat) -> None:
    await message.answer(limits.sensitivity((await _allowed(room, chat)).sensitivity))


async def set_sensitivity(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    word = (command.args or "").strip().lower()
    if word not in list(Sensitivity):
        await message.answer(limits.sensitivity_unknown(word))
        return
    changed = await _change(room, chat, sensitivity=Sensitivity(word))
    await message.answer(limits.sensitivity(changed.sensitivity))


async def ask_budget(message: Message, room: Room, chat: Chat) -> None:
    await message.answer(limits.budget((await _allowed(room, chat)).budget))


async def set_budget(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    word = (command.args or "").strip()
    if not (word.isascii() and word.isdecimal() and len(word) < 4 and int(word) <= MOST):
        await message.answer(limits.budget_usage())
        return
    changed = await _change(room, chat, budget=int(word))
    await message.answer(limits.budget(changed.budget))


async def ask_kinds(message: Message, room: Room, chat: Chat) -> None:
    text, keyboard = limits.kinds(await _allowed(room, chat))
    await message.answer(text, reply_markup=keyboard)


async def press_kind(query: CallbackQuery, callback_data: Turn, room: Room, chat: Chat) -> None:
    if callback_data.kind not in list(Kind) or callback_data.mode not in list(Mode):
        await query.answer(start.stale())
        return
    kinds = (await _allowed(room, chat)).kinds | {Kind(callback_data.kind): Mode(callback_data.mode)}
    text, keyboard = limits.kinds(await _change(room, chat, kinds=kinds))
    await replace(query, text, keyboard)


def make_router() -> Router:
    router = Router(name="limiting")
    for name, change, ask in (
        ("quiet", set_quiet, ask_quiet),
        ("zone", set_zone, ask_zone),
        ("sensitivity", set_sensitivity, ask_sensitivity),
        ("budget", set_budget, ask_budget),
    ):
        router.message.register(change, Command(name, magic=F.args), flags=CHANGES)
        router.message.register(ask, Command(name))
    router.message.register(ask_kinds, Command("kinds"))
    router.callback_query.register(press_zone, Zone.filter(), flags=CHANGES)
    router.callback_query.register(press_kind, Turn.filter(), flags=CHANGES)
    return router
