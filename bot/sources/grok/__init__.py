"""Grok as a source: every attempt is paid from the ledger before it is made, and settled by its bill."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import stamina
import structlog

from bot.clock import AppClock
from bot.settings import Settings
from bot.sources.grok import answers, prices, wire
from bot.sources.grok.client import Cut, GrokClient
from bot.sources.grok.ledger import Ledger
from core.errors import Rejected, Retry, SourceError
from core.models import Answer, Question, SpendEntry
from storage.database import Database

log = structlog.get_logger()
ATTEMPTS = 3
WAIT_S = 2.0  # before the second attempt, then twice as long; with jitter


class GrokSource:
    """Implements `bot.sources.Source`: one search a question, within the ledger's cap."""

    def __init__(self, client: GrokClient, ledger: Ledger, *, model: str) -> None:
        self._client = client
        self._ledger = ledger
        self._model = model

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        """One search; asked again at most twice when xAI is busy. Raises core.errors.SourceError."""
        body = wire.body(question, model=self._model, known=known)
        async for attempt in stamina.retry_context(
            on=_wait, attempts=ATTEMPTS, timeout=None, wait_initial=WAIT_S, wait_max=30.0, wait_jitter=WAIT_S
        ):
            with attempt:
                return await self._attempt(question, body)
        raise AssertionError("retry_context returns or raises")

    async def close(self) -> None:
        await self._client.close()

    async def _attempt(self, question: Question, body: dict[str, Any]) -> Answer:
        entry = await self._ledger.reserve(question, prices.reservation(question, self._model))
        try:
            response = await self._client.respond(body)
        except (Cut, Rejected):
            raise  # it may have been billed: the reservation stands as spent
        except SourceError:
            await self._ledger.release(entry)
            raise
        charged = await self._charge(entry, response)
        answer = answers.parse(response)
        usage = answer.usage.model_copy(update={"cost_ticks": charged})
        answer = answer.model_copy(update={"usage": usage})
        _report(question, answer)
        return answer

    async def _charge(self, entry: SpendEntry, response: Any) -> int:
        """Book the bill and return its ticks: paid is paid, even when the answer turns out useless."""
        block = response if isinstance(response, dict) else {}
        used = answers.usage(block.get("usage"))
        ticks = used.cost_ticks
        if ticks is None and used.input_tokens:
            ticks = prices.bill(used, str(block.get("model") or self._model))
        if ticks is None:
            return entry.reserved_ticks
        await self._ledger.settle(entry, ticks=ticks, response_id=answers.response_id(response))
        return ticks


def _wait(error: Exception) -> bool | float:
    """Only a busy or broken xAI is asked again; its own Retry-After decides how soon at the earliest."""
    if not isinstance(error, Retry):
        return False
    return True if error.retry_after is None else error.retry_after + random.uniform(0.0, WAIT_S)


def _report(question: Question, answer: Answer) -> None:
    """What was asked, done and paid; never what anybody wrote."""
    log.info(
        "grok",
        kind=question.kind.value,
        response=answer.response_id,
        served=answer.served_model,
        status=answer.status,
        searches=[(s.tool, s.query, s.mode, s.limit) for s in answer.searches],
        cited=len(answer.cited),
        posts=answer.usage.posts_fetched,
        profiles=answer.usage.users_fetched,
        ticks=answer.usage.cost_ticks,
    )


def open_source(settings: Settings, database: Database, clock: AppClock) -> GrokSource:
    """The source the settings describe."""
    client = GrokClient(
        base_url=settings.xai_base_url,
        api_key=settings.xai_api_key,
        timeout_s=settings.grok.timeout_seconds,
    )
    ledger = Ledger(database, clock, daily_usd=settings.grok.daily_usd)
    return GrokSource(client, ledger, model=settings.grok.model)
