"""Telegram's rates, on real time: 1 message a second in a chat, 20 a minute in a group, 30 a second in all.

The published figures are "sustained rates" with short bursts allowed; real thresholds vary, so these are a
stand-in that a sender must live with, not a measurement.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .refusals import too_many


@dataclass
class Window:
    """At most `size` events in any `seconds`."""

    size: int
    seconds: float
    _times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until one more fits; 0 = now."""
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        return 0.0 if len(self._times) < self.size else self._times[0] + self.seconds - now

    def count(self, now: float) -> None:
        self._times.append(now)


@dataclass
class Bucket:
    """`rate` events a second, and `burst` of them at once after a pause."""

    rate: float
    burst: int
    _full_at: float = 0.0  # when every token will be back

    def wait(self, now: float) -> float:
        """Seconds until one more fits; 0 = now."""
        debt = max(0.0, self._full_at - now) * self.rate
        return max(0.0, (debt + 1 - self.burst) / self.rate)

    def count(self, now: float) -> None:
        self._full_at = max(self._full_at, now) + 1 / self.rate


@dataclass
class Limits:
    """What a bot may send. Counts only what went through."""

    chat_rate: float = 1.0
    chat_burst: int = 3
    group_minute: int = 20
    overall_second: int = 30

    def __post_init__(self) -> None:
        self._chats: dict[int, Bucket] = defaultdict(lambda: Bucket(self.chat_rate, self.chat_burst))
        self._groups: dict[tuple[int, str], Window] = defaultdict(lambda: Window(self.group_minute, 60.0))
        self._overall = Window(self.overall_second, 1.0)

    @contextmanager
    def sending(self, chat_id: int, *, is_group: bool, now: float) -> Iterator[None]:
        """Room for one message, counted when the block succeeds. Raises Refusal 429 when there is none."""
        gates: list[Window | Bucket] = [self._overall, self._chats[chat_id]]
        if is_group:
            gates.append(self._groups[chat_id, "send"])
        with self._pass(gates, now):
            yield

    @contextmanager
    def editing(self, chat_id: int, *, is_group: bool, now: float) -> Iterator[None]:
        """Room for one edit: a group takes 20 a minute, beside its 20 messages."""
        with self._pass([self._groups[chat_id, "edit"]] if is_group else [], now):
            yield

    @staticmethod
    @contextmanager
    def _pass(gates: list[Window | Bucket], now: float) -> Iterator[None]:
        wait = max((gate.wait(now) for gate in gates), default=0.0)
        if wait > 1e-9:
            raise too_many(math.ceil(wait))
        yield
        for gate in gates:
            gate.count(now)
