"""When the next message may leave: even slots over all chats, a second between messages to one chat.

Limits belong to the bot's token, so everything that pushes shares one pacer. It runs on monotonic time:
Telegram does not care about our app clock.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from contextlib import suppress

_MINUTE = 60.0
_SLOWEST = 0.25  # of the full rate: troubles that slowness does not cure must not end in standstill
_KEPT = 10_000  # chats remembered before those that are free again are forgotten


class Pacer:
    """Hands out send times; a pause asked for by Telegram makes it 5 % slower, a message 0.1 % faster."""

    def __init__(self, *, per_second: float, per_chat_seconds: float, per_group_minute: int) -> None:
        self._full = per_second
        self._rate = per_second
        self._gap = per_chat_seconds
        self._per_group = per_group_minute
        self._next = 0.0
        self._paused_until = 0.0
        self._slowed_at = 0.0
        self._chat_next: dict[int, float] = {}
        self._group_sent: dict[int, deque[float]] = defaultdict(deque)

    def own_wait(self, chat_id: int) -> float:
        """Seconds until the chat's own limits let another message in; 0: at once."""
        now = time.monotonic()
        return max(0.0, self._chat_free(chat_id, now) - now)

    async def turn(self, chat_id: int, stop: asyncio.Event) -> bool:
        """Wait for this chat's next slot: True when it has come, False when `stop` was set before.

        Groups have negative ids and a limit per minute of their own.
        """
        at = self._reserve(chat_id, time.monotonic())
        while not stop.is_set():
            if (left := at - time.monotonic()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), left)
            elif at < self._paused_until:  # the pause was asked for after this slot was given out
                at = self._reserve(chat_id, time.monotonic())
            else:
                return True
        return False

    def pause(self, seconds: float, chat_id: int) -> None:
        """Telegram asked for a pause: a group's own limit pauses the group, anything else the token."""
        now = time.monotonic()
        until = now + seconds
        self._chat_next[chat_id] = max(self._chat_next.get(chat_id, 0.0), until)
        if chat_id > 0:
            self._paused_until = max(self._paused_until, until)
        if now >= self._slowed_at + 1.0:  # what was under way together is refused together, for one reason
            self._slowed_at = now
            self._rate = max(self._full * _SLOWEST, self._rate * 0.95)

    def _reserve(self, chat_id: int, now: float) -> float:
        slot = 1.0 / self._rate
        free = max(self._next, self._paused_until)
        # A slot missed by less than half its length is used late, so that small delays do not add up.
        overall = max(now - slot / 2, free)
        self._next = overall + slot
        at = max(now, overall, self._chat_free(chat_id, now))
        self._chat_next[chat_id] = at + self._gap
        if chat_id < 0:
            self._group_sent[chat_id].append(at)
        self._rate = min(self._full, self._rate * 1.001)
        if len(self._chat_next) > _KEPT:
            self._forget(now)
        return at

    def _chat_free(self, chat_id: int, now: float) -> float:
        return max(self._chat_next.get(chat_id, 0.0), self._group_free(chat_id, now))

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
