"""What the tests of the X server ask, and how."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.sandbox.world import simulated_world
from bot.sandbox.x import XServer

BEARER = "AAAA-a-token-nobody-may-see"
START = datetime(2026, 11, 20, tzinfo=UTC)
NOW = START + timedelta(hours=54, minutes=20, seconds=7)
QUERY = "(crypto OR $BTC OR $ETH OR bridge OR exploit OR airdrop) lang:en -is:retweet"
WORLD = simulated_world(seed=1, start=START, days=3)


@asynccontextmanager
async def serving(*, bearer=BEARER, now=lambda: NOW, world=WORLD):
    server = await XServer.start(world=world, now=now, bearer=bearer)
    try:
        yield server
    finally:
        await server.stop()


async def get(server, path, *, token=BEARER, **params):
    """Status, headers and body (parsed if it is JSON, else text) of one call."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{server.base}{path}", params=params) as answer,
    ):
        raw = await answer.read()
        return answer.status, answer.headers, _read(raw)


def _read(raw):
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode()


async def counts(server, *, token=BEARER, **params):
    return await get(server, "/2/tweets/counts/recent", token=token, **({"query": QUERY} | params))


async def oembed(server, post_id, **params):
    return await get(server, "/oembed", token=None, url=f"https://x.com/i/status/{post_id}", **params)


def stamp(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
