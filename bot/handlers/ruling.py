"""People keep their rules: `/alerts` lists, edits, pauses, tests and deletes them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot import trials
from bot.handlers import rule_lines
from bot.handlers.admission import CHANGES
from bot.handlers.proposing import POPUP
from bot.handlers.room import Room
from bot.handlers.showing import replace
from bot.views import rules as view
from bot.views import start
from bot.views.rules import Manage
from core.alerts.wording import text_of
from core.errors import BadInput, BadRule
from core.models import Chat
from core.models.rules import Rule
from storage import attention, rules

_LOOKS = {"list", "show"}


async def ask_rules(message: Message, room: Room, chat: Chat) -> None:
    text, keyboard = await _listed(room, chat)
    await message.answer(text, reply_markup=keyboard)


async def _listed(room: Room, chat: Chat, page: int = 0) -> tuple[str, InlineKeyboardMarkup | None]:
    async with room.database.reading() as c:
        held = await rules.of_chat(c, chat.id)
        allowed = await attention.get(c, chat.id)
    return view.listed(held, allowed, subscribed=chat.subscribed, today=_today(room, chat), page=page)


def _today(room: Room, chat: Chat) -> date:
    return room.clock.now().astimezone(ZoneInfo(chat.zone)).date()


async def press_look(query: CallbackQuery, callback_data: Manage, room: Room, chat: Chat) -> None:
    """Look at the list or at one rule: everybody may."""
    if callback_data.do == "list":
        await replace(query, *await _listed(room, chat, callback_data.page))
        return
    async with room.database.reading() as c:
        found = await rules.get(c, chat.id, callback_data.rule)
    if found is None:
        await query.answer(view.no_rule(), show_alert=True)
    else:
        await replace(query, *view.card(found, _today(room, chat)))


async def press_change(query: CallbackQuery, callback_data: Manage, room: Room, chat: Chat) -> None:
    """Edit, pause, resume, test, delete or bring back a rule: for those who may change settings."""
    if callback_data.do == "restore":
        await _restore(query, callback_data.rule, room, chat)
        return
    async with room.database.reading() as c:
        found = await rules.get(c, chat.id, callback_data.rule)
    if found is None:
        await query.answer(view.no_rule(), show_alert=True)
    elif callback_data.do == "edit" and isinstance(query.message, Message):
        await query.message.answer(view.edit(found))
        await query.answer()
    elif callback_data.do == "test":
        await _test(query, found, room, chat)
    elif callback_data.do == "delete":
        async with room.database.writing() as c:
            await rules.remove(c, chat.id, found.id)
        await replace(query, *view.deleted(found.name, text_of(found), found.id))
    elif callback_data.do in ("pause", "resume"):
        await _pause(query, found, callback_data.do == "pause", room, chat)
    else:
        await query.answer(start.stale())


async def _pause(query: CallbackQuery, found: Rule, paused: bool, room: Room, chat: Chat) -> None:
    """A rule for once that has fired waits anew when it is resumed."""
    done_at = found.done_at if paused else None
    wanted = found.model_copy(update={"paused": paused, "done_at": done_at})
    async with room.database.writing() as c:
        await rules.replace(c, wanted)
    await replace(query, *view.card(wanted, _today(room, chat)))


async def _restore(query: CallbackQuery, rule_id: str, room: Room, chat: Chat) -> None:
    """The message about the deletion holds the line; under its old id the rule keeps its cooldowns."""
    told = view.line_of(query.message)
    if told is None:
        await query.answer(start.stale())
        return
    name, line = told
    now = room.clock.now()
    try:
        async with room.database.writing() as c:
            spec = await rule_lines.understood(c, line, chat, now)
            id = "" if await rules.taken(c, rule_id) else rule_id
            made = rule_lines.made(spec, chat, line, now, name=name, id=id)
            await rules.add(c, made)
            held = len(await rules.of_chat(c, chat.id))
    except BadRule as error:
        await query.answer(str(error)[:POPUP], show_alert=True)
    except BadInput:
        await query.answer(view.full(), show_alert=True)
    else:
        await replace(query, *view.saved(made, held=held))


async def _test(query: CallbackQuery, found: Rule, room: Room, chat: Chat) -> None:
    """The alert as it would look now, for the story that fits best: nothing is recorded or counted."""
    trial = await trials.alert_of(room.database, room.board, found, chat, room.clock.now())
    if trial is None or not isinstance(query.message, Message):
        await query.answer(view.untestable(), show_alert=True)
        return
    await query.message.answer(trial.text, reply_markup=trial.keyboard)
    await query.answer(view.tested(true=trial.true))


def make_router() -> Router:
    router = Router(name="ruling")
    router.message.register(ask_rules, Command("alerts"))
    router.callback_query.register(press_look, Manage.filter(F.do.in_(_LOOKS)))
    router.callback_query.register(press_change, Manage.filter(), flags=CHANGES)
    return router
