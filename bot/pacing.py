"""When the next message may leave: even slots over all chats, a second between messages to one chat.

Limits belong to the bot's token, so everything that pushes shares one pacer. It runs on monotonic time:
Telegram does not care about our app clock.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque

_MINUTE = 60.0


class Pacer:
    """Hands out send times; after a 429 it goes 5 % slower and recovers by 0.1 % a message."""

    def __init__(self, *, per_second: float, per_chat_seconds: float, per_group_minute: int) -> None:
        self._full = per_second
        self._rate = per_second
        self._gap = per_chat_seconds
        self._per_group = per_group_minute
        self._next = 0.0
        self._chat_next: dict[int, float] = {}
        self._group_sent: dict[int, deque[float]] = defaultdict(deque)

    async def turn(self, chat_id: int) -> None:
        """Wait for this chat's next slot. Groups have negative ids and a limit per minute of their own."""
        at = self._reserve(chat_id, time.monotonic())
        await asyncio.sleep(max(0.0, at - time.monotonic()))

    def pause(self, seconds: float, chat_id: int) -> None:
        """Telegram asked for a pause: a group's own limit pauses the group, anything else the token."""
        until = time.monotonic() + seconds
        self._chat_next[chat_id] = max(self._chat_next.get(chat_id, 0.0), until)
        if chat_id > 0:
            self._next = max(self._next, until)
        self._rate *= 0.95

    def _reserve(self, chat_id: int, now: float) -> float:
        at = max(now, self._next, self._chat_next.get(chat_id, 0.0), self._group_free(chat_id, now))
        # The overall slot moves on by one even when this chat has to wait longer than the others.
        self._next = max(now, self._next) + 1.0 / self._rate
        self._chat_next[chat_id] = at + self._gap
        if chat_id < 0:
            self._group_sent[chat_id].append(at)
        self._rate = min(self._full, self._rate * 1.001)
        if len(self._chat_next) > 10_000:
            self._forget(now)
        return at

    def _group_free(self, chat_id: int, now: float) -> float:
        if chat_id > 0:
            return now
        sent = self._group_sent[chat_id]
        while sent and sent[0] <= now - _MINUTE:
            sent.popleft()
        return sent[-self._per_group] + _MINUTE if len(sent) >= self._per_group else now

    def _forget(self, now: float) -> None:
        self._chat_next = {chat: at for chat, at in self._chat_next.items() if at > now}
        self._group_sent = defaultdict(
            deque,
            {chat: sent for chat, sent in self._group_sent.items() if sent and sent[-1] > now - _MINUTE},
        )
