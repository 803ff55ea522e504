"""The sandbox's own routes: the chat page, its live stream, and the levers for tests in other processes."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import ValidationError, validate_call

from core.errors import BadInput

from . import snapshot
from .acts import Acts
from .bell import Event
from .counter import Counter
from .desk import Desk
from .faults import Fault, Faults
from .refusals import Refusal

PAGE = Path(__file__).parent.parent / "page"
HEARTBEAT = 15.0  # seconds between signs of life on a quiet stream
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Backstage:
    """Everything that real Telegram does not have."""

    def __init__(self, desk: Desk, counter: Counter, faults: Faults) -> None:
        self._desk = desk
        self._counter = counter
        self._faults = faults
        self._acts = Acts(desk)

    def add_routes(self, app: web.Application, *, page: bool) -> None:
        """Mount the levers and, if wanted, the chat page."""
        app.router.add_get("/sandbox/state", self._state)
        app.router.add_post("/sandbox/act", self._act)
        app.router.add_post("/sandbox/faults", self._fault)
        app.router.add_delete("/sandbox/faults", self._no_faults)
        if page:
            app.router.add_get("/", self._index)
            app.router.add_static("/page/", PAGE)
            app.router.add_get("/sandbox/chats", self._chats)
            app.router.add_get("/sandbox/events", self._events)
            app.router.add_get("/sandbox/pictures/{unique_id}", self._picture)
        app.on_response_prepare.append(_guard)

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _chats(self, request: web.Request) -> web.Response:
        return web.json_response(snapshot.for_page(self._desk))

    async def _picture(self, request: web.Request) -> web.Response:
        picture = self._desk.pictures.get(request.match_info["unique_id"])
        if picture is None:
            raise web.HTTPNotFound(text="There is no such picture.")
        return web.Response(body=picture.content, content_type=picture.content_type)

    async def _state(self, request: web.Request) -> web.Response:
        """The whole state; with ?seen=<changes>&timeout=<s> only after something more has happened."""
        try:
            seen, timeout = int(request.query.get("seen", -1)), float(request.query.get("timeout", 10))
        except ValueError:
            return _refused("seen is a whole number (the last state's changes), timeout a number of seconds.")
        with suppress(TimeoutError):  # nothing happened: the unchanged state is the answer
            await self._desk.bell.wait_for(lambda: self._desk.bell.changes > seen, timeout)
        return web.json_response(snapshot.whole(self._desk, self._counter))

    async def _act(self, request: web.Request) -> web.Response:
        """{"act": "user_says", "chat_id": 1, "user_id": 1, "text": "/start"} → {"ok": true, "result": …}."""
        try:
            body = await _object(request)
            act = getattr(self._acts, str(body.pop("act", "")), None)
            if act is None or act.__name__.startswith("_"):
                known = ", ".join(name for name in dir(Acts) if not name.startswith("_"))
                raise BadInput(f"Name an act: {known}.")
            result = validate_call(act)(**body)
        except (BadInput, Refusal, ValidationError) as error:
            return _refused(str(error))
        return web.json_response({"ok": True, "result": result})

    async def _fault(self, request: web.Request) -> web.Response:
        try:
            self._faults.add(Fault.model_validate(await _object(request)))
        except (BadInput, ValidationError) as error:
            return _refused(str(error))
        return web.json_response({"ok": True})

    async def _no_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response({"ok": True})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one JSON object for every change from now on."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        with self._desk.bell.listen() as queue:
            await response.prepare(request)
            with suppress(ConnectionResetError):  # the page was closed
                await _stream(response, queue)
        return response


async def _stream(response: web.StreamResponse, queue: asyncio.Queue[Event | None]) -> None:
    await response.write(b"retry: 1000\n\n")
    while True:
        try:
            event = await asyncio.wait_for(queue.get(), HEARTBEAT)
        except TimeoutError:
            await response.write(b": quiet\n\n")
            continue
        if event is None:
            return
        await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")


async def _object(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request. The type is required so that no foreign page can post a form here."""
    body = await request.json() if request.content_type == "application/json" else None
    if not isinstance(body, dict):
        raise BadInput("Send a JSON object with Content-Type: application/json.")
    return body


def _refused(sentence: str) -> web.Response:
    return web.json_response({"ok": False, "description": sentence}, status=400)


async def _guard(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
