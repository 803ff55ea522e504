"""What the tests of the xAI server ask, and how: prompts in our client's form, requests as documented."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.sandbox.world import simulated_world
from bot.sandbox.xai import XaiServer

KEY = "xai-test-key"
START = datetime(2026, 11, 20, tzinfo=UTC)
NOW = START + timedelta(hours=54)
SINCE = NOW - timedelta(minutes=75)
QUERY = "(crypto OR $BTC OR $ETH OR bridge OR exploit OR airdrop) lang:en"
WORLD = simulated_world(seed=1, start=START, days=3)

POST = {
    "type": "object",
    "additionalProperties": False,
    "required": ["post_id", "author", "excerpt", "likes", "reposts", "replies", "views", "sentiment"],
    "properties": {
        "post_id": {"type": "string", "pattern": "^[0-9]{15,20}$"},
        "author": {"type": ["string", "null"]},
        "excerpt": {"type": "string", "maxLength": 200},
        "likes": {"type": ["integer", "null"]},
        "reposts": {"type": ["integer", "null"]},
        "replies": {"type": ["integer", "null"]},
        "views": {"type": ["integer", "null"]},
        "sentiment": {"type": "number", "minimum": -1, "maximum": 1},
    },
}
NARRATIVE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["slug", "title", "summary", "tickers", "stance", "posts"],
    "properties": {
        "slug": {"type": "string", "pattern": "^[a-z0-9-]{3,48}$"},
        "title": {"type": "string", "maxLength": 80},
        "summary": {"type": "string", "maxLength": 400},
        "tickers": {"type": "array", "maxItems": 8, "items": {"type": "string", "maxLength": 12}},
        "stance": {"type": "string", "enum": ["bullish", "bearish", "mixed", "neutral"]},
        "posts": {"type": "array", "maxItems": 12, "items": POST},
    },
}
DISCOVER = {
    "type": "object",
    "properties": {"narratives": {"type": "array", "maxItems": 10, "items": NARRATIVE}},
}
REFRESH = {"type": "object", "properties": {"posts": {"type": "array", "maxItems": 50, "items": POST}}}


def prompt(
    query=QUERY, *, task="discover", limit=10, mode="Latest", tool="x_keyword_search", times=1, known=()
):
    window = f"{query} since_time:{int(SINCE.timestamp())} until_time:{int(NOW.timestamp())}"
    search = {"tool": tool, "query": window, "mode": mode, "limit": limit}
    if tool == "x_semantic_search":
        days = {"from_date": f"{SINCE:%Y-%m-%d}", "to_date": f"{NOW + timedelta(days=1):%Y-%m-%d}"}
        search = {"tool": tool, "query": query, "limit": limit, **days}
    return json.dumps(
        {
            "task": task,
            "searches": [search] * times,
            "window": {"since": SINCE.isoformat(), "until": NOW.isoformat()},
            "known": [{"slug": slug, "title": title} for slug, title in known],
        }
    )


def body(content=None, *, schema=DISCOVER, **changes):
    request = {
        "model": "grok-4.3",
        "store": False,
        "include": ["no_inline_citations"],
        "reasoning": {"effort": "low"},
        "max_output_tokens": 6000,
        "prompt_cache_key": "intern-test",
        "tool_choice": "required",
        "tools": [{"type": "x_search"}],
        "input": [
            {"role": "system", "content": "Search exactly as told. " * 20},
            {"role": "user", "content": prompt() if content is None else content},
        ],
        "text": {"format": {"type": "json_schema", "name": "answer", "strict": True, "schema": schema}},
    }
    return {name: value for name, value in (request | changes).items() if value is not ...}


@asynccontextmanager
async def serving(**options):
    server = await XaiServer.start(world=WORLD, now=lambda: NOW, api_key=KEY, **options)
    try:
        yield server
    finally:
        await server.stop()


async def ask(server, request=None, *, key=KEY):
    """Status, headers and body (parsed if it is JSON, else text) of one call."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{server.base}/responses", json=body() if request is None else request) as answer,
    ):
        raw = await answer.read()
        if not raw:
            return answer.status, answer.headers, None
        return (
            answer.status,
            answer.headers,
            json.loads(raw) if "json" in answer.content_type else raw.decode(),
        )


async def good(server, request=None):
    """The response object of a call that must succeed."""
    status, _, answer = await ask(server, request)
    assert status == 200, answer
    return answer


def message(answer):
    return answer["output"][-1]["content"][0]


def document(answer):
    return json.loads(message(answer)["text"])


def claimed(answer):
    found = document(answer)
    groups = found.get("narratives", [found])
    return [post["post_id"] for group in groups for post in group["posts"]]


def cited(answer):
    return [note["url"].rsplit("/", 1)[-1] for note in message(answer)["annotations"]]
