"""People ask for a picture of what an alert told of, by the button under it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import NamedTuple

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot.handlers.room import Room
from bot.views import chart as view
from bot.views import start
from bot.views.alert import Chart
from core.course import HOUR, HOURS, Course, course
from core.models import Chat, Narrative, Score
from storage import alerts, log, narratives, scores


class _Known(NamedTuple):
    """All that is drawn."""

    narrative: Narrative
    course: Course
    score: Score | None
    told: list[datetime]


async def press(query: CallbackQuery, callback_data: Chart, room: Room, chat: Chat) -> None:
    known = await _known(room, chat, callback_data.firing)
    if known is None or not isinstance(query.message, Message):
        await query.answer(start.stale())
        return
    if not known.course.observed:
        await query.answer(view.nothing(), show_alert=True)
        return
    drawn = view.picture(known.narrative, known.course, known.score, known.told, zone=chat.zone)
    photo = BufferedInputFile(await room.charts.png(drawn), "chart.png")
    try:
        await query.message.reply_photo(photo, caption=view.caption(known.narrative, known.course))
    except TelegramBadRequest as error:  # a group may forbid pictures
        if "not enough rights" not in str(error):
            raise
        await query.answer(view.not_allowed(), show_alert=True)
        return
    await query.answer()


async def _known(room: Room, chat: Chat, firing_id: str) -> _Known | None:
    """What is known of the story a firing of this chat told of, under the id it goes by today."""
    now = room.clock.now()
    since = now - (HOURS + 1) * HOUR
    async with room.database.reading() as c:
        firing = await alerts.firing(c, firing_id)
        narrative = await narratives.get(c, firing.narrative_id) if firing else None
        if firing is None or narrative is None or firing.chat_id != chat.id:
            return None
        seen = await log.whole(c, [narrative.id], since=since, known_by=now)
        told = await alerts.told_at(c, chat.id, await narratives.family(c, narrative.id), since=since)
        score = (await scores.previous(c, [narrative.id])).get(narrative.id)
    made = await asyncio.to_thread(course, narrative.id, seen, earliest=narrative.earliest_post_at, now=now)
    return _Known(narrative, made, score, told)


def make_router() -> Router:
    router = Router(name="charting")
    router.callback_query.register(press, Chart.filter())
    return router
