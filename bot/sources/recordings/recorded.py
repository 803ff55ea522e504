"""Answers from a recording, and from nowhere else."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.sources.recordings import kinds
from bot.sources.recordings.kinds import Kind
from bot.sources.recordings.recording import Line, Recording
from core.budget import Room
from core.confirming import Embed
from core.errors import Rejected
from core.models import Answer, Count, Question


class NotRecorded(Rejected):
    """This is not in the recording, or was asked less often there."""


class Recorded:
    """Implements Source, Meter and Lookup of `bot.sources`, and a ledger as the wheel knows it.

    What is asked gets what it got when it was recorded, in the same order if it was asked several times;
    recorded faults are raised again.

    `missed` counts what was asked and not recorded. Such a question raises NotRecorded.
    """

    def __init__(self, recording: Recording) -> None:
        self._lines: defaultdict[str, deque[Line]] = defaultdict(deque)
        self.missed = 0
        for line in recording.lines:
            self._lines[line.key].append(line)

    @property
    def left(self) -> int:
        """Recorded and not asked again (so far)."""
        return sum(map(len, self._lines.values()))

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        answer: Answer = self._next(kinds.QUESTION, question)
        return answer

    async def count(self, narrative_id: str, query: str, *, since: datetime, until: datetime) -> list[Count]:
        counts: list[Count] = self._next(kinds.COUNT, kinds.Counting(narrative_id, query, since, until))
        return counts

    async def look_up(self, post_id: str) -> Embed | None:
        """As recorded; None (it could not be told) for a post that was not looked up then."""
        try:
            embed: Embed | None = self._next(kinds.LOOK_UP, post_id)
        except NotRecorded:
            return None
        return embed

    async def room(self, *, users: bool = False) -> Room:
        """The money there was then: it decided what was asked."""
        room: Room = self._next(kinds.ROOM, users)
        return room

    def shock(self, until: datetime) -> None:
        """What this did to the room is in the recording."""

    async def close(self) -> None:
        """Nothing is held open."""

    def _next(self, kind: Kind, asked: Any) -> Any:
        key = kind.key(asked)
        if not self._lines[key]:
            self.missed += 1
            raise NotRecorded(f"This was not recorded: {key[:200]}", fault="not recorded")
        line = self._lines[key].popleft()
        if line.cut_off:  # nobody waited for its end then, and so it is now
            raise asyncio.CancelledError
        if line.fault is not None:
            raise line.fault
        return line.answer
