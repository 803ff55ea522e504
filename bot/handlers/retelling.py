"""A story that came with others in one message is told alone: to be rated, silenced, asked about."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot import cards
from bot.handlers.room import Room
from bot.views import alert, start
from bot.views import feedback as opinions
from bot.views.bundle import Single
from core.models import Chat
from storage import alerts, deliveries, feedback, narratives, posts


async def press(query: CallbackQuery, callback_data: Single, room: Room, chat: Chat) -> None:
    told = await _told(room, chat, callback_data.firing)
    if told is None or not isinstance(query.message, Message):
        await query.answer(start.stale())
        return
    text, keyboard = told
    await query.message.reply(text, reply_markup=keyboard)
    await query.answer()


async def _told(room: Room, chat: Chat, firing_id: str) -> tuple[str, InlineKeyboardMarkup | None] | None:
    """The alert as it would have come alone, with what people thought of it; None where it is not known."""
    snapshot = await room.board.current()
    async with room.database.reading() as c:
        firing = await alerts.firing(c, firing_id)
        known = await narratives.get(c, firing.narrative_id) if firing else None
        if firing is None or known is None or firing.chat_id != chat.id:
            return None
        sent = await deliveries.sent_at(c, firing.id)
        evidence = await posts.get(c, firing.facts.get("evidence", ()))
        explanation = await cards.of_story(c, firing.narrative_id, snapshot)
        counted = await feedback.counted(c, chat.id, [firing.id])
    facts = firing.facts | {"firing": firing.id} | ({"sent": sent.isoformat()} if sent else {})
    now = room.clock.now()
    text, keyboard = alert.render(facts, evidence, zone=chat.zone, now=now, explanation=explanation)
    return text, opinions.marked(keyboard, firing.id, counted.get(firing.id, {}))


def make_router() -> Router:
    router = Router(name="retelling")
    router.callback_query.register(press, Single.filter())
    return router
