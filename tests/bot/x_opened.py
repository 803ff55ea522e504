"""A counts meter on a simulated or scripted X, with its money in a book that tests can read."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import stamina
from aiohttp import web
from pydantic import SecretStr

from bot.clock import AppClock
from bot.sandbox.world import simulated_world
from bot.sources.x import XCounts, counts
from core.errors import CapReached
from core.models import SpendEntry
from tests.bot.grok_opened import Seconds

NOW = datetime(2026, 11, 22, 6, 20, 7, tzinfo=UTC)
WORLD = simulated_world(seed=1, start=datetime(2026, 11, 20, tzinfo=UTC), days=3)
TOKEN = "AAAA-a-token-nobody-may-see"


class Scripted:
    """Answers every GET with its one reply."""

    def __init__(self, reply):
        self.reply = reply
        self.requests = []
        self.base = ""

    async def answer(self, request):
        self.requests.append(request)
        return web.Response(status=self.reply.status, body=self.reply.body, headers=self.reply.headers)


@asynccontextmanager
async def serving(reply):
    server = Scripted(reply)
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


class Book:
    """Keeps the ledger's promises in memory: every entry is open, settled or released, once."""

    def __init__(self, *, room=10**12):
        self.room = room
        self.entries = []
        self.state = {}  # id → "open", "released" or the ticks it was settled at

    async def reserve(self, purpose, ticks, *, narrative_id=None, users=False):
        if sum(entry.reserved_ticks for entry in self.entries) + ticks > self.room:
            raise CapReached("The cap is reached.", until=NOW)
        entry = SpendEntry(
            id=str(len(self.entries)),
            at=NOW,
            purpose=purpose,
            narrative_id=narrative_id,
            reserved_ticks=ticks,
        )
        self.entries.append(entry)
        self.state[entry.id] = "open"
        return entry

    async def settle(self, entry, *, ticks, response_id):
        self._end(entry, ticks)

    async def release(self, entry):
        self._end(entry, "released")

    def _end(self, entry, how):
        assert self.state[entry.id] == "open"
        self.state[entry.id] = how

    @property
    def told(self):
        return list(self.state.values())


@asynccontextmanager
async def opened(server, *, book=None, token=TOKEN, seconds=None, timeout_s=5.0):
    """Retries follow at once; everything else is as in the product."""
    meter = XCounts(
        server.base,
        SecretStr(token),
        Book() if book is None else book,
        AppClock(NOW, speed=0),
        timeout_s=timeout_s,
        monotonic=seconds or Seconds(),
    )
    try:
        with stamina.set_testing(True, attempts=counts.ATTEMPTS, cap=True):
            yield meter
    finally:
        await meter.close()
