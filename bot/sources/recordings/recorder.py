"""Writes down what passes between the wheel and the outside world, and changes nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from bot.ledger import Ledger
from bot.sources import Lookup, Meter, Source
from bot.sources.recordings import faults, kinds
from bot.sources.recordings.kinds import Kind
from bot.sources.recordings.tape import Tape
from core.budget import Room
from core.confirming import Embed
from core.models import Answer, Count, Question

T = TypeVar("T")


class Recorder:
    """Implements `bot.sources.Source`: passes every question on and keeps it with its answer or fault."""

    def __init__(self, source: Source, tape: Tape) -> None:
        self._source = source
        self._tape = tape

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        more = {"known": [list(pair) for pair in known]}
        asking = self._source.ask(question, known=known)
        return await _kept(self._tape, kinds.QUESTION, question, asking, more)

    async def close(self) -> None:
        await self._source.close()


class MeterRecorder:
    """Implements `bot.sources.Meter` in the same way."""

    def __init__(self, meter: Meter, tape: Tape) -> None:
        self._meter = meter
        self._tape = tape

    async def count(self, narrative_id: str, query: str, *, since: datetime, until: datetime) -> list[Count]:
        asked = kinds.Counting(narrative_id, query, since, until)
        counting = self._meter.count(narrative_id, query, since=since, until=until)
        return await _kept(self._tape, kinds.COUNT, asked, counting)

    async def close(self) -> None:
        await self._meter.close()


class LookupRecorder:
    """Implements `bot.sources.Lookup` in the same way."""

    def __init__(self, lookup: Lookup, tape: Tape) -> None:
        self._lookup = lookup
        self._tape = tape

    async def look_up(self, post_id: str) -> Embed | None:
        looking = self._lookup.look_up(post_id)
        return await _kept(self._tape, kinds.LOOK_UP, post_id, looking)

    async def close(self) -> None:
        await self._lookup.close()


class LedgerRecorder:
    """A ledger as the wheel knows it: how much room there is decides what is asked, so it is kept too."""

    def __init__(self, ledger: Ledger, tape: Tape) -> None:
        self._ledger = ledger
        self._tape = tape

    async def room(self, *, users: bool = False) -> Room:
        return await _kept(self._tape, kinds.ROOM, users, self._ledger.room(users=users))

    def shock(self, until: datetime) -> None:
        self._ledger.shock(until)


async def _kept(
    tape: Tape, kind: Kind, asked: Any, answering: Awaitable[T], more: dict[str, Any] | None = None
) -> T:
    """The answer, once it is on the tape; an error, or that nobody waited for it, before it goes on."""
    row = {kind.name: kind.asked.dump_python(asked, mode="json"), **(more or {})}
    try:
        answer = await answering
    except asyncio.CancelledError:
        tape.note(row | {"cut_off": True})
        raise
    except Exception as error:
        tape.note(row | {"fault": faults.told(error)})
        raise
    tape.note(row | {"answer": kind.told(answer)})
    return answer
