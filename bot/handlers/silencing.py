"""People want quiet: about one story (the buttons under alerts, /mute) or altogether (/snooze)."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers import stories
from bot.handlers.admission import CHANGES
from bot.handlers.room import Room
from bot.handlers.showing import replace
from bot.views import narrative, silencing, start
from bot.views.silencing import Hush, Unmute
from bot.withdrawing import withdraw
from core.alerts.market import NARRATIVE
from core.models import Chat, Narrative
from core.models.attention import Silence
from storage import attention, narratives

_SPAN = re.compile(r"([1-9][0-9]{0,2})\s*(m|min|h|d)", re.IGNORECASE)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
LONGEST = timedelta(days=30)


async def press(query: CallbackQuery, callback_data: Hush, room: Room, chat: Chat) -> None:
    """One of the buttons under an alert; the row tells what was done, a popup says it in words."""
    do, id, hours, also = callback_data.do, callback_data.id, callback_data.hours, callback_data.also
    if do in ("open", "close"):
        await _show(query, silencing.opened(id, also) if do == "open" else silencing.closed(id, also))
        await query.answer()
        return
    if do not in ("snooze", "mute", "undo") or (do == "snooze" and hours not in silencing.offered(also)):
        await query.answer(start.stale())
        return
    now = room.clock.now()
    async with room.database.writing() as c:
        told = await _title(c, id)
        if told is None:
            await query.answer(start.stale())
            return
        await unmute(c, chat.id, id)
        if do != "undo":
            until = now + timedelta(hours=hours) if do == "snooze" else None
            await _silence(c, chat.id, id, until, now)
    hours = hours if do == "snooze" else 0
    await _show(query, silencing.closed(id, also) if do == "undo" else silencing.done(id, hours, also))
    await query.answer(silencing.pressed(told, do, hours))


async def _title(c: AsyncConnection, id: str) -> str | None:
    if id == NARRATIVE:
        return silencing.market()
    known = await narratives.get(c, id)
    return known.title if known else None


async def _silence(c: AsyncConnection, chat_id: int, id: str, until: datetime | None, now: datetime) -> None:
    """Nothing more of a story, whatever id it goes by, until then; nor what waits for its way out."""
    known = await narratives.get(c, id)
    wanted = Silence(target="narrative", id=known.id if known else id, until=until, since=now)
    await attention.silence(c, chat_id, wanted)
    why: Literal["muted", "snoozed"] = "snoozed" if until else "muted"
    await withdraw(c, chat_id, now, why, narrative_ids=await stories.family(c, id))


async def unmute(c: AsyncConnection, chat_id: int, narrative_id: str) -> bool:
    """Speak of a story again, under whichever of its ids it was silenced; False if it was not."""
    ended = [
        await attention.unsilence(c, chat_id, "narrative", id) for id in await stories.family(c, narrative_id)
    ]
    return any(ended)


async def _show(query: CallbackQuery, row: silencing.Row) -> None:
    """Put the row into the message's keyboard; one that cannot be edited any more stays as it is."""
    if isinstance(query.message, Message):
        with suppress(TelegramBadRequest):
            await query.message.edit_reply_markup(
                reply_markup=silencing.replaced(query.message.reply_markup, row)
            )


async def mute(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    found = await _one(message, command, room, silencing.mute_usage())
    if found is not None:
        async with room.database.writing() as c:
            await _silence(c, chat.id, found.id, None, room.clock.now())
        await message.answer(silencing.muted(found.title))


async def end_mute(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    found = await _one(message, command, room, silencing.mute_usage())
    if found is not None:
        async with room.database.writing() as c:
            ended = await unmute(c, chat.id, found.id)
        said = silencing.unmuted(found.title) if ended else silencing.not_muted(found.title)
        await message.answer(said)


async def _one(message: Message, command: CommandObject, room: Room, usage: str) -> Narrative | None:
    """The one story that is meant; otherwise the right usage is answered, and None."""
    name = (command.args or "").strip()
    if not name:
        await message.answer(usage)
        return None
    async with room.database.reading() as c:
        found = await stories.meant(c, name)
    if len(found) == 1:
        return found[0]
    if found:
        await message.answer(silencing.which(name, found))
    elif stories.token(name):
        await message.answer(silencing.broad(name))
    else:
        await message.answer(narrative.unknown(name, ())[0])
    return None


async def ask_silences(message: Message, room: Room, chat: Chat) -> None:
    text, keyboard = await _silences(room, chat)
    await message.answer(text, reply_markup=keyboard)


async def press_unmute(query: CallbackQuery, callback_data: Unmute, room: Room, chat: Chat) -> None:
    async with room.database.writing() as c:
        if callback_data.id:
            await unmute(c, chat.id, callback_data.id)
        else:
            await attention.unsilence(c, chat.id, "chat")
    await replace(query, *await _silences(room, chat))


async def _silences(room: Room, chat: Chat) -> tuple[str, InlineKeyboardMarkup | None]:
    """What is muted or snoozed here, a merged story once, under the name it goes by now."""
    now = room.clock.now()
    held: dict[str, tuple[Narrative | None, datetime | None]] = {}
    async with room.database.reading() as c:
        for each in (await attention.get(c, chat.id)).silences:
            if not each.holds(now) or each.target == "rule":
                continue
            known = await narratives.get(c, each.id) if each.target == "narrative" else None
            if each.target == "narrative" and known is None and each.id != NARRATIVE:
                continue
            held[known.id if known else each.id] = known, each.until
    return silencing.silences(list(held.items()), zone=chat.zone, now=now)


async def snooze(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    asked = (command.args or "").strip().lower()
    now = room.clock.now()
    if asked == "off":
        async with room.database.writing() as c:
            ended = await attention.unsilence(c, chat.id, "chat")
        await message.answer(silencing.awake(already=not ended))
        return
    match = _SPAN.fullmatch(asked)
    span = int(match[1]) * _UNITS[match[2][0]] if match else None
    if span is None or span > LONGEST:
        await message.answer(silencing.snooze_usage())
        return
    async with room.database.writing() as c:
        await attention.silence(c, chat.id, Silence(target="chat", until=now + span, since=now))
        await withdraw(c, chat.id, now, "snoozed")
    await message.answer(silencing.snoozed(now + span, chat.zone, now))


def make_router() -> Router:
    router = Router(name="silencing")
    router.callback_query.register(press, Hush.filter(), flags=CHANGES)
    router.message.register(mute, Command("mute"), flags=CHANGES)
    router.message.register(end_mute, Command("unmute"), flags=CHANGES)
    router.message.register(ask_silences, Command("mutes"))
    router.callback_query.register(press_unmute, Unmute.filter(), flags=CHANGES)
    router.message.register(snooze, Command("snooze"), flags=CHANGES)
    return router
