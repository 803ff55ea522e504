"""A Telegram that takes messages and keeps when each came; it can end the process while one is sent."""

import asyncio
import json
from datetime import datetime
from types import SimpleNamespace
from typing import NamedTuple


class Message(NamedTuple):
    """One that arrived (or, cut off, perhaps did not): what it was and what it told of."""

    chat_id: int
    id: int
    at: datetime
    kind: str  # of its delivery
    cause: str
    told: tuple[str, ...] = ()  # ids of the firings that lead
    silent: bool = False
    answers: int | None = None

    @property
    def once(self):
        """What comes twice at most where it was cut off, and else once."""
        return self.chat_id, self.kind, self.cause


def what(delivery):
    """What a message is, of the delivery or its row."""
    alerts = delivery.payload.get("alerts", [delivery.payload])
    told = tuple(each["firing"] for each in alerts if "firing" in each)
    return {"kind": str(delivery.kind), "cause": delivery.cause, "told": told}


async def named(delivery):
    """A message that reads as what it is, in place of words."""
    return json.dumps(what(delivery)), None


class Telegram:
    """`broken` ends the process during a send: ("before" or "after" it arrived, how many go well first, of
    which kind or "")."""

    def __init__(self, clock):
        self._clock, self.broken, self.kill = clock, None, None
        self.sent = []

    async def send_message(self, chat_id, *, text, disable_notification=None, reply_parameters=None, **_):
        answers = reply_parameters.message_id if reply_parameters else None
        return self._takes(chat_id, text, silent=bool(disable_notification), answers=answers)

    async def edit_message_text(self, *, chat_id, message_id, text, **_):
        return self._takes(chat_id, text, answers=message_id)

    def _takes(self, chat_id, text, **how):
        said = json.loads(text)
        said["told"] = tuple(said["told"])
        message = Message(chat_id, len(self.sent) + 1, self._clock.now(), **said, **how)
        broken = self._breaks(message)
        if broken != "before":
            self.sent.append(message)
        if broken:
            self.kill()  # nothing of the process goes on
            raise asyncio.CancelledError
        return SimpleNamespace(message_id=message.id)

    def _breaks(self, message):
        how, well, kind = self.broken or (None, 0, "")
        if kind not in ("", message.kind):
            return None
        self.broken = (how, well - 1, kind) if well else None
        return None if well else how
