"""A streamed answer as it comes about: stopped when the model searches more than it was asked to.

Tool calls show at their beginning, their arguments a little later; the bill only stands in the terminal
event (`response.completed`, `.incomplete`, `.failed`), which carries the whole response object.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from bot.sources.grok import refusals
from core.errors import Rejected
from core.evidence import PAGE

SEARCHES = frozenset({"x_keyword_search", "x_semantic_search", "x_search"})
_TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})
_ITEMS = frozenset({"response.output_item.added", "response.output_item.done"})


class Plan(NamedTuple):
    """What a request asks for."""

    searches: int  # 0: no tool at all
    rows: int  # posts a search, where the model does not say


class Overrun(Rejected):
    """The model searched more than it was asked to and was cut off: what it used so far is spent."""

    def __init__(self, message: str, *, searches: int, posts: int) -> None:
        super().__init__(message, fault="searched too much")
        self.searches = searches  # finished before the cut
        self.posts = posts  # that they fetched, at most


class Watch:
    """Looks at the events of one answer, in order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rows: dict[str, int] = {}  # tool call → posts it fetches, at most

    def see(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """The response object once the answer has ended, else None.

        Raises Overrun when the model begins its (planned + 2)th search or a tool nobody asked for, and
        what `refusals.broken_off` says when xAI breaks off.
        """
        kind, item = event["type"], event.get("item")
        if kind == "error":
            raise refusals.broken_off(event)
        if kind in _ITEMS and isinstance(item, dict):
            self._item(item, str(item.get("id") or event.get("output_index")))
        elif str(kind).endswith("_call_input.done"):
            self._asked(str(event.get("item_id")), event.get("input"))
        final = event.get("response")
        return final if kind in _TERMINAL and isinstance(final, dict) else None

    def _item(self, item: dict[str, Any], call: str) -> None:
        kind = str(item.get("type"))
        if kind.endswith("_call") and call not in self._rows:
            self._begun(str(item.get("name") or kind.removesuffix("_call")), call)
        self._asked(call, item.get("input") or item.get("arguments"))

    def _begun(self, name: str, call: str) -> None:
        if name not in SEARCHES or not self._plan.searches:
            raise self._overrun(f"Grok used {name[:40]!r}, which it was not asked to")
        if len(self._rows) > self._plan.searches:
            raise self._overrun(f"Grok began search number {len(self._rows) + 1}")
        self._rows[call] = self._plan.rows

    def _asked(self, call: str, arguments: Any) -> None:
        """The arguments are known: now also how many posts were asked for."""
        if call in self._rows and arguments:
            self._rows[call] = _limit(arguments) or self._plan.rows

    def _overrun(self, what: str) -> Overrun:
        fetched = list(self._rows.values())
        return Overrun(f"{what}: the call was cut off.", searches=len(fetched), posts=sum(fetched))


def _limit(arguments: Any) -> int | None:
    """Posts one search fetches at most, as its arguments say; numbers come as text."""
    try:
        given = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        return None
    limit = str(given.get("limit", "")) if isinstance(given, dict) else ""
    return min(int(limit), PAGE) if limit.isdecimal() and len(limit) < 6 else None
