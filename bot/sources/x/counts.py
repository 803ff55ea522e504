"""X's own counts as a meter: posts per hour of a query over the past seven days, half a cent a request."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import stamina
import structlog
from pydantic import SecretStr

from bot.clock import AppClock
from bot.ledger import Ledger
from bot.sources.grok import prices
from bot.sources.x import answers
from bot.sources.x.answers import HOUR, Bucket, hour
from bot.sources.x.client import Reply, XClient
from bot.sources.x.pause import Pause
from bot.sources.x.refusals import Cut, classify
from core.errors import BadInput, Rejected, Retry, SourceError
from core.models import Count
from core.narratives.query import counts_query

log = structlog.get_logger()
REACH = timedelta(days=7) - timedelta(minutes=2)  # the request takes time, and clocks differ
FRESHEST = timedelta(seconds=30)  # X does not count what is younger
ATTEMPTS = 3
WAIT_S = 2.0  # before the second attempt, then twice as long; with jitter
LONGEST_WAIT_S = 60.0  # longer is not for this turn
LARGEST = 1 << 17  # bytes: 170 hours are 15 kB
PATH = "/2/tweets/counts/recent"


class XCounts:
    """Implements `bot.sources.Meter`. Counts hold spam and whatever else the query lets through."""

    def __init__(
        self,
        base_url: str,
        token: SecretStr,
        ledger: Ledger,
        clock: AppClock,
        *,
        timeout_s: float = 15.0,
        attempts: int = ATTEMPTS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token = token.get_secret_value()
        headers = {"Authorization": f"Bearer {self._token}"}
        self._client = XClient(base_url, timeout_s=timeout_s, largest=LARGEST, headers=headers)
        self._ledger = ledger
        self._clock = clock
        self._tries = attempts
        self._monotonic = monotonic
        self._pause = Pause()

    async def count(self, narrative_id: str, query: str, *, since: datetime, until: datetime) -> list[Count]:
        """Whole hours of UTC from the one `since` lies in, at most seven days back, to `until`, at most to
        half a minute ago: the last one may be a part of its hour. One request; no answer is paged.

        `query` is the narrative's stored one; an empty `narrative_id` is none's. Raises Misconfigured
        (X_BEARER_TOKEN), OutOfCredit, CapReached, Retry, or Rejected (X refuses the query, or its answer
        cannot be true); after the first two nothing is asked for ten minutes, after Retry for at least one.
        """
        span = reachable(since, until, self._clock.now())
        if span is None:
            return []
        words = _countable(query)
        self._pause.admit(self._monotonic())
        try:
            found = await self._attempts(narrative_id, words, *span)
        except SourceError as error:
            self._pause.note(error, self._monotonic())
            log.warning("x counts", why=str(error))
            raise
        self._pause.note(None, self._monotonic())
        known_at = self._clock.now()
        return [Count(narrative_id, query, *bucket, known_at) for bucket in found]

    async def close(self) -> None:
        await self._client.close()

    async def _attempts(
        self, narrative_id: str, query: str, since: datetime, until: datetime
    ) -> list[Bucket]:
        async for attempt in stamina.retry_context(
            on=_patience, attempts=self._tries, timeout=None, wait_initial=WAIT_S, wait_jitter=WAIT_S
        ):
            with attempt:
                text = await self._paid(narrative_id, _params(query, since, until))
                return answers.buckets(text, since=since, until=until)
        raise AssertionError("retry_context returns or raises")

    async def _paid(self, narrative_id: str, params: dict[str, str]) -> str:
        """The body of a good answer. X bills what it answers: a refusal is free, a lost answer may not be."""
        entry = await self._ledger.reserve("counts", prices.COUNTS, narrative_id=narrative_id or None)
        try:
            reply = await self._client.get(PATH, params)
        except (Cut, Rejected):
            raise  # the reservation stands as spent
        except SourceError:
            await self._ledger.release(entry)
            raise
        if refused := self._refusal(reply):
            await self._ledger.release(entry)
            raise refused
        await self._ledger.settle(entry, ticks=prices.COUNTS, response_id="")
        return reply.text

    def _refusal(self, reply: Reply) -> SourceError | None:
        if 200 <= reply.status < 300:
            return None
        told = reply.text.replace(self._token, "[token]")  # a proxy may echo what we sent
        return classify(reply.status, told, reply.headers, self._clock.now())


def reachable(since: datetime, until: datetime, now: datetime) -> tuple[datetime, datetime] | None:
    """The part of [since, until) that X counts: from a whole hour on, to a whole second. None: no part."""
    oldest = now - REACH
    start = max(hour(since), hour(oldest) + HOUR)
    end = min(until, now - FRESHEST).astimezone(UTC).replace(microsecond=0)
    return (start, end) if start < end else None


def _countable(query: str) -> str:
    try:
        return counts_query(query)
    except BadInput as error:
        raise Rejected(str(error), fault="query refused") from None


def _params(query: str, since: datetime, until: datetime) -> dict[str, str]:
    form = "%Y-%m-%dT%H:%M:%SZ"
    return {
        "query": query,
        "granularity": "hour",
        "start_time": since.strftime(form),
        "end_time": until.strftime(form),
    }


def _patience(error: Exception) -> bool | float:
    """Whether, and how soon at the earliest, a request is made again after an error: for stamina."""
    if not isinstance(error, Retry):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after <= LONGEST_WAIT_S and error.retry_after + random.uniform(0.0, WAIT_S)
