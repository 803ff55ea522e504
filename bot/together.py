"""Work that comes up at one moment is done in one go: one transaction for many messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """Gathers items while the last go is under way; whoever brought one waits for the go it is part of.

    So the more there is to do the larger the goes are, and a single item waits for nobody.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        """`work` does a list of items and returns the result of each, in their order."""
        self._work = work
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._going: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        """The item's own result; raises what its go raised."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._going is None:
            self._going = asyncio.create_task(self._go())
        return await result

    async def settled(self, patience: float | None = None) -> None:
        """Until nothing is under way any more, whatever became of those who waited.

        What takes longer than `patience` seconds is cancelled, and so is whoever waits for it.
        """
        going = self._going
        if going is None:
            return
        await asyncio.wait({going}, timeout=patience)
        going.cancel()
        await asyncio.wait({going})

    async def _go(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._one(batch)
        finally:
            self._going = None
            for _, waiting in self._waiting:
                waiting.cancel()
            self._waiting = []

    async def _one(self, batch: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._work([item for item, _ in batch])
        except Exception as error:
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        except asyncio.CancelledError:
            for _, waiting in batch:
                waiting.cancel()
            raise
        for (_, waiting), result in zip(batch, results, strict=True):
            if not waiting.done():
                waiting.set_result(result)
