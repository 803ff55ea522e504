"""What is needed again and again is read once in a while: a fan-out tells thousands of chats one story."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
_MANY = 500  # things kept before the old ones are dropped


class Briefly:
    """Keeps results for so many real seconds; everybody who asks meanwhile waits for the one reading."""

    def __init__(self, seconds: float) -> None:
        """0: nothing is kept."""
        self._seconds = seconds
        self._kept: dict[Hashable, tuple[float, asyncio.Future[Any]]] = {}

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, or gave a moment ago for the same key; raises what it raises."""
        if not self._seconds:
            return await read()
        now = time.monotonic()
        at, found = self._kept.get(key, (0.0, None))
        if found is None or now - at > self._seconds:
            found = asyncio.ensure_future(read())
            self._keep(key, now, found)
        result: T = await asyncio.shield(found)
        return result

    def _keep(self, key: Hashable, now: float, found: asyncio.Future[Any]) -> None:
        if len(self._kept) >= _MANY:
            self._kept = {k: v for k, v in self._kept.items() if now - v[0] <= self._seconds}
        self._kept[key] = (now, found)
        found.add_done_callback(lambda done: done.cancelled() or done.exception())  # told to whoever waits
