"""The operator asks: `/cost`."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers.room import Room
from bot.views import cost
from core.budget import forecast
from core.models import Chat, ChatKind
from storage import alerts, narratives, spend

THIRTY = timedelta(days=30)
DAY = timedelta(days=1)
DEAREST = 5


async def ask_cost(message: Message, room: Room, chat: Chat) -> None:
    """The account, told to admins in private and to nobody else."""
    await message.answer(await _answer(message, room, chat))


async def _answer(message: Message, room: Room, chat: Chat) -> str:
    if not room.admins:
        return cost.nobody()
    if message.from_user is None or message.from_user.id not in room.admins:
        return cost.not_for_you()
    if chat.kind is not ChatKind.PRIVATE:
        return cost.in_private()
    now = room.clock.now()
    async with room.database.reading() as c:
        costs = await _costs(c, now)
    return cost.render(costs, room.caps, zone=chat.zone, now=now)


async def _costs(c: AsyncConnection, now: datetime) -> cost.Costs:
    hour = now.replace(minute=0, second=0, microsecond=0)
    midnight = hour.replace(hour=0)
    month = midnight.replace(day=1)
    today, so_far = await spend.spent(c, since=midnight), await spend.spent(c, since=month)
    last_day = await spend.spent(c, since=now - DAY)
    merged = await narratives.redirects(c)
    dearest = await spend.by_narrative(c, since=now - THIRTY, limit=DEAREST, redirects=merged)
    known = await narratives.by_ids(c, [id for id, _ in dearest])
    unbilled = await spend.open_reservations(c, since=month)
    return cost.Costs(
        hour=await spend.spent(c, since=hour),
        day=today,
        month=so_far,
        forecast_day=forecast(today, last_day=last_day, now=now, until=midnight + DAY),
        forecast_month=forecast(so_far, last_day=last_day, now=now, until=_next_month(month)),
        purposes=await spend.breakdown(c, since=month),
        dearest=[(known[id].title, ticks) for id, ticks in dearest if id in known],
        alerts=await alerts.told(c, since=now - THIRTY),
        thirty_days=await spend.spent(c, since=now - THIRTY),
        unbilled=len(unbilled),
        unbilled_ticks=sum(entry.reserved_ticks for entry in unbilled),
    )


def _next_month(month: datetime) -> datetime:
    return (month + 32 * DAY).replace(day=1)


def make_router() -> Router:
    router = Router(name="operating")
    router.message.register(ask_cost, Command("cost"))
    return router
