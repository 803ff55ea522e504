"""Grok's response object → an Answer. Tolerant of shapes, strict about what counts as a citation.

The shapes: tool calls come as `custom_tool_call` (arguments in `input`) or `x_search_call` (in `arguments`);
there may be several messages, the last JSON counts and the citations are united; usage details are absent
when no tool ran; `num_sources_used` and reasoning items mean nothing to us.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from core.errors import Rejected
from core.models import Answer, Search, Usage

MAX_TEXT = 1_000_000
_POST_URL = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i|[A-Za-z0-9_]{1,15})/status/([0-9]{1,20})"
)
_USER_URL = re.compile(r"/i/user/")
_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)


def parse(response: Any) -> Answer:
    """Read a whole response object. Raises Rejected when it is not one or its text is absurdly long."""
    if not isinstance(response, dict) or not isinstance(response.get("output"), list):
        raise Rejected("Grok's answer is not a response object.", fault="unreadable")
    items = [item for item in response["output"] if isinstance(item, dict)]
    texts = list(_texts(items))
    if sum(map(len, texts)) > MAX_TEXT:
        raise Rejected("Grok's answer is longer than a million characters.", fault="unreadable")
    return Answer(
        response_id=str(response.get("id") or ""),
        served_model=str(response.get("model") or ""),
        status=str(response.get("status") or "completed"),
        searches=tuple(_searches(items)),
        cited=frozenset(_cited(items)) | frozenset(_top_level(response)),
        document=_document(texts),
        usage=usage(response.get("usage")),
    )


def usage(block: Any) -> Usage:
    """What the call used; missing or odd fields count as zero, a missing bill as None."""
    details = _sub(block, "server_side_tool_usage_details")
    ticks = _sub(block).get("cost_in_usd_ticks")
    return Usage(
        input_tokens=_number(_sub(block), "input_tokens"),
        cached_tokens=_number(_sub(block, "input_tokens_details"), "cached_tokens"),
        output_tokens=_number(_sub(block), "output_tokens"),
        searches=_number(details, "x_search_calls"),
        posts_fetched=_number(details, "x_posts_fetched"),
        users_fetched=_number(details, "x_users_fetched"),
        cost_ticks=ticks if isinstance(ticks, int) and not isinstance(ticks, bool) and ticks >= 0 else None,
    )


def _sub(block: Any, name: str | None = None) -> dict[str, Any]:
    value = block if name is None else _sub(block).get(name)
    return value if isinstance(value, dict) else {}


def _number(block: dict[str, Any], name: str) -> int:
    value = block.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _searches(items: list[dict[str, Any]]) -> Iterator[Search]:
    for item in items:
        name = str(item.get("name") or "")
        is_search = item.get("type") == "x_search_call" or name.startswith("x_")
        if is_search and item.get("status", "completed") == "completed":
            yield _search(name or "x_search", item.get("input") or item.get("arguments"))


def _search(tool: str, arguments: Any) -> Search:
    try:
        given = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        given = None
    found = _sub(given)
    limit = str(found.get("limit", ""))
    return Search(
        tool=tool[:64],
        query=str(found.get("query") or "")[:1000],
        mode=str(found.get("mode") or "")[:20],
        limit=int(limit) if limit.isdecimal() and len(limit) < 6 and limit.strip("0") else None,
    )


def _parts(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if item.get("type") == "message" and isinstance(item.get("content"), list):
            yield from (part for part in item["content"] if isinstance(part, dict))


def _texts(items: list[dict[str, Any]]) -> Iterator[str]:
    return (part["text"] for part in _parts(items) if isinstance(part.get("text"), str))


def _cited(items: list[dict[str, Any]]) -> Iterator[str]:
    for part in _parts(items):
        for note in part.get("annotations") or ():
            if isinstance(note, dict) and note.get("type") == "url_citation":
                yield from _post_ids(note.get("url"))


def _top_level(response: dict[str, Any]) -> Iterator[str]:
    """REST answers have no `citations` of their own; where one appears it is a list of addresses."""
    citations = response.get("citations")
    for url in citations if isinstance(citations, list) else ():
        yield from _post_ids(url)


def _post_ids(url: Any) -> Iterator[str]:
    if isinstance(url, str) and not _USER_URL.search(url) and (match := _POST_URL.match(url)):
        yield match[1]


def _document(texts: list[str]) -> Any:
    """The last text that is JSON; None when none is."""
    for text in reversed(texts):
        fenced = _FENCE.match(text)
        try:
            return json.loads(fenced[1] if fenced else text)
        except (ValueError, RecursionError):
            continue
    return None
