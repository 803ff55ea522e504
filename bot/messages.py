"""A delivery's facts become a message at the moment of sending, in the chat's language and zone."""

from __future__ import annotations

from aiogram.types import InlineKeyboardMarkup

from bot.clock import AppClock
from bot.views import alert, digest
from bot.views.language import speaking
from core.models import Delivery, DeliveryKind, Digest
from storage import chats, posts
from storage.database import Database


class Messages:
    """Renders deliveries for the sender."""

    def __init__(self, database: Database, clock: AppClock) -> None:
        self._db = database
        self._clock = clock

    async def render(self, delivery: Delivery) -> tuple[str, InlineKeyboardMarkup | None]:
        """Text and buttons of a delivery; raises KeyError or ValueError for a payload nobody can read."""
        async with self._db.reading() as c:
            chat = await chats.get(c, delivery.chat_id)
            evidence = await posts.get(c, delivery.payload.get("evidence", ()))
        zone, code = (chat.zone, chat.language) if chat else ("UTC", "en")
        now = self._clock.now()
        with speaking(code):
            if delivery.kind is DeliveryKind.DIGEST:
                return digest.render(Digest.model_validate(delivery.payload), zone=zone, now=now)
            return alert.render(delivery.payload, evidence, zone=zone, now=now)
