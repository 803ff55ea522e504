"""People say what they think of an alert, or take it back, by a button under it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, Message

from bot.handlers.room import Room
from bot.views import feedback as view
from bot.views.alert import Opinion
from core.models import Chat, Feedback, Verdict
from storage import alerts, feedback, narratives

LATE = timedelta(days=30)  # an alert this old is not judged any more


async def press(query: CallbackQuery, callback_data: Opinion, room: Room, chat: Chat) -> None:
    noted = await _note(query.from_user.id, callback_data, room, chat)
    if noted is None:
        await query.answer(view.too_late(), show_alert=True)
        return
    stands, counted = noted
    await query.answer(view.noted(callback_data.verdict) if stands else view.undone())
    if isinstance(query.message, Message):
        await _mark(query.message, callback_data.firing, counted)


async def _note(
    user_id: int, said: Opinion, room: Room, chat: Chat
) -> tuple[bool, Mapping[Verdict, int]] | None:
    """Whether the verdict stands now, and how often each was given; None: there is nothing to judge."""
    now = room.clock.now()
    async with room.database.writing() as c:
        fired = await alerts.firing(c, said.firing)
        if fired is None or fired.chat_id != chat.id or now - fired.at > LATE:
            return None
        about = await narratives.get(c, fired.narrative_id)
        given = Feedback(
            chat_id=chat.id,
            firing_id=fired.id,
            user_id=user_id,
            verdict=said.verdict,
            narrative_id=fired.narrative_id,
            rule=fired.rule,
            tickers=about.tickers if about else (),
            at=now,
        )
        stands = await feedback.toggle(c, given)
        counted = await feedback.counted(c, chat.id, [fired.id])
    return stands, counted.get(fired.id, {})


async def _mark(message: Message, firing_id: str, counted: Mapping[Verdict, int]) -> None:
    """Show under the message what people pressed."""
    marked = view.marked(message.reply_markup, firing_id, counted)
    if marked == message.reply_markup:
        return
    try:
        await message.edit_reply_markup(reply_markup=marked)
    except TelegramBadRequest as error:  # it is gone, or reads like that already
        _unless_harmless(error)


def _unless_harmless(error: TelegramBadRequest) -> None:
    if not any(phrase in str(error) for phrase in ("not modified", "not found", "can't be edited")):
        raise error


def make_router() -> Router:
    router = Router(name="feedback")
    router.callback_query.register(press, Opinion.filter())
    return router
