"""People ask for an alert of their own: `/alert <one line>`, or one of six by a button."""

from __future__ import annotations

import re
from contextlib import suppress

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import previewing
from bot.handlers import rule_lines
from bot.handlers.admission import CHANGES
from bot.handlers.room import Room
from bot.handlers.settings import thread_of
from bot.handlers.showing import replace
from bot.views import preview, start
from bot.views import rules as view
from bot.views.rules import Draft, Ready
from core.alerts.ready import ready
from core.alerts.wording import text_of
from core.errors import BadInput, BadRule
from core.models import Chat
from core.models.rules import Rule
from storage import attention, rules

POPUP = 190  # characters a popup takes
_CHANGE = re.compile(r"change\s+([0-9a-f]{12})\s+(\S.*)", re.IGNORECASE | re.DOTALL)


async def alert(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    """Read the line back, or say which word is not understood."""
    asked = rule_lines.straight(command.args or "")
    if not asked:
        text, keyboard = view.menu()
        await message.answer(text, reply_markup=keyboard)
        return
    change = _CHANGE.fullmatch(asked)
    changes, line = (change[1].lower(), change[2]) if change else ("", asked)
    async with room.database.reading() as c:
        if changes and await rules.get(c, chat.id, changes) is None:
            await message.answer(view.no_rule())
            return
        try:
            spec = await rule_lines.understood(c, line, chat, room.clock.now())
        except BadRule as error:
            await message.answer(view.misread(error, line))
            return
    text, keyboard = view.proposed(spec, changes=changes)
    sent = await message.answer(text, reply_markup=keyboard)
    asked_for = rule_lines.made(spec, chat, line, room.clock.now(), id=changes)
    seen = await _previewed(room, chat, asked_for)
    if seen:
        text, keyboard = view.proposed(spec, changes=changes, preview=seen)
        with suppress(TelegramBadRequest):  # saved or dropped meanwhile: there is nothing to add any more
            await sent.edit_text(text, reply_markup=keyboard)


async def _previewed(room: Room, chat: Chat, rule: Rule) -> list[str]:
    """What the rule would have told, in lines to stand under it."""
    now = room.clock.now()
    found = await previewing.preview(room.database, chat, rule, now, room.params)
    graded = await previewing.graded(room.database, found, now)
    cost = room.following if rule.scope.kind == "topic" else 0
    return preview.told(found, zone=chat.zone, ticks_a_day=cost, graded=graded)


async def press_draft(query: CallbackQuery, callback_data: Draft, room: Room, chat: Chat) -> None:
    """Save or drop what the message reads back: the message itself holds the line."""
    told, now = view.line_of(query.message), room.clock.now()
    if callback_data.do == "drop":
        await replace(query, view.dropped(), None)
        return
    if callback_data.do != "save" or told is None or not isinstance(query.message, Message):
        await query.answer(start.stale())
        return
    try:
        async with room.database.writing() as c:
            spec = await rule_lines.understood(c, told[1], chat, now)
            made = rule_lines.made(spec, chat, told[1], now, id=callback_data.rule)
            if callback_data.rule:
                shown = await _change(c, made)
            else:
                shown = await _add(c, made, chat, thread_of(query.message))
    except BadInput as error:
        await query.answer(str(error)[:POPUP], show_alert=True)
        return
    await replace(query, *shown)


Shown = tuple[str, InlineKeyboardMarkup | None]


async def _change(c: AsyncConnection, made: Rule) -> Shown:
    """Put a rule in the place of the saved one; what waits for the same as before is as old as before."""
    old = await rules.get(c, made.chat_id, made.id)
    if old is None:
        raise BadInput(view.no_rule())
    if old.expression == made.expression:
        made = made.model_copy(update={"created_at": old.created_at})
    await rules.replace(c, made)
    return view.changed(made), None


async def _add(c: AsyncConnection, made: Rule, chat: Chat, thread_id: int | None) -> Shown:
    """Add a rule the chat does not have. Raises BadInput with the sentence to answer."""
    held = await rules.of_chat(c, chat.id)
    if any(text_of(each) == text_of(made) and each.done_at is None for each in held):
        raise BadInput(view.twin())
    try:
        await rules.add(c, made)
    except BadInput:
        raise BadInput(view.full()) from None
    await rule_lines.reached(c, chat, thread_id)
    watched = (await attention.get(c, chat.id)).watch
    return view.saved(made, held=len(held) + 1, empty=made.scope.kind == "watchlist" and not watched)


async def press_ready(query: CallbackQuery, callback_data: Ready, room: Room, chat: Chat) -> None:
    """Save one of the six at once; the message below says so and can be undone."""
    found = ready(callback_data.key)
    if found is None or not isinstance(query.message, Message):
        await query.answer(start.stale())
        return
    name = view.ready_name(found.key)
    made = rule_lines.made(found.spec, chat, found.line, room.clock.now(), name=name)
    try:
        async with room.database.writing() as c:
            text, keyboard = await _add(c, made, chat, thread_of(query.message))
    except BadInput as error:
        await query.answer(str(error), show_alert=True)
        return
    await query.message.answer(text, reply_markup=keyboard)
    await query.answer()


def make_router() -> Router:
    router = Router(name="proposing")
    router.message.register(alert, Command("alert"))
    router.callback_query.register(press_draft, Draft.filter(), flags=CHANGES)
    router.callback_query.register(press_ready, Ready.filter(), flags=CHANGES)
    return router
