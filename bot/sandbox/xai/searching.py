"""The searches the "model" makes, and what they return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.world import QueryError, World, XPost
from bot.sandbox.xai.prompt import MOST_ROWS, Order
from bot.sources.posts import tokens
from core.narratives.stopwords import GENERIC

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Made:
    """One search and its rows. `error` says why a malformed query found nothing."""

    order: Order
    rows: tuple[XPost, ...]
    error: str | None = None


def search(world: World, order: Order, tool: dict[str, Any], *, now: datetime) -> Made:
    """Runs one search under the tool's own filters; a malformed query finds nothing, as on X."""
    semantic = order.tool == "x_semantic_search"
    said = _meant(order.query) if semantic else order.query
    query = " ".join((f"({said})", *_filters(tool), *_days(dict(order.dates) if semantic else {})))
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


def _meant(sentence: str) -> str:
    """What a sentence is about, as words of which any one is enough: there are no operators here."""
    said = tokens.words(sentence)
    pairs = [run[i : i + 2] for run in tokens.cjk_runs(sentence) for i in range(max(1, len(run) - 1))]
    telling = [word for word in said if word not in GENERIC]
    return " ".join(f'"{word}"' for word in (telling or said) + pairs)


def _filters(tool: dict[str, Any]) -> list[str]:
    """The tool's settings as operators."""
    filters = [f"-from:{handle}" for handle in tool.get("excluded_x_handles") or ()]
    allowed = tool.get("allowed_x_handles") or ()
    if allowed:
        filters.append(f"({' OR '.join(f'from:{handle}' for handle in allowed)})")
    return filters + _days(tool)


def _days(settings: Mapping[str, Any]) -> list[str]:
    """from_date and to_date as operators; a date in any other form than YYYY-MM-DD is not applied."""
    dates = (("since", settings.get("from_date")), ("until", settings.get("to_date")))
    return [f"{name}:{date}" for name, date in dates if isinstance(date, str) and _DATE.fullmatch(date)]


def united(made: list[Made]) -> list[XPost]:
    """The posts of all searches, each once, in the order in which they were met."""
    return list({post.id: post for search in made for post in search.rows}.values())
