"""What the "model" is asked to do: the JSON in the last user message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.xai.request import Asked

MOST_ROWS = 10  # of one search, whatever is asked above it
_TOOLS = ("x_keyword_search", "x_semantic_search")
_DATES = ("from_date", "to_date")


@dataclass(frozen=True, slots=True)
class Order:
    """One search the prompt asks for."""

    tool: str
    query: str
    mode: Literal["Latest", "Top"]
    limit: int
    dates: tuple[tuple[str, str], ...] = ()  # from_date, to_date of a search by meaning, as far as stated

    @property
    def arguments(self) -> dict[str, str]:
        """As the model passes them to the tool: every value a string."""
        if self.tool == "x_semantic_search":
            said = {"query": self.query, "limit": str(self.limit), **dict(self.dates)}
            return {**said, "min_score_threshold": "0.1"}
        return {"query": self.query, "limit": str(self.limit), "mode": self.mode}


@dataclass(frozen=True, slots=True)
class Prompt:
    """The task, understood. No orders: the prompt asks for no search, or is not in our form."""

    task: str
    orders: tuple[Order, ...]
    known: tuple[tuple[str, str], ...]  # (slug, title)
    in_json: bool = False  # asks for JSON in words, beside or instead of a schema


def read(asked: Asked) -> Prompt:
    """The prompt in the last user message; never fails, an unreadable one orders nothing."""
    try:
        content = json.loads(asked.last_user_text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return Prompt("", (), ())
    orders = [_order(item) for item in _items(content, "searches") if item.get("tool") in _TOOLS]
    known = [(str(item.get("slug", "")), str(item.get("title", ""))) for item in _items(content, "known")]
    return Prompt(
        str(content.get("task", "")),
        tuple(orders) if asked.x_search is not None else (),
        tuple(known),
        in_json=content.get("answer") == "json",
    )


def _items(content: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = content.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _order(item: Mapping[str, Any]) -> Order:
    limit = str(item.get("limit", MOST_ROWS))
    return Order(
        tool=str(item["tool"]),
        query=str(item.get("query", "")),
        mode="Top" if item.get("mode") == "Top" else "Latest",
        limit=max(1, int(limit)) if limit.isdecimal() and len(limit) < 6 else MOST_ROWS,
        dates=tuple((name, str(item[name])) for name in _DATES if name in item),
    )
