"""Words for answers already given: asked for in the background, put into the message when they arrive.

Nobody waits for them and nothing depends on them: where there is no money, no answer or none that stands,
the answer stays as it was given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.clock import AppClock
from core.errors import SourceError
from core.models import DeliveryKind, Wording, WordingTarget, Words
from storage import deliveries, wordings
from storage.database import Database
from storage.deliveries import Planned

log = structlog.get_logger()
AT_A_TIME = 4
PATIENCE = timedelta(minutes=10)  # app time: whoever asked longer ago reads something else by now
FRESH = timedelta(minutes=30)  # app time: an edit that comes later than that is no use
PRIORITY = 5  # after alerts, before digests
IDLE = 1.0  # real seconds between looks


class Wordsmith(Protocol):
    """Finds words for facts."""

    async def word(self, wording: Wording) -> Words:
        """Words that cite the wording's facts. Raises core.errors.SourceError."""


def edit(target: WordingTarget, words: Words, now: datetime) -> Planned:
    """The words on their way into a message."""
    return Planned(
        cause=f"words:{target.key}:{target.message_id}",
        chat_id=target.chat_id,
        kind=DeliveryKind.EDIT,
        thread_id=None,
        payload=target.payload | {"message_id": target.message_id, "words": words.model_dump(mode="json")},
        priority=PRIORITY,
        due_at=now,
        expires_at=now + FRESH,
        firing_ids=(),
    )


class WordingWorker:
    """Takes up what waits, also what a killed process left waiting; `wake` tells the sender."""

    def __init__(
        self, *, database: Database, clock: AppClock, smith: Wordsmith, wake: Callable[[], None]
    ) -> None:
        self._db = database
        self._clock = clock
        self._smith = smith
        self._wake = wake

    async def run(self, stop: asyncio.Event) -> None:
        """Look for work every second until `stop`; cancelled, what is in hand stays waiting."""
        while not stop.is_set():
            try:
                with self._clock.hold():
                    planned = await self.work(self._clock.now())
                if planned:
                    self._wake()
            except Exception:
                log.exception("wording stumbled")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), IDLE)

    async def work(self, now: datetime) -> int:
        """Find words for up to four that wait, the oldest first; returns how many edits were planned."""
        async with self._db.reading() as c:
            batch = await wordings.waiting(c, AT_A_TIME)
        done = await asyncio.gather(*(self._end(wording, now) for wording in batch), return_exceptions=True)
        broken = [error for error in done if isinstance(error, BaseException)]
        if broken:
            raise broken[0]
        return sum(count for count in done if isinstance(count, int))

    async def _end(self, wording: Wording, now: datetime) -> int:
        """Ask and write down what became of it, in one transaction with the edits."""
        words, reason = await self._words(wording, now)
        async with self._db.durable() as c:
            waiting = await wordings.finish(c, wording.key, words, reason, now)
            return await deliveries.plan(c, [edit(each, words, now) for each in waiting] if words else [])

    async def _words(self, wording: Wording, now: datetime) -> tuple[Words | None, str | None]:
        """The words, or why there are none."""
        if wording.asked_at < now - PATIENCE:
            return None, "too late"
        try:
            return await self._smith.word(wording), None
        except SourceError as error:
            log.info("no words", kind=wording.kind, fault=error.fault, why=str(error))
            return None, error.fault
        except Exception:  # asked again it would break again, and may be paid again
            log.exception("wording broke", kind=wording.kind)
            return None, "broke"
