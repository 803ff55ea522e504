"""Who asks a turn's questions: every worker at hand, each as many at once as xAI takes from one process.

The process that turns the wheel writes its questions down and waits. Whoever has a free hand takes the next
one, itself among them; the questions of a worker that dies are taken up by others once its lease ends. What
was answered before a turn broke is not asked again when the turn is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import uuid4

import stamina
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import real_now
from bot.rota import within
from bot.sources import Source
from bot.sources.grok.client import PARALLEL
from core.errors import InternError, SourceError
from core.models import Question
from core.observing import Reply
from storage import due_polls
from storage.database import Database
from storage.due_polls import DuePoll, Known

log = structlog.get_logger()
T = TypeVar("T")
LEASE = timedelta(seconds=10)  # what a killed worker had in hand is free again after this
RENEW = timedelta(seconds=3)  # how often a lease is prolonged
LOOK = 0.25  # seconds between looks at what others have done or want


class DuePolls:
    """One process's share in the questions of all turns."""

    def __init__(self, database: Database, source: Source) -> None:
        self._db = database
        self._source = source
        self._owner = uuid4().hex
        self._free = PARALLEL  # hands
        self._moved = asyncio.Event()

    async def replies(self, turn: str, questions: Sequence[Question], known: Known) -> list[Reply]:
        """Have a turn's questions asked, by whoever has a hand free; how each of them ended."""
        await self._steadily(partial(self._plan, turn=turn, questions=questions, known=known))
        async with _repeating(partial(self._want, turn)), self._hands() as hands:
            while hands or await self._left(turn):
                await self._take(hands, turn)
                await self._rest()
        async with self._db.reading() as c:
            ended = await due_polls.replies(c, turn)
        if questions and not ended:
            raise InternError(f"The turn {turn} was written by another process meanwhile.")
        return ended

    async def help(self, stop: asyncio.Event) -> None:
        """Take up what turns of any process want to know, until `stop`; what is in hand is finished."""
        async with self._hands() as hands:
            while not stop.is_set():
                try:
                    await self._take(hands)
                except Exception:
                    log.exception("no questions taken up")
                await self._rest()

    @asynccontextmanager
    async def _hands(self) -> AsyncIterator[set[asyncio.Task[None]]]:
        """Tasks that are waited for at the end of the block, and cancelled if it breaks."""
        hands: set[asyncio.Task[None]] = set()
        try:
            yield hands
            await asyncio.gather(*hands)
        finally:
            for hand in hands:
                hand.cancel()
            await asyncio.gather(*hands, return_exceptions=True)

    async def _take(self, hands: set[asyncio.Task[None]], turn: str | None = None) -> None:
        """One question into each free hand."""
        free, self._free = self._free, 0  # nobody fills the same hands meanwhile
        try:
            for due in await self._claimed(free, turn) if free else []:
                hand = asyncio.create_task(self._handle(due))
                hands.add(hand)
                hand.add_done_callback(partial(self._let_go, hands))
                free -= 1
        finally:
            self._free += free

    async def _claimed(self, limit: int, turn: str | None) -> list[DuePoll]:
        try:
            async with self._db.writing() as c:
                return await due_polls.claim(
                    c, owner=self._owner, real_now=real_now(), lease=LEASE, limit=limit, turn=turn
                )
        except (SQLAlchemyError, OSError):  # who turns the wheel looks whether it lasts, others have time
            log.exception("no questions taken up")
            return []

    def _let_go(self, hands: set[asyncio.Task[None]], hand: asyncio.Task[None]) -> None:
        hands.discard(hand)
        self._free += 1
        self._moved.set()

    async def _handle(self, due: DuePoll) -> None:
        """Ask, and write down how it ended, under a lease."""
        try:
            async with _repeating(partial(self._renew, due)):
                reply = await self._asked(due)
                if not await self._steadily(partial(due_polls.end, due=due, reply=reply)):
                    log.warning("a reply came too late: it is paid and not used", turn=due.turn)
        except Exception:  # its lease runs out, then it is asked once more
            log.exception("a reply could not be written down", turn=due.turn)

    async def _asked(self, due: DuePoll) -> Reply:
        question = due.question
        try:
            return Reply(question, answer=await self._source.ask(question, known=due.known))
        except SourceError as error:
            log.warning("question failed", kind=question.kind.value, fault=error.fault, why=str(error))
            return Reply(question, fault=error.fault)
        except Exception:  # the answers to the other questions are paid for and must not go with it
            log.exception("question failed unexpectedly", kind=question.kind.value)
            return Reply(question, fault=SourceError.fault)

    async def _rest(self) -> None:
        """Until a hand is free, or for a moment."""
        await within(self._moved, LOOK)
        self._moved.clear()

    async def _plan(self, c: AsyncConnection, turn: str, questions: Sequence[Question], known: Known) -> None:
        now = real_now()
        await due_polls.plan(c, turn, questions, known, until=now + LEASE)
        await due_polls.want(c, turn, real_now=now, lease=LEASE)

    async def _want(self, turn: str) -> None:
        async with self._db.writing() as c:
            await due_polls.want(c, turn, real_now=real_now(), lease=LEASE)

    async def _left(self, turn: str) -> int:
        async for attempt in _patience():
            with attempt:
                async with self._db.reading() as c:
                    return await due_polls.left(c, turn)
        raise AssertionError("retry_context returns or raises")

    async def _renew(self, due: DuePoll) -> None:
        async with self._db.writing() as c:
            await due_polls.renew(c, due, until=real_now() + LEASE)

    async def _steadily(self, step: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """One transaction, tried again for as long as a lease lasts: what is in hand is paid for."""
        async for attempt in _patience():
            with attempt:
                async with self._db.writing() as c:
                    return await step(c)
        raise AssertionError("retry_context returns or raises")


def _patience() -> AsyncIterator[stamina.Attempt]:
    return stamina.retry_context(
        on=(SQLAlchemyError, OSError), attempts=None, timeout=LEASE, wait_initial=LOOK, wait_max=1.0
    )


@asynccontextmanager
async def _repeating(step: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Prolong what the block needs every few seconds while it runs."""
    over = asyncio.Event()
    repeating = asyncio.create_task(_repeat(step, over))
    try:
        yield
    finally:
        over.set()
        await asyncio.wait({repeating})


async def _repeat(step: Callable[[], Awaitable[None]], over: asyncio.Event) -> None:
    while not await within(over, RENEW.total_seconds()):
        try:
            await step()
        except Exception:
            log.exception("lease not prolonged")
