"""Paid calls: money set aside before every attempt, asked again within reason, behind a breaker per model."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import stamina
import structlog

from bot.ledger import Ledger
from bot.sources.grok import answers, prices
from bot.sources.grok.breaker import Breaker
from bot.sources.grok.client import GrokClient
from bot.sources.grok.refusals import MAYBE_BILLED, Busy
from bot.sources.grok.watch import Overrun, Plan
from core.errors import Retry, SourceError
from core.models import SpendEntry

log = structlog.get_logger()
ATTEMPTS = 3  # where xAI only has too much to do
FAILED_TWICE = 2  # trouble, silence, a broken line: asked again once
WAIT_S = 2.0  # before the second attempt, then twice as long; with jitter


class Request(NamedTuple):
    """One call as it will be made."""

    purpose: str  # what the ledger books it under
    narrative_id: str | None
    model: str
    body: dict[str, Any]
    reserved: int  # ticks
    plan: Plan


class Paid(NamedTuple):
    """A response object and the ticks it was booked at."""

    response: Any
    ticks: int


class Calls:
    """Makes requests; `monotonic` gives seconds and runs evenly, whatever the app's time does."""

    def __init__(self, client: GrokClient, ledger: Ledger, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._ledger = ledger
        self._monotonic = monotonic
        self._breakers: defaultdict[str, Breaker] = defaultdict(Breaker)
        self._probing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def make(self, request: Request) -> Paid:
        """Up to three attempts. Raises SourceError; while the model's breaker is open without any attempt."""
        breaker = self._breakers[request.model]
        if not breaker.closed:
            async with self._probing[request.model]:  # one tries whether it answers again, the others wait
                if not breaker.closed:
                    return await self._made(request, breaker)
        return await self._made(request, breaker)

    async def _made(self, request: Request, breaker: Breaker) -> Paid:
        ticket = breaker.admit(self._monotonic())
        ended: BaseException | None = None
        try:
            return await self._attempts(request)
        except BaseException as error:
            ended = error
            raise
        finally:
            self._end(breaker, ticket, ended, request.model)

    async def close(self) -> None:
        await self._client.close()

    def _end(self, breaker: Breaker, ticket: int, error: BaseException | None, model: str) -> None:
        before = breaker.closed
        breaker.end(ticket, error, self._monotonic())
        if breaker.closed != before:
            log.warning("breaker", model=model, open=not breaker.closed, why=str(error or "it answers again"))

    async def _attempts(self, request: Request) -> Paid:
        async for attempt in stamina.retry_context(
            on=Patience(),
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=WAIT_S,
            wait_max=30.0,
            wait_jitter=WAIT_S,
        ):
            with attempt:
                return await self._attempt(request)
        raise AssertionError("retry_context returns or raises")

    async def _attempt(self, request: Request) -> Paid:
        entry = await self._ledger.reserve(
            request.purpose, request.reserved, narrative_id=request.narrative_id
        )
        try:
            response = await self._client.respond(request.body, request.plan)
        except Overrun as overrun:
            used = prices.seen(request.model, searches=overrun.searches, posts=overrun.posts)
            await self._ledger.exceed(entry, ticks=used)
            raise
        except MAYBE_BILLED:
            raise  # the reservation stands as spent
        except SourceError:
            await self._ledger.release(entry)
            raise
        return Paid(response, await self._charge(entry, response, request.model))

    async def _charge(self, entry: SpendEntry, response: Any, model: str) -> int:
        """Book the bill and return its ticks: paid is paid, even when the answer turns out useless."""
        block = response if isinstance(response, dict) else {}
        used = answers.usage(block.get("usage"))
        ticks = used.cost_ticks
        if ticks is None and used.input_tokens:
            ticks = prices.bill(used, str(block.get("model") or model), on=entry.at.date())
        if ticks is None:
            return entry.reserved_ticks
        await self._ledger.settle(entry, ticks=ticks, response_id=answers.response_id(response))
        return ticks


class Patience:
    """Whether, and how soon at the earliest, one request is asked again after an error: for stamina."""

    def __init__(self) -> None:
        self._failures = 0  # others than a busy xAI

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, Retry):
            return False
        self._failures += not isinstance(error, Busy)
        if self._failures >= FAILED_TWICE:
            return False
        return True if error.retry_after is None else error.retry_after + random.uniform(0.0, WAIT_S)
