"""A delivery's facts become a message at the moment of sending, in the chat's language and zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from aiogram.types import InlineKeyboardMarkup
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import cards
from bot.board import HOUR, Board, Snapshot
from bot.briefly import Briefly
from bot.clock import AppClock
from bot.together import Together
from bot.views import alert, bundle, development, digest, held_back, market, narrative, notice
from bot.views.language import speaking
from core.models import Chat, Delivery, DeliveryKind, Digest, Explanation, Note, Post, Score, Words
from core.words import standing
from storage import attention, chats, narratives, posts
from storage.database import Database

Rendered = tuple[str, InlineKeyboardMarkup | None]


class Messages:
    """Renders deliveries for the sender."""

    def __init__(
        self, database: Database, clock: AppClock, *, every: timedelta = HOUR, kept: float = 0.0
    ) -> None:
        """`kept`: real seconds for which what all chats are told of a story is not read again."""
        self._db = database
        self._briefly = Briefly(kept)
        self._chat = Together(self._chats)
        self._board = Board(database, clock, every=every)
        self._clock = clock

    async def render(self, delivery: Delivery) -> Rendered:
        """Text and buttons of a delivery; raises KeyError or ValueError for a payload nobody can read."""
        chat = await self._chat(delivery.chat_id)
        evidence = await self._posts(tuple(delivery.payload.get("evidence", ())))
        zone, code = (chat.zone, chat.language) if chat else ("UTC", "en")
        now = self._clock.now()
        with speaking(code):
            if "became" in delivery.payload:
                return await self._became(delivery, evidence, zone, now)
            if delivery.kind is DeliveryKind.EDIT:
                return await self._with_words(delivery.payload, zone, now)
            if delivery.kind is DeliveryKind.NOTICE:
                return notice.render(delivery.payload, zone=zone, now=now)
            if delivery.kind is DeliveryKind.DIGEST:
                return await self._morning(delivery.payload, zone, now)
            return await self._told(delivery, evidence, zone, now)

    async def _morning(self, payload: Mapping[str, Any], zone: str, now: datetime) -> Rendered:
        """A digest, or a note of what was held back."""
        if payload.get("view") == "held back":
            return held_back.render(Note.model_validate(payload["note"]), zone=zone, now=now)
        return digest.render(await self._digest(payload), zone=zone, now=now)

    async def _told(
        self, delivery: Delivery, evidence: Mapping[str, Post], zone: str, now: datetime
    ) -> Rendered:
        """An alert, several in one, or that the market as a whole is loud."""
        payload = delivery.payload
        if payload.get("view") == "bundle":
            return bundle.render(payload["alerts"], zone=zone, now=now)
        if payload.get("view") == "market":
            return market.render(payload, zone=zone, now=now)
        story = payload["narrative_id"]
        explanation = await self._briefly.get(("explained", story), partial(self._explained, story))
        muted = await self._muted_whole(delivery)
        return alert.render(payload, evidence, zone=zone, now=now, explanation=explanation, muted=muted)

    async def _became(
        self, delivery: Delivery, evidence: Mapping[str, Post], zone: str, now: datetime
    ) -> Rendered:
        """An alert that was confirmed or taken back, or the answer that says so."""
        if delivery.kind is DeliveryKind.REPLY:
            return development.answer(delivery.payload), None
        if delivery.payload.get("view") == "bundle":
            return bundle.render(delivery.payload["alerts"], zone=zone, now=now)
        if delivery.kind is DeliveryKind.WITHDRAW:
            return development.withdrawn(delivery.payload, zone=zone, now=now)
        text, keyboard = await self._told(delivery, evidence, zone, now)
        return development.confirmed(text, delivery.payload, zone=zone, now=now), keyboard

    async def _explained(self, narrative_id: str) -> Explanation | None:
        """What speaks for and against a narrative by its newest score; None where it has none."""
        snapshot = await self._board.current()
        async with self._db.reading() as c:
            return await cards.of_story(c, narrative_id, snapshot)

    async def _chats(self, ids: Sequence[int]) -> list[Chat | None]:
        async with self._db.reading() as c:
            known = await chats.by_ids(c, ids)
        return [known.get(id) for id in ids]

    async def _posts(self, ids: tuple[str, ...]) -> dict[str, Post]:
        if not ids:
            return {}

        async def read() -> dict[str, Post]:
            async with self._db.reading() as c:
                return await posts.get(c, ids)

        return await self._briefly.get(("posts", ids), read)

    async def _muted_whole(self, delivery: Delivery) -> str | None:
        """The title of the story this one was a part of, where the chat has muted that one."""
        story = delivery.payload["narrative_id"]
        whole = await self._briefly.get(("whole", story), partial(self._whole, story))
        if whole is None:
            return None
        title, ids = whole
        async with self._db.reading() as c:
            silences = (await attention.get(c, delivery.chat_id)).silences
        return title if any(s.until is None and s.id in ids for s in silences) else None

    async def _whole(self, narrative_id: str) -> tuple[str, list[str]] | None:
        """Title and ids of the story that a narrative was a part of."""
        async with self._db.reading() as c:
            part = await narratives.get(c, narrative_id)
            whole = await narratives.get(c, part.split_from) if part and part.split_from else None
            return (whole.title, await narratives.family(c, whole.id)) if whole else None

    async def _digest(self, payload: Mapping[str, Any]) -> Digest:
        """A digest without links to posts that were deleted meanwhile."""
        told = Digest.model_validate(payload)
        async with self._db.reading() as c:
            known = await posts.get(c, [id for line in told.lines for id in line.evidence])
        gone = {id for id, post in known.items() if post.gone}
        kept = [
            line.model_copy(update={"evidence": tuple(id for id in line.evidence if id not in gone)})
            for line in told.lines
        ]
        return told.model_copy(update={"lines": tuple(kept)})

    async def _with_words(self, payload: Mapping[str, Any], zone: str, now: datetime) -> Rendered:
        """An answer as it was given, with the words that were found for it."""
        async with self._db.reading() as c:
            found = await _standing(c, Words.model_validate(payload["words"]))
        if payload["view"] == "digest":
            told = await self._digest(payload["digest"])
            return digest.render(told, zone=zone, now=now, found=found)
        snapshot = await self._board.current()
        async with self._db.reading() as c:
            card = await _card(c, payload, snapshot, now)
        return narrative.render(
            card.narrative,
            card.score,
            card.shown,
            snapshot,
            zone=zone,
            now=now,
            found=found,
            usual=card.usual,
            explanation=card.explanation,
            parts=card.parts,
            whole=card.whole,
        )


async def _standing(c: AsyncConnection, words: Words) -> Words | None:
    """The lines whose posts have not been deleted meanwhile."""
    return standing(words, await posts.get(c, [id for line in words.bullets for id in line.post_ids]))


async def _card(
    c: AsyncConnection, payload: Mapping[str, Any], snapshot: Snapshot, now: datetime
) -> cards.Card:
    known = await narratives.get(c, payload["narrative_id"])
    if known is None:
        raise KeyError("its narrative is not known any more")
    score = Score.model_validate(payload["score"]) if payload["score"] else None
    return await cards.scored(c, known, score, snapshot, now)
