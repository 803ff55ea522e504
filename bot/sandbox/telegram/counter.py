"""One call from its parameters to its result: the schema's gate, the rates, the method, the log."""

from __future__ import annotations

import inspect
import time
from collections import deque
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from . import schema
from .desk import Desk
from .faults import FaultKind
from .limits import Limits
from .methods import EDITING, PLAYED, SENDING
from .refusals import Violation, misuse

Json = dict[str, Any]
_KEPT_CALLS = 20_000


@dataclass(frozen=True)
class Call:
    """A call that arrived. `code` 0: it never got an answer's status (the connection was reset)."""

    method: str
    params: Json
    code: int
    result: Any  # of a success; the description of a refusal
    at: float  # monotonic seconds
    fault: FaultKind | None = None


class Counter:
    """Serves calls one after the other; keeps the log and the violations."""

    def __init__(self, desk: Desk, limits: Limits | None) -> None:
        self._desk = desk
        self._limits = limits
        self._schema = schema.load()
        self.calls: deque[Call] = deque(maxlen=_KEPT_CALLS)
        self.violations: list[str] = []

    def spell(self, name: str) -> str:
        """The method as the API spells it. Raises Violation 404 when there is none."""
        method = self._schema.method(name)
        if method is None:
            self.violations.append(f"{name}: no such method")
            raise Violation(404, "Not Found: method not found")
        return method

    async def serve(self, method: str, given: Json) -> Any:
        """The method's result. Raises Refusal; a Violation is kept."""
        try:
            if method not in PLAYED:
                raise misuse(f"the sandbox does not play {method}")
            params = self._schema.check(method, given)
            with self._room(method, params):
                result = PLAYED[method](self._desk, params)
            return await result if inspect.isawaitable(result) else result
        except Violation as violation:
            self.violations.append(f"{method}: {violation.description}")
            raise

    def log(self, method: str, params: Json, code: int, result: Any, fault: FaultKind | None) -> None:
        """Remember a call, and wake those who wait for one."""
        self.calls.append(Call(method, params, code, result, time.monotonic(), fault))
        self._desk.bell.ring()

    def _room(self, method: str, params: Json) -> AbstractContextManager[None]:
        if self._limits is None or method not in SENDING | EDITING or "chat_id" not in params:
            return nullcontext()
        chat = self._desk.chats.reach(params["chat_id"])
        turn = self._limits.sending if method in SENDING else self._limits.editing
        return turn(chat.id, is_group=chat.is_group, now=time.monotonic())


def as_answer(result: Any) -> Json:
    """A success as the Bot API wraps it."""
    return {"ok": True, "result": result}
