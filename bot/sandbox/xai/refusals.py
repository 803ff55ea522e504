"""The error answers, with the bodies that were seen in the wild."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.xai.faults import Fault

TEAM = "00000000-0000-0000-0000-000000000000"
_NO_CREDIT = (
    f"Your team {TEAM} has either used all available credits or reached its monthly spending limit. "
    "To continue making API requests, please purchase more credits or raise your spending limit."
)
_BUSY = f"Too many requests for team {TEAM} and model grok-4.3. Requests per Minute (actual/limit): 2/2."
_PAGE = "<html><head><title>503 Service Temporarily Unavailable</title></head><body>nginx</body></html>"


class Refusal(Exception):
    """An error answer: status, JSON body or HTML page, headers."""

    def __init__(
        self,
        status: int,
        body: dict[str, Any] | None = None,
        *,
        page: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {body or page}")
        self.status = status
        self.body = body
        self._page = page
        self._headers = dict(headers or {})

    @classmethod
    def invalid(cls, reason: str) -> Refusal:
        return cls(400, {"code": "invalid-argument", "error": f"Invalid request content: {reason}"})

    def response(self) -> web.Response:
        if self._page is not None:
            return web.Response(status=self.status, text=self._page, content_type="text/html")
        if self.body is None:
            return web.Response(status=self.status, headers=self._headers)
        return web.json_response(self.body, status=self.status, headers=self._headers)


def fault_refusal(fault: Fault) -> Refusal:
    """The refusal that a fault asks for."""
    if fault.kind == "rate_limited":
        wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        return Refusal(429, {"code": "resource-exhausted", "error": _BUSY}, headers=wait)
    if fault.kind == "out_of_credit":
        return Refusal(fault.status, {"error": _NO_CREDIT})
    if fault.kind == "unavailable":
        return Refusal(503, page=_PAGE)
    return Refusal(500, {"code": "internal", "error": "Service is temporarily unable to handle the request."})
