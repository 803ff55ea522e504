"""People ask why something came, and why something did not: `/why`, `/whynot` and an alert's button."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot import whynot
from bot.handlers.room import Room
from bot.views import start
from bot.views import whynot as view
from bot.views.alert import Why
from core.models import Chat, Firing, Narrative
from storage import alerts, attention, narratives, posts


async def ask_why(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    name = (command.args or "").strip()
    if not name:
        await message.answer(view.usage("why"))
        return
    narrative = await _meant(room, name)
    if narrative is None:
        await message.answer(await _unknown(room, chat, name))
        return
    async with room.database.reading() as c:
        firing = await alerts.newest_firing(c, chat.id, await narratives.family(c, narrative.id))
    told = await _why(room, chat, firing)
    await message.answer(told or view.never(narrative.title))


async def press_why(query: CallbackQuery, callback_data: Why, room: Room, chat: Chat) -> None:
    async with room.database.reading() as c:
        firing = await alerts.firing(c, callback_data.firing)
    told = await _why(room, chat, firing)
    if told is None or not isinstance(query.message, Message):
        await query.answer(start.expired())
        return
    await query.message.reply(told)
    await query.answer()


async def _why(room: Room, chat: Chat, firing: Firing | None) -> str | None:
    async with room.database.reading() as c:
        told = await whynot.heard(c, chat, firing)
        if told is None:
            return None
        known = await posts.get(c, told.firing.facts.get("evidence", ()))
    return view.why(told, known, room.params, zone=chat.zone, now=room.clock.now())


async def ask_whynot(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    name = (command.args or "").strip()
    if not name:
        await message.answer(view.usage("whynot"))
        return
    narrative = await _meant(room, name)
    if narrative is None:
        await message.answer(await _unknown(room, chat, name))
        return
    now = room.clock.now()
    async with room.database.reading() as c:
        found = await whynot.unheard(c, chat, narrative, now, room.params)
    await message.answer(view.whynot(found, room.params, zone=chat.zone, now=now))


async def _meant(room: Room, name: str) -> Narrative | None:
    """The story that fits best; the answer names it."""
    async with room.database.reading() as c:
        return next(iter(await narratives.find(c, name.lstrip("#"))), None)


async def _unknown(room: Room, chat: Chat, name: str) -> str:
    async with room.database.reading() as c:
        topics = (await attention.get(c, chat.id)).topics
    return view.unknown(name, followed=name.lower() in (topic.lower() for topic in topics))


def make_router() -> Router:
    router = Router(name="explaining")
    router.message.register(ask_why, Command("why"))
    router.message.register(ask_whynot, Command("whynot"))
    router.callback_query.register(press_why, Why.filter())
    return router
