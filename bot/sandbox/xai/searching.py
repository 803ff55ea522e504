"""The searches the "model" makes, and what they return."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.world import QueryError, World, XPost
from bot.sandbox.xai.prompt import MOST_ROWS, Order

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Made:
    """One search and its rows. `error` says why a malformed query found nothing."""

    order: Order
    rows: tuple[XPost, ...]
    error: str | None = None


def search(world: World, order: Order, tool: dict[str, Any], *, now: datetime) -> Made:
    """Runs one search under the tool's own filters; a malformed query finds nothing, as on X."""
    query = " ".join((f"({order.query})", *_filters(tool)))
    semantic = order.tool == "x_semantic_search"
    try:
        rows = world.search(
            query,
            mode="Top" if semantic else order.mode,
            limit=min(order.limit, MOST_ROWS),
            now=now,
            loose=semantic,
        )
    except QueryError as error:
        return Made(order, (), str(error))
    return Made(order, tuple(rows))


def _filters(tool: dict[str, Any]) -> list[str]:
    """The tool's settings as operators; a date in any other form than YYYY-MM-DD is not applied."""
    filters = [f"-from:{handle}" for handle in tool.get("excluded_x_handles") or ()]
    allowed = tool.get("allowed_x_handles") or ()
    if allowed:
        filters.append(f"({' OR '.join(f'from:{handle}' for handle in allowed)})")
    for setting, operator in (("from_date", "since"), ("to_date", "until")):
        value = tool.get(setting)
        if isinstance(value, str) and _DATE.fullmatch(value):
            filters.append(f"{operator}:{value}")
    return filters


def united(made: list[Made]) -> list[XPost]:
    """The posts of all searches, each once, in the order in which they were met."""
    return list({post.id: post for search in made for post in search.rows}.values())
