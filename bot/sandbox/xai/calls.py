"""What the server remembers of every call, so that a test can reconcile both sides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class Call:
    """One POST to /v1/responses. Filled in as the call goes on."""

    number: int  # from 1
    at: datetime  # app time
    request: Any = None  # the body as sent; None when it was no JSON
    status: int | None = None  # HTTP; None while the call runs or when no answer was sent
    faults: list[str] = field(default_factory=list)  # kinds
    response_id: str | None = None
    served_model: str | None = None
    streamed: bool = False
    searches: list[dict[str, Any]] = field(default_factory=list)  # tool, arguments, returned ids, error
    cited_ids: list[str] = field(default_factory=list)
    invented_ids: list[str] = field(default_factory=list)  # claimed, not cited
    stray_ids: list[str] = field(default_factory=list)  # cited, but outside the window that was asked
    billed_ticks: int = 0
    delivered: bool = False  # the answer was written to the socket to its end

    @property
    def returned_ids(self) -> list[str]:
        """Ids the searches returned, each time they did: what posts are billed by."""
        return [post_id for search in self.searches for post_id in search["returned"]]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat(), "returned_ids": self.returned_ids}


class CallLog:
    """All calls in order, and a way to wait for what comes."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._changed = asyncio.Condition()

    def open(self, at: datetime) -> Call:
        call = Call(number=len(self.calls) + 1, at=at)
        self.calls.append(call)
        return call

    async def changed(self) -> None:
        """Wakes everybody who waits."""
        async with self._changed:
            self._changed.notify_all()

    async def wait_for(self, predicate: Callable[[list[Call]], bool], seconds: float) -> None:
        """Returns when `predicate(calls)` holds. Raises TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: predicate(self.calls))
