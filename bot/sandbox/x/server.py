"""The HTTP face: counts and embeds as X serves them, and /sandbox/* to steer and to look inside."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from aiohttp import web

from bot.sandbox.world import World, XPost
from bot.sandbox.x import counting, embedding
from bot.sandbox.x.calls import Call, Door
from bot.sandbox.x.faults import REFUSING, Fault, Faults
from bot.sandbox.x.refusals import Refusal, fault_refusal

Json = dict[str, Any]
COUNT_TICKS = 50_000_000  # $0.005 a request that is answered
WINDOW, PER_WINDOW = timedelta(minutes=15), 300


class XServer:
    """An X of one's own, without its search: that is xAI's.

    `bearer` is the token that opens the counts; with None no token does. Put ids into `deleted` or
    `protected` to have the embed service no longer show them.
    """

    def __init__(
        self, *, world: World, now: Callable[[], datetime], bearer: str | None, seed: int = 0
    ) -> None:
        self.world = world
        self.faults = Faults(seed)
        self.deleted: set[str] = set()
        self.protected: set[str] = set()
        self.calls: list[Call] = []
        self.base = ""
        self._now = now
        self._bearer = bearer
        self._recent: deque[datetime] = deque()
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls,
        *,
        world: World,
        now: Callable[[], datetime],
        bearer: str | None,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
    ) -> Self:
        """Serves at `.base`; port 0 takes any free one. Raises OSError when the port is taken."""
        server = cls(world=world, now=now, bearer=bearer, seed=seed)
        app = web.Application()
        app.router.add_get("/2/tweets/counts/recent", server._counts)
        app.router.add_get("/oembed", server._oembed)
        app.router.add_post("/sandbox/faults", server._add_faults)
        app.router.add_delete("/sandbox/faults", server._clear_faults)
        app.router.add_get("/sandbox/state", server._state)
        server._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await server._runner.setup()
        site = web.TCPSite(server._runner, host, port)
        try:
            await site.start()
        except OSError:
            await server.stop()
            raise
        server.base = f"http://{host}:{server._runner.addresses[0][1]}"
        return server

    async def stop(self) -> None:
        """Stops serving; calls that still wait are cut off."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def billed_ticks(self) -> int:
        """What all calls cost so far, also those whose answer never arrived."""
        return sum(call.billed_ticks for call in self.calls)

    async def _counts(self, request: web.Request) -> web.StreamResponse:
        return await self._served(request, "counts", self._counted)

    async def _oembed(self, request: web.Request) -> web.StreamResponse:
        return await self._served(request, "oembed", self._embedded)

    async def _served(
        self, request: web.Request, door: Door, work: Callable[[web.Request, Call], Json]
    ) -> web.StreamResponse:
        call = Call(len(self.calls) + 1, self._now(), door, dict(request.query))
        self.calls.append(call)
        try:
            fault = self.faults.take(door)
            call.faults = [fault.kind] if fault else []
            if fault and fault.kind in REFUSING:
                raise fault_refusal(fault, call.at + timedelta(seconds=fault.retry_after))
            return await _deliver(request, work(request, call), fault, call)
        except Refusal as refused:
            call.status, call.delivered = refused.status, True
            return refused.response()

    def _counted(self, request: web.Request, call: Call) -> Json:
        if self._bearer is None or request.headers.get("Authorization") != f"Bearer {self._bearer}":
            raise Refusal.unauthorized()
        self._keep_pace(call.at)
        asked = counting.check(call.params, call.at)
        counted = counting.count(self.world, asked, call.at)
        call.billed_ticks = COUNT_TICKS
        return counted

    def _keep_pace(self, now: datetime) -> None:
        """Raises Refusal for more than 300 requests in 15 minutes."""
        while self._recent and self._recent[0] <= now - WINDOW:
            self._recent.popleft()
        if len(self._recent) >= PER_WINDOW:
            raise Refusal.busy(self._recent[0] + WINDOW)
        self._recent.append(now)

    def _embedded(self, _request: web.Request, call: Call) -> Json:
        post_id = embedding.wanted(call.params.get("url", ""))
        if post_id is None:
            raise Refusal(400, {"error": "the url is not that of a post"})
        if post_id in self.protected:
            raise Refusal(403, {"error": "Sorry, you are not authorized to see this status."})
        post = self._posts.get(post_id)
        if post is None or post_id in self.deleted or post.created_at > call.at:
            raise Refusal(404, {"errors": [{"message": "Sorry, that page does not exist", "code": 34}]})
        return embedding.document(post, script="omit_script" not in call.params)

    @cached_property
    def _posts(self) -> dict[str, XPost]:
        return {embedding.FIRST_ID: embedding.FIRST} | {str(post.id): post for post in self.world.posts}

    async def _add_faults(self, request: web.Request) -> web.Response:
        try:
            given = await request.json()
            rules = [Fault.parse(rule) for rule in (given if isinstance(given, list) else [given])]
        except (ValueError, TypeError) as error:
            return web.json_response({"error": f"That is no fault: {error}"}, status=400)
        for rule in rules:
            self.faults.put(rule)
        return web.json_response({"added": len(rules)})

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response({"cleared": True})

    async def _state(self, _request: web.Request) -> web.Response:
        log = [call.as_json() for call in self.calls]
        return web.json_response(
            {"now": self._now().isoformat(), "billed_ticks": self.billed_ticks, "log": log}
        )


async def _deliver(
    request: web.Request, document: Json, fault: Fault | None, call: Call
) -> web.StreamResponse:
    """Hands the document over, under a fault of delivery."""
    kind = fault.kind if fault else None
    if kind == "timeout":
        await asyncio.Event().wait()  # until the client leaves or the server stops
    if fault and kind == "slow":
        await asyncio.sleep(fault.delay)
    body = json.dumps(_absurd(document) if kind == "absurd" else document, ensure_ascii=False).encode()
    call.status = 200
    if kind == "reset":
        return await _cut(request, body)
    call.delivered = True
    return web.Response(
        body=body[: len(body) // 2] if kind == "garbage" else body, content_type="application/json"
    )


async def _cut(request: web.Request, body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = len(body)
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return answer


def _absurd(document: Json) -> Json:
    """Counts below zero, an author nobody can be called."""
    data = [{**row, "tweet_count": -1} for row in document.get("data", ())]
    return {**document, "data": data, "author_url": "https://x.com/nobody can be called this"}
