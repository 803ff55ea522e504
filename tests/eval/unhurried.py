"""An event loop for trials: time-outs, pauses and back-off happen in full and cost next to nothing.

While nothing moves (no socket is ready, no thread reports) the loop's own time runs a hundred times faster.
Both ends of every connection live on the same loop, so an answer that is on its way is never overtaken.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
QUIET = 0.02  # real seconds without any event …
STEP = 2.0  # … are worth so many at most


class _Selector(selectors.DefaultSelector):
    """Skips what nobody would notice."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(timeout if timeout is None else min(timeout, QUIET))
        if not events and timeout is not None and timeout > QUIET:
            self.skipped += min(timeout, STEP) - QUIET
        return events


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skips = _Selector()
        super().__init__(self._skips)

    def time(self) -> float:
        return super().time() + self._skips.skipped


def run(work: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, on such a loop; also beside another loop, in a thread of its own."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
