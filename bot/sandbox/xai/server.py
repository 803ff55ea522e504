"""The HTTP face: POST /v1/responses as xAI serves it, and /sandbox/* to steer and to look inside."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Self

from aiohttp import web

from bot.sandbox.world import World
from bot.sandbox.xai import delivery
from bot.sandbox.xai.calls import Call, CallLog
from bot.sandbox.xai.faults import REFUSING, Fault, Faults
from bot.sandbox.xai.model import Model, Work
from bot.sandbox.xai.refusals import Refusal, fault_refusal
from bot.sandbox.xai.request import Asked, authorised, check
from bot.sandbox.xai.usage import usage
from bot.sandbox.xai.wire import response

Json = dict[str, Any]
_LARGEST = 16 * 1024 * 1024  # bytes of a request


class XaiServer:
    """An xAI of one's own.

    Set `served_model` to have another model answer than the one that was asked, `binds_searches` to False to
    have a JSON schema refused wherever X search is on.
    """

    def __init__(self, *, world: World, now: Callable[[], datetime], api_key: str, seed: int = 0) -> None:
        self.world = world
        self.faults = Faults(seed)
        self.served_model: str | None = None
        self.binds_searches = True
        self.base = ""
        self._now = now
        self._key = api_key
        self._rng = random.Random(f"{seed}/answers")
        self._model = Model(world, rng=self._rng)
        self._log = CallLog()
        self._cache_keys: set[str] = set()
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls,
        *,
        world: World,
        now: Callable[[], datetime],
        api_key: str,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
    ) -> Self:
        """Serves at `.base`; port 0 takes any free one. Raises OSError when the port is taken."""
        server = cls(world=world, now=now, api_key=api_key, seed=seed)
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_post("/v1/responses", server._responses)
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
        server.base = f"http://{host}:{server._runner.addresses[0][1]}/v1"
        return server

    async def stop(self) -> None:
        """Stops serving; calls that still wait are cut off."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def calls(self) -> list[Call]:
        return self._log.calls

    @property
    def billed_ticks(self) -> int:
        """What all calls cost so far, also those whose answer never arrived."""
        return sum(call.billed_ticks for call in self.calls)

    async def wait_for(self, predicate: Callable[[list[Call]], bool], timeout: float = 5.0) -> None:  # noqa: ASYNC109 - asyncio.timeout serves it
        """Returns when `predicate(calls)` holds. Raises TimeoutError after `timeout` seconds."""
        await self._log.wait_for(predicate, timeout)

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        call = self._log.open(self._now())
        try:
            asked, faults = await self._accepted(request, call)
            final = self._worked(asked, faults, call)
            await self._log.changed()
            return await delivery.deliver(request, final, faults, call)
        except Refusal as refused:
            call.status, call.delivered = refused.status, True
            return refused.response()
        finally:
            await self._log.changed()

    async def _accepted(self, request: web.Request, call: Call) -> tuple[Asked, list[Fault]]:
        """The request after every check, with the faults that will bend its answer. Raises Refusal."""
        raw = await request.read()
        try:
            call.request = json.loads(raw)
        except (ValueError, RecursionError):
            raise Refusal.invalid("the body is not JSON") from None
        authorised(request.headers.get("Authorization"), self._key)
        faults = self.faults.take()
        call.faults = [fault.kind for fault in faults]
        for fault in faults:
            if fault.kind in REFUSING:
                raise fault_refusal(fault)
        asked = check(call.request)
        if not self.binds_searches and asked.x_search is not None and asked.schema is not None:
            raise Refusal.invalid(f"structured outputs with tools are not supported by {asked.served}")
        return asked, faults

    def _worked(self, asked: Asked, faults: Sequence[Fault], call: Call) -> Json:
        """Lets the model work and writes down what it did: from here on the call is billed."""
        done = self._model.work(asked, now=call.at, faults=faults)
        served = self.served_model or asked.served
        key = asked.body.get("prompt_cache_key")
        block = usage(done, asked, served=served, warm=key in self._cache_keys)
        if isinstance(key, str):
            self._cache_keys.add(key)
        final = response(done, asked, served=served, usage=block, now=call.at, rng=self._rng)
        _note(call, done, final)
        return final

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
        return web.json_response(
            {
                "now": self._now().isoformat(),
                "calls": len(self.calls),
                "billed_ticks": self.billed_ticks,
                "log": [call.as_json() for call in self.calls],
            }
        )


def _note(call: Call, done: Work, final: Json) -> None:
    call.response_id, call.served_model = final["id"], final["model"]
    call.billed_ticks = final["usage"]["cost_in_usd_ticks"]
    call.cited_ids = [str(post_id) for post_id in done.cited]
    call.invented_ids = [str(post_id) for post_id in done.invented]
    call.stray_ids = [str(post_id) for post_id in done.strays]
    call.searches = [
        {
            "tool": made.order.tool,
            "arguments": made.order.arguments,
            "returned": [str(post.id) for post in made.rows],
            "error": made.error,
        }
        for made in done.made
    ]
