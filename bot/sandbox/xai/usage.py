"""The usage block: tokens counted over the whole loop of searches, posts as fetched, the price of it all."""

from __future__ import annotations

from typing import Any

from bot.sandbox.xai.model import Work
from bot.sandbox.xai.price import RATES, ticks
from bot.sandbox.xai.request import Asked

_HIDDEN = 1500  # tokens of xAI's own prompt in every turn
_TOOL = 1400  # and of the search tool's description
_ROW = 140  # tokens of a post in the tool's answer
_CALL = 45  # tokens of a tool call's arguments
_CHARS = 3.6  # per token
_BLOCK = 128  # the cache works in blocks of so many tokens
_REASONING = {"none": 0, "low": 90, "medium": 350, "high": 900, "xhigh": 1800}


def usage(done: Work, asked: Asked, *, served: str, warm: bool) -> dict[str, Any]:
    """`warm`: this prompt_cache_key was used before, so that the first turn finds its beginning cached."""
    contexts = _contexts(done, asked)
    cached = sum(_blocks(before) for before in contexts[:-1])
    cached += _blocks(contexts[0]) // 2 // _BLOCK * _BLOCK if warm else 0
    written = int(len(done.text) / _CHARS)
    reasoning = _REASONING[asked.effort] * len(contexts)
    output = written + _CALL * len(done.made) + reasoning
    rows = sum(len(made.rows) for made in done.made)
    block: dict[str, Any] = {
        "input_tokens": sum(contexts),
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": sum(contexts) + output,
        "num_sources_used": 0,
        "num_server_side_tools_used": len(done.made),
        "cost_in_usd_ticks": ticks(
            served if served in RATES else asked.served,
            input_tokens=sum(contexts),
            cached_tokens=cached,
            output_tokens=output,
            posts=rows,
            tier=asked.body.get("service_tier") or "default",
        ),
        "context_details": {"input_tokens": contexts[-1], "output_tokens": written + reasoning},
    }
    if done.made:
        block["server_side_tool_usage_details"] = _tools(len(done.made), rows)
    return block


def _contexts(done: Work, asked: Asked) -> list[int]:
    """Input tokens of every turn: the prompt, then the prompt with what the searches have brought so far."""
    context = _HIDDEN + int(asked.prompt_length / _CHARS) + (_TOOL if asked.x_search is not None else 0)
    contexts = [context]
    for made in done.made:
        context += _CALL + 60 + _ROW * len(made.rows)
        contexts.append(context)
    return contexts


def _blocks(tokens: int) -> int:
    return tokens // _BLOCK * _BLOCK


def _tools(searches: int, posts: int) -> dict[str, int]:
    return {
        "web_search_calls": 0,
        "x_search_calls": searches,
        "x_posts_fetched": posts,
        "x_users_fetched": 0,
        "code_interpreter_calls": 0,
        "file_search_calls": 0,
        "mcp_calls": 0,
        "document_search_calls": 0,
        "image_generation_calls": 0,
    }
