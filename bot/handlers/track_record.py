"""People ask whether alerts were worth it: `/record`."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.handlers.room import Room
from bot.views import track_record
from storage import records


async def ask_record(message: Message, room: Room) -> None:
    """The same for everybody: no chat stands in the record."""
    async with room.database.reading() as c:
        standing = track_record.Standing(await records.hits(c), await records.outcomes(c))
    await message.answer(track_record.render(standing))


def make_router() -> Router:
    router = Router(name="track_record")
    router.message.register(ask_record, Command("record"))
    return router
