"""xAI's response objects as they come over the wire, built piece by piece; all ids and texts are made up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.evidence import EPOCH_MS
from core.models import Question, QuestionKind

CONTRACT = Path(__file__).parents[2] / "../shared/contract/grok"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = NOW - timedelta(hours=1)
MINUTE = timedelta(minutes=1)
QUERY = "(crypto OR $BTC) lang:en"


def snowflake(at: datetime, sequence: int = 0) -> str:
    """The id of a post written at that moment."""
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return str((milliseconds - EPOCH_MS) << 22 | sequence)


def ago(minutes: float, sequence: int = 0) -> str:
    return snowflake(NOW - minutes * MINUTE, sequence)


def question(kind=QuestionKind.REFRESH, **given) -> Question:
    return Question(**{"kind": kind, "query": QUERY, "since": SINCE, "until": NOW} | given)


def claim(post_id, **given):
    return {
        "post_id": post_id,
        "author": "someone",
        "excerpt": "The bridge is open again",
        "likes": 3,
        "reposts": 1,
        "replies": 0,
        "views": 250,
        "sentiment": 0.5,
    } | given


def narrative(*claims, **given):
    return {
        "slug": "bridge-reopens",
        "title": "Bridge reopens",
        "summary": "The bridge works again.",
        "tickers": ["$brdg"],
        "stance": "bullish",
        "posts": list(claims),
    } | given


def url(post_id):
    return f"https://x.com/i/status/{post_id}"


def message(text, urls=()):
    notes = [
        {"type": "url_citation", "url": each, "start_index": 0, "end_index": 0, "title": each}
        for each in urls
    ]
    part = {"type": "output_text", "text": text, "logprobs": [], "annotations": notes}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def tool_call(name="x_keyword_search", **arguments):
    given = {"query": QUERY, "limit": "10", "mode": "Latest"} | arguments
    return {
        "id": "ctc_1",
        "type": "custom_tool_call",
        "call_id": "xs_call-1-0",
        "name": name,
        "status": "completed",
        "input": json.dumps(given),
    }


def usage(**given):
    details = {"x_search_calls": 1, "x_posts_fetched": 2, "x_users_fetched": 0, "web_search_calls": 0}
    return {
        "input_tokens": 9000,
        "input_tokens_details": {"cached_tokens": 1000},
        "output_tokens": 700,
        "output_tokens_details": {"reasoning_tokens": 90},
        "total_tokens": 9700,
        "num_sources_used": 0,
        "num_server_side_tools_used": 1,
        "cost_in_usd_ticks": 219_500_000,
        "server_side_tool_usage_details": details,
    } | given


def response(document=None, cited=(), **given):
    """A completed answer: thinking, one search, one message with the document and its citations."""
    text = json.dumps({"posts": []} if document is None else document)
    thinking = {"id": "rs_1", "type": "reasoning", "status": "completed", "summary": []}
    return {
        "id": "resp-1",
        "object": "response",
        "created_at": int(NOW.timestamp()),
        "model": "grok-4.3",
        "status": "completed",
        "incomplete_details": None,
        "error": None,
        "output": [thinking, tool_call(), message(text, map(url, cited))],
        "usage": usage(),
        "service_tier": "default",
        "store": False,
    } | given


def sse(*events, end=b""):
    """Events as they come over the wire."""
    return b"".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events) + end


def begins(item, index=0):
    """A tool call shows: its name, not its arguments."""
    bare = {**item, "id": f"{item['id']}-{index}", "status": "in_progress"} | {"input": ""}
    return {"type": "response.output_item.added", "item": bare, "output_index": index}


def told(item, index=0):
    """The arguments of a tool call are complete."""
    kind, call = "response.custom_tool_call_input.done", f"{item['id']}-{index}"
    return {"type": kind, "item_id": call, "output_index": index, "input": item["input"]}


def ends(final):
    return {"type": f"response.{final['status']}", "response": final}
