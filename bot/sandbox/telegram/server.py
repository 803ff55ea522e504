"""The Bot API on loopback."""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Self, TypeVar

from aiohttp import web

from .acts import Acts
from .backstage import Backstage
from .counter import Call, Counter, as_answer
from .desk import Desk
from .faults import Fault, FaultKind, Faults
from .limits import Limits
from .refusals import Refusal
from .wire import HTML_502, answer, read_params, reset

Json = dict[str, Any]
T = TypeVar("T")
_LARGEST_REQUEST = 50 * 1024 * 1024
_NO_EFFECT = frozenset({FaultKind.BAD_GATEWAY, FaultKind.RESET_BEFORE})


class TelegramServer:
    """A Bot API server for one bot, with people who act on request and a chat page.

    `base` goes to aiogram's TelegramAPIServer.from_base. `acts` are the people, `faults` the trouble;
    `calls` and `violations` tell what the bot did. Rates run on real time, messages on `now`.
    """

    def __init__(self, desk: Desk, limits: Limits | None, *, token: str, seed: int) -> None:
        self.desk = desk
        self.acts = Acts(desk)
        self.faults = Faults(seed)
        self.base = ""
        self._token = token
        self._counter = Counter(desk, limits)
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls,
        *,
        token: str,
        now: Callable[[], datetime],
        host: str = "127.0.0.1",
        port: int = 0,
        page: bool = True,
        limits: bool | Limits = True,
        seed: int = 0,
    ) -> Self:
        """Listen on `host`; port 0 takes a free one. `limits` False: no rates. `seed`: of random faults.

        Raises BadInput for a token that is none, OSError when the port is taken.
        """
        rates = Limits() if limits is True else limits or None
        server = cls(Desk.open(token=token, now=now), rates, token=token, seed=seed)
        await server._listen(host, port, page=page)
        return server

    async def stop(self) -> None:
        """Send waiting polls and pages home, then close."""
        self.desk.updates.close()
        self.desk.bell.end_streams()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def page_url(self) -> str:
        return f"{self.base}/"

    @property
    def calls(self) -> deque[Call]:
        """The latest calls, oldest first."""
        return self._counter.calls

    @property
    def violations(self) -> list[str]:
        """Calls that break the API's rules; a sound bot leaves this empty."""
        return self._counter.violations

    def messages(self, chat_id: int) -> list[Json]:
        """What the chat shows now, oldest first. Raises BadInput for an unknown chat."""
        return list(self.desk.chats.known(chat_id).messages.values())

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109 - how asyncio.wait_for is called
        """The first true value of `predicate`, asked after every change. Raises TimeoutError."""
        return await self.desk.bell.wait_for(predicate, timeout)

    async def _listen(self, host: str, port: int, *, page: bool) -> None:
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        Backstage(self.desk, self._counter, self.faults).add_routes(app, page=page)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.base = "http://{}:{}".format(*self._runner.addresses[0][:2])

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if not hmac.compare_digest(request.match_info["token"].encode(), self._token.encode()):
            return _no(Refusal(401, "Unauthorized"))
        try:
            method = self._counter.spell(request.match_info["method"])
            params = await read_params(request)
        except Refusal as refusal:
            return _no(refusal)
        fault = self.faults.strike(method, _chat_id(params))
        if fault is None:
            return await self._serve(method, params, None)
        return await self._disturbed(request, method, params, fault)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """What getFile gave the path of."""
        if not hmac.compare_digest(request.match_info["token"].encode(), self._token.encode()):
            return _no(Refusal(401, "Unauthorized"))
        paper = self.desk.papers.at(request.match_info["path"])
        return web.Response(body=paper.content) if paper else _no(Refusal(404, "Not Found"))

    async def _disturbed(
        self, request: web.Request, method: str, params: Json, fault: Fault
    ) -> web.StreamResponse:
        kind = fault.kind
        refusal = fault.refusal()
        if refusal is not None:
            self._counter.log(method, params, refusal.code, refusal.description, kind)
            return _no(refusal)
        if kind in _NO_EFFECT:
            bad_gateway = kind is FaultKind.BAD_GATEWAY
            self._counter.log(method, params, 502 if bad_gateway else 0, "", kind)
            return _bad_gateway() if bad_gateway else reset(request)
        if kind is FaultKind.SLOW:
            await asyncio.sleep(fault.delay)
        response = await self._serve(method, params, kind)
        return reset(request) if kind is FaultKind.RESET_AFTER else response

    async def _serve(self, method: str, params: Json, kind: FaultKind | None) -> web.StreamResponse:
        try:
            result = await self._counter.serve(method, params)
        except Refusal as refusal:
            self._counter.log(method, params, refusal.code, refusal.description, kind)
            return _no(refusal)
        self._counter.log(method, params, 200, result, kind)
        return answer(as_answer(result), cut=kind is FaultKind.TRUNCATED)


def _no(refusal: Refusal) -> web.Response:
    return answer(refusal.body, refusal.code)


def _bad_gateway() -> web.Response:
    return web.Response(text=HTML_502, status=502, content_type="text/html")


def _chat_id(params: Json) -> int | None:
    text = str(params.get("chat_id", ""))
    return int(text) if text.lstrip("-").isdecimal() else None
