"""Grok as a source: every attempt is paid from the ledger before it is made, and settled by its bill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import stamina
import structlog

from bot.clock import AppClock
from bot.settings import Settings
from bot.sources.grok import answers, prices, wire
from bot.sources.grok.client import Cut, GrokClient
from core.errors import CapReached, Rejected, Retry, SourceError
from core.models import Answer, Question, SpendEntry
from storage import spend
from storage.database import Database

log = structlog.get_logger()
ATTEMPTS = 3


class GrokSource:
    """Implements `bot.sources.Source` within a daily cap in dollars (UTC days of the app clock)."""

    def __init__(
        self, client: GrokClient, database: Database, clock: AppClock, *, model: str, daily_usd: float
    ) -> None:
        self._client = client
        self._db = database
        self._clock = clock
        self._model = model
        self._cap = round(daily_usd * prices.TICKS)

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        """One search; asked again at most twice when xAI is busy. Raises core.errors.SourceError."""
        body = wire.body(question, model=self._model, known=known)
        async for attempt in stamina.retry_context(on=_wait, attempts=ATTEMPTS, timeout=None):
            with attempt:
                return await self._attempt(question, body)
        raise AssertionError("retry_context returns or raises")

    async def close(self) -> None:
        await self._client.close()

    async def _attempt(self, question: Question, body: dict[str, object]) -> Answer:
        entry = await self._reserve(question)
        try:
            response = await self._client.respond(body)
        except (Cut, Rejected):
            raise  # it may have been billed: the reservation stands as spent
        except SourceError:
            async with self._db.durable() as c:
                await spend.release(c, entry.id)
            raise
        used = answers.usage(response.get("usage") if isinstance(response, dict) else None)
        answer = await self._settled(entry, response, used.cost_ticks)
        log.info(
            "grok",
            kind=question.kind.value,
            response=answer.response_id,
            served=answer.served_model,
            searches=[(s.tool, s.query, s.mode, s.limit) for s in answer.searches],
            posts=answer.usage.posts_fetched,
            usd=round((answer.usage.cost_ticks or 0) / prices.TICKS, 4),
        )
        return answer

    async def _reserve(self, question: Question) -> SpendEntry:
        now = self._clock.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        entry = SpendEntry(
            id=uuid4().hex,
            at=now,
            purpose=question.kind.value,
            narrative_id=question.narrative_id,
            reserved_ticks=prices.reservation(question, self._model),
        )
        async with self._db.durable() as c:
            if await spend.reserve_within(c, entry, since=midnight, cap_ticks=self._cap):
                return entry
        raise CapReached(
            f"Today's cap of ${self._cap / prices.TICKS:.2f} is reached; no calls until midnight UTC.",
            until=_next(midnight),
        )

    async def _settled(self, entry: SpendEntry, response: object, cost: int | None) -> Answer:
        """Book the bill first: what was paid for counts even when the answer turns out useless."""
        block = response if isinstance(response, dict) else {}
        used = answers.usage(block.get("usage"))
        if cost is None and block.get("usage"):
            cost = prices.bill(used, str(block.get("model") or self._model))
        if cost is not None:
            async with self._db.durable() as c:
                await spend.settle(c, entry.id, ticks=cost, response_id=str(block.get("id") or "") or None)
        answer = answers.parse(response)
        charged = entry.reserved_ticks if cost is None else cost
        return answer.model_copy(update={"usage": answer.usage.model_copy(update={"cost_ticks": charged})})


def _wait(error: Exception) -> bool | float:
    """Only a busy or broken xAI is asked again; its own Retry-After decides how soon."""
    if not isinstance(error, Retry):
        return False
    return True if error.retry_after is None else error.retry_after


def _next(midnight: datetime) -> datetime:
    return midnight + timedelta(days=1)


def open_source(settings: Settings, database: Database, clock: AppClock) -> GrokSource:
    """The source the settings describe."""
    client = GrokClient(
        base_url=settings.xai_base_url,
        api_key=settings.xai_api_key,
        timeout_s=settings.grok.timeout_seconds,
    )
    return GrokSource(client, database, clock, model=settings.grok.model, daily_usd=settings.grok.daily_usd)
