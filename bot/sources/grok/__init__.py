"""Grok as a source: one search a question, by the first model of a chain that can answer it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from bot.ledger import Ledger
from bot.notices import Tell
from bot.settings import Settings
from bot.sources.grok import answers, prices, refusals, wire
from bot.sources.grok.calls import Calls, Request
from bot.sources.grok.client import GrokClient
from bot.sources.grok.restraint import Restraint
from bot.sources.grok.watch import Overrun, Plan
from core.errors import CapReached, Misconfigured, OutOfCredit, Rejected, SourceError
from core.models import Answer, Question

log = structlog.get_logger()


class GrokSource:
    """Implements `bot.sources.Source`: one search a question, within the ledger's cap."""

    def __init__(
        self,
        client: GrokClient,
        ledger: Ledger,
        *,
        model: str,
        fallbacks: Sequence[str] = (),
        tell: Tell | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = Calls(client, ledger, monotonic)
        self._tell = tell
        self._models = tuple(dict.fromkeys((model, *fallbacks)))
        self._restraint = Restraint()
        self._schemaless: set[str] = set()  # models that refuse a schema together with a search

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        """One search; of the next model only where one is unknown or broken. Raises core.errors.SourceError:
        where no model answers, what the first one said."""
        limit = self._restraint.limit(question.limit)
        try:
            return await self._by_any(question.model_copy(update={"limit": limit}), known)
        except (OutOfCredit, Misconfigured, CapReached) as error:
            await self._told(error.fault, why=str(error))
            raise

    async def _by_any(self, asked: Question, known: Sequence[tuple[str, str]]) -> Answer:
        first: SourceError | None = None
        for model in self._models:
            try:
                answer = await self._asked(asked, known, model)
            except SourceError as error:
                if not refusals.elsewhere(error):
                    raise
                log.warning("grok model failed", model=model, why=str(error))
                first = first or error
            else:
                if first is not None:
                    await self._told("fallback", model=model, instead_of=self._models[0], why=str(first))
                return answer
        assert first is not None
        raise first

    async def _told(self, what: str, **facts: Any) -> None:
        if self._tell is not None:
            await self._tell(what, facts)

    async def close(self) -> None:
        await self._calls.close()

    async def _asked(self, question: Question, known: Sequence[tuple[str, str]], model: str) -> Answer:
        if model not in self._schemaless:
            body = wire.body(question, model=model, known=known)
            try:
                return (await self._searched(question, model, body))[0]
            except refusals.SchemaRefused as refused:
                self._schemaless.add(model)
                log.warning("grok refuses our schema", model=model, why=str(refused))
        body = wire.body(question, model=model, known=known, plain=True)
        answer, words = await self._searched(question, model, body)
        if _repairable(answer) and words.strip():
            return await self._repaired(question, model, answer, words)
        return answer

    async def _searched(self, question: Question, model: str, body: dict[str, Any]) -> tuple[Answer, str]:
        """The answer and its words."""
        plan = Plan(searches=1, rows=question.limit)
        request = _request(question, model, body, prices.reservation(question, model), plan)
        try:
            paid = await self._calls.make(request)
        except Overrun:
            await self._note(question, fetched=math.inf)
            raise
        answer = _billed(answers.parse(paid.response), paid.ticks)
        await self._note(question, fetched=answer.usage.posts_fetched)
        _report(question, answer)
        return answer, answers.words(paid.response)

    async def _repaired(self, question: Question, model: str, answer: Answer, words: str) -> Answer:
        """The same answer with its document read by a second call, which cannot search."""
        body = wire.repair_body(question.kind, words, model=model)
        reserved = prices.repair(words[: wire.MAX_REPAIRED], model, output_tokens=wire.MAX_OUTPUT_TOKENS)
        request = _request(question, model, body, reserved, Plan(searches=0, rows=0))
        try:
            paid = await self._calls.make(request)
            document = answers.parse(paid.response).document
        except SourceError as error:
            raise Rejected(f"Grok's answer was no JSON and stayed so: {error}", fault="unreadable") from None
        if document is None:
            raise Rejected("Grok's answer was no JSON, and no more so when asked again.", fault="unreadable")
        both = (answer.usage.cost_ticks or 0) + paid.ticks
        return _billed(answer.model_copy(update={"document": document}), both)

    async def _note(self, question: Question, *, fetched: float) -> None:
        change = self._restraint.note(planned=question.limit, fetched=fetched)
        if change > 0:
            log.warning("grok fetches more than asked: limits are halved", asked=question.limit)
            await self._told("overrun", asked=question.limit)
        elif change < 0:
            log.warning("grok keeps to its plan again: limits are doubled", asked=question.limit)
            await self._told("overrun over", asked=question.limit)


def _request(question: Question, model: str, body: dict[str, Any], reserved: int, plan: Plan) -> Request:
    return Request(question.purpose, question.narrative_id, model, body, reserved, plan)


def _repairable(answer: Answer) -> bool:
    """Whether only the form is wrong: what was cut short or not searched for is no use in any form."""
    return answer.document is None and answer.status == "completed" and bool(answer.searches)


def _billed(answer: Answer, ticks: int) -> Answer:
    return answer.model_copy(update={"usage": answer.usage.model_copy(update={"cost_ticks": ticks})})


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


def open_source(
    settings: Settings,
    ledger: Ledger,
    *,
    tell: Tell | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> GrokSource:
    """The source the settings describe; its breakers count their pauses by `monotonic`, in seconds.

    `tell` hears what the operator should know: limits that had to be halved, no credit, a wrong key.
    """
    knobs = settings.grok
    return GrokSource(
        open_client(settings),
        ledger,
        model=knobs.model,
        fallbacks=knobs.fallbacks,
        tell=tell,
        monotonic=monotonic,
    )


def open_client(settings: Settings) -> GrokClient:
    """The connection to xAI the settings describe."""
    return GrokClient(
        base_url=settings.xai_base_url,
        api_key=settings.xai_api_key,
        timeout_s=settings.grok.timeout_seconds,
        stream=settings.grok.stream,
    )
