"""Something happened: waiting for it without sleeping, and the stream that live pages listen to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
Event = dict[str, Any]
_BACKLOG = 1000  # events a page may lag behind before it has to load everything anew


class Bell:
    """Rings on every change of the sandbox's Telegram."""

    def __init__(self) -> None:
        self.changes = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def ring(self, event: Event | None = None) -> None:
        """Wake everybody who waits; with an event, tell the pages too."""
        self.changes += 1
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)
        if event is not None:
            for queue in list(self._listeners):
                self._tell(queue, event)

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """The first true value of `predicate`, looked at after every change. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not (value := predicate()):
                await self.next()
            return value

    async def next(self) -> None:
        """Until the next change."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Event | None]]:
        """A queue of the events from now on; None in it means: the stream ends, connect again."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def end_streams(self) -> None:
        """Tell every listener that the stream is over."""
        for queue in list(self._listeners):
            queue.put_nowait(None)

    def _tell(self, queue: asyncio.Queue[Event | None], event: Event) -> None:
        if queue.qsize() < _BACKLOG:
            queue.put_nowait(event)
        else:
            self._listeners.discard(queue)
            queue.put_nowait(None)
