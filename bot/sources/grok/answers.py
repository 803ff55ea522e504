"""Grok's response object → an Answer. Tolerant of shapes, strict about what counts as a citation.

The shapes: tool calls come as `custom_tool_call` (arguments in `input`) or `x_search_call` (in `arguments`);
there may be several messages, the last JSON counts and the citations are united; usage details are absent
when no tool ran (and in 2025 always); `num_sources_used` and reasoning items mean nothing to us.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.sources.grok import wire
from core.errors import Rejected
from core.models import Answer, Search, Usage

MAX_TEXT = 1_000_000
_MOST = 10**9  # of anything counted in a usage block; more is no count
_DEAREST = 10**15  # ticks of one call: $100,000
_POST_URL = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i(?:/web)?|[A-Za-z0-9_]{1,15})"
    r"/status/([1-9][0-9]{0,19})(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def parse(response: Any, *, version: str = wire.VERSION) -> Answer:
    """Read a whole response object, the answer to a request of that `version` of prompt and schema.

    Raises Rejected when it is not one or its text is absurdly long.
    """
    if not isinstance(response, dict) or not isinstance(response.get("output"), list):
        raise Rejected("Grok's answer is not a response object.", fault="unreadable")
    items = [item for item in response["output"] if isinstance(item, dict)]
    texts = _texts(items)
    if sum(map(len, texts)) > MAX_TEXT:
        raise Rejected("Grok's answer is longer than a million characters.", fault="unreadable")
    return Answer(
        response_id=response_id(response),
        served_model=_name(response.get("model")),
        version=version,
        status="failed" if response.get("error") else _name(response.get("status")) or "completed",
        searches=tuple(_searches(items)),
        cited=frozenset(_post_ids(_cited(items))) | frozenset(_post_ids(_listed(response, "citations"))),
        document=_document(texts),
        usage=usage(response.get("usage")),
    )


def words(response: Any) -> str:
    """Everything the model wrote in a response object that was parsed."""
    items = [item for item in _listed(_dict(response), "output") if isinstance(item, dict)]
    return "\n".join(_texts(items))


def response_id(response: Any) -> str:
    """What xAI calls this answer; "" when it says nothing."""
    return _name(_dict(response).get("id"))


def usage(block: Any) -> Usage:
    """What the call used; missing or odd fields count as zero, a missing bill as None."""
    given = _dict(block)
    details = given.get("server_side_tool_usage_details")
    tools = (
        details if isinstance(details, dict) else {"x_search_calls": given.get("num_server_side_tools_used")}
    )
    return Usage(
        input_tokens=_number(given.get("input_tokens")) or 0,
        cached_tokens=_number(_dict(given.get("input_tokens_details")).get("cached_tokens")) or 0,
        output_tokens=_number(given.get("output_tokens")) or 0,
        searches=_number(tools.get("x_search_calls")) or 0,
        posts_fetched=_number(tools.get("x_posts_fetched")) or 0,
        users_fetched=_number(tools.get("x_users_fetched")) or 0,
        cost_ticks=_number(given.get("cost_in_usd_ticks"), _DEAREST),
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(block: dict[str, Any], name: str) -> list[Any]:
    value = block.get(name)
    return value if isinstance(value, list) else []


def _number(value: Any, most: int = _MOST) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= most else None


def _name(value: Any) -> str:
    """An identifier fit for logs and the database."""
    return "".join(filter(str.isprintable, value[:200])) if isinstance(value, str) else ""


def _searches(items: list[dict[str, Any]]) -> Iterator[Search]:
    for item in items:
        name = _name(item.get("name"))
        is_search = item.get("type") == "x_search_call" or name.startswith("x_")
        if is_search and item.get("status", "completed") == "completed":
            yield _search(name or "x_search", item.get("input") or item.get("arguments"))


def _search(tool: str, arguments: Any) -> Search:
    try:
        given = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        given = None
    found = _dict(given)
    limit = str(found.get("limit", ""))
    return Search(
        tool=tool[:64],
        query=str(found.get("query") or "")[:1000],
        mode=str(found.get("mode") or "")[:20],
        limit=int(limit) if limit.isdecimal() and len(limit) < 6 and int(limit) else None,
    )


def _parts(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if item.get("type") == "message":
            yield from (part for part in _listed(item, "content") if isinstance(part, dict))


def _texts(items: list[dict[str, Any]]) -> list[str]:
    return [part["text"] for part in _parts(items) if isinstance(part.get("text"), str)]


def _cited(items: list[dict[str, Any]]) -> Iterator[Any]:
    for part in _parts(items):
        for note in _listed(part, "annotations"):
            if _dict(note).get("type") == "url_citation":
                yield note.get("url")


def _post_ids(urls: Iterable[Any]) -> Iterator[str]:
    for url in urls:
        match = _POST_URL.match(url) if isinstance(url, str) else None
        if match:
            yield match[1]


def _document(texts: list[str]) -> Any:
    """The last text that is a JSON object or list; None when none is."""
    for text in reversed(texts):
        try:
            found = json.loads(_unfenced(text))
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict | list):
            return found
    return None


def _unfenced(text: str) -> str:
    """The text without the Markdown fence that models like to put around JSON."""
    before, fence, rest = text.partition("```")
    if not fence or before.lstrip().startswith(("{", "[")):
        return text
    inner = rest.removeprefix("json")
    return inner.rpartition("```")[0] or inner
