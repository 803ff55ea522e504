"""What can be asked and recorded: questions to a source, counts, look-ups of posts, the room for money."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from core.budget import Room
from core.confirming import Embed
from core.models import Answer, Count, Question


class Counting(NamedTuple):
    """What a meter was asked."""

    narrative_id: str
    query: str
    since: datetime
    until: datetime


class Kind(NamedTuple):
    """One way of asking: its name in a line, and how what is asked and answered becomes JSON and back."""

    name: str
    asked: TypeAdapter[Any]
    answer: TypeAdapter[Any]

    def key(self, asked: Any) -> str:
        """Equal for what is asked alike."""
        return f"{self.name} {json.dumps(self.asked.dump_python(asked, mode='json'))}"

    def told(self, answer: Any) -> Any:
        """The answer as JSON, the same bytes every time: a set has no order of its own."""
        row = self.answer.dump_python(answer, mode="json")
        return row | {"cited": sorted(row["cited"])} if self is QUESTION else row


QUESTION = Kind("question", TypeAdapter(Question), TypeAdapter(Answer))
COUNT = Kind("count", TypeAdapter(Counting), TypeAdapter(list[Count]))
LOOK_UP = Kind("look_up", TypeAdapter(str), TypeAdapter(Embed | None))
ROOM = Kind("room", TypeAdapter(bool), TypeAdapter(Room))
KINDS = (QUESTION, COUNT, LOOK_UP, ROOM)
