"""People decide what reaches them: alerts on and off, the daily digest. In groups that is for admins."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.digests import comes_today, compose, postpone_to_tomorrow
from bot.handlers import arguments, wording
from bot.handlers.admission import may_change
from bot.handlers.room import Room
from bot.views import digest as digest_view
from bot.views import start
from bot.views.alert import Alerts
from bot.withdrawing import withdraw
from core.alerts.builtin import BUILT_IN
from core.errors import BadInput
from core.models import Chat
from core.words import digest_facts
from storage import chats, posts


async def subscribe(message: Message, room: Room, chat: Chat, bot: Bot) -> None:
    refusal = await may_change(message, chat, bot)
    await message.answer(refusal or await _switch(room, chat, on=True, thread=thread_of(message)))


async def unsubscribe(message: Message, room: Room, chat: Chat, bot: Bot) -> None:
    refusal = await may_change(message, chat, bot)
    await message.answer(refusal or await _switch(room, chat, on=False, thread=thread_of(message)))


async def press_alerts(query: CallbackQuery, callback_data: Alerts, room: Room, chat: Chat, bot: Bot) -> None:
    refusal = await may_change(query, chat, bot)
    if refusal:
        await query.answer(refusal, show_alert=True)
        return
    thread = thread_of(query.message) if isinstance(query.message, Message) else None
    text = await _switch(room, chat, on=callback_data.on, thread=thread)
    if isinstance(query.message, Message):
        await query.message.answer(text)
    await query.answer()


def thread_of(message: Message) -> int | None:
    """The forum topic somebody wrote in: pushes go there too."""
    return message.message_thread_id if message.is_topic_message else None


async def _switch(room: Room, chat: Chat, *, on: bool, thread: int | None) -> str:
    """Pushes go to the topic in which they were turned on; turning alerts off moves and wakes nothing."""
    if on:
        return await _turn_on(room, chat, thread)
    if chat.subscribed:
        async with room.database.writing() as c:
            await chats.change(c, chat.id, subscribed=False)
            await withdraw(c, chat.id, room.clock.now(), "off", rules=BUILT_IN)
    return start.unsubscribed(already=not chat.subscribed)


async def _turn_on(room: Room, chat: Chat, thread: int | None) -> str:
    already = chat.subscribed and chat.thread_id == thread and chat.paused is None
    if not already:
        async with room.database.writing() as c:
            await chats.change(c, chat.id, subscribed=True, thread_id=thread)
            await chats.resume(c, chat.id)
    return start.subscribed(chat, already=already)


async def digest(message: Message, command: CommandObject, room: Room, chat: Chat, bot: Bot) -> None:
    try:
        asked = arguments.digest(command.args or "")
    except BadInput as error:
        await message.answer(str(error))
        return
    if asked.action == "now":
        await _now(message, room, chat)
        return
    refusal = await may_change(message, chat, bot)
    await message.answer(refusal or await _schedule(room, chat, asked, thread_of(message)))


async def _now(message: Message, room: Room, chat: Chat) -> None:
    """A digest at once: the delta since the last one this chat got, and the mark moves on."""
    now = room.clock.now()
    async with room.database.reading() as c:
        made = await compose(c, chat, now)
        known = await posts.get(c, [id for line in made.lines for id in line.evidence])
    wished = wording.wish(room, chat, "digest", digest_facts(made, known.values()))
    found = await wording.at_hand(room, wished)
    text, keyboard = digest_view.render(made, zone=chat.zone, now=now, found=found)
    sent = await message.answer(text, reply_markup=keyboard)
    async with room.database.writing() as c:
        await chats.change(c, chat.id, last_digest_at=now)
    if found is None:
        payload = {"view": "digest", "digest": made.model_dump(mode="json")}
        await wording.queue(room, wished, sent, payload)


async def _schedule(room: Room, chat: Chat, asked: arguments.DigestArguments, thread: int | None) -> str:
    if asked.action == "off":
        if chat.digest_at is None:
            return start.digest_off(already=True)
        async with room.database.writing() as c:
            await chats.change(c, chat.id, digest_at=None)
        return start.digest_off(already=False)
    async with room.database.writing() as c:
        changed = await chats.change(
            c, chat.id, digest_at=asked.at, zone=asked.zone or chat.zone, thread_id=thread
        )
        await chats.resume(c, chat.id)
        now = room.clock.now()
        await postpone_to_tomorrow(c, changed, now)
        today = await comes_today(c, changed, now)
    return start.digest_set(changed, today=today)


def make_router() -> Router:
    router = Router(name="settings")
    router.message.register(subscribe, Command("subscribe"))
    router.message.register(unsubscribe, Command("unsubscribe"))
    router.callback_query.register(press_alerts, Alerts.filter())
    router.message.register(digest, Command("digest"))
    return router
