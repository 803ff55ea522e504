"""The error answers, in the shapes X gives them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.sandbox.x.faults import Fault

_PROBLEMS = "https://api.twitter.com/2/problems"
_PAGE = "<html><head><title>503 Service Temporarily Unavailable</title></head><body>nginx</body></html>"
_CREDITS = {
    "title": "CreditsDepleted",
    "detail": "Your enrolled account does not have any credits to fulfill this request.",
    "type": f"{_PROBLEMS}/credits",
}
_CAPPED = {
    "title": "UsageCapExceeded",
    "detail": "Usage cap exceeded: Monthly product cap",
    "type": f"{_PROBLEMS}/usage-capped",
}


class Refusal(Exception):
    """An error answer: status, JSON body or HTML page, headers."""

    def __init__(
        self,
        status: int,
        body: dict[str, Any] | None = None,
        *,
        page: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {body or page}")
        self.status = status
        self._body = body
        self._page = page
        self._headers = dict(headers or {})

    @classmethod
    def invalid(cls, parameter: str, value: str, message: str) -> Refusal:
        return cls(
            400,
            {
                "errors": [{"parameters": {parameter: [value]}, "message": message}],
                "title": "Invalid Request",
                "detail": "One or more parameters to your request was invalid.",
                "type": f"{_PROBLEMS}/invalid-request",
            },
        )

    @classmethod
    def unauthorized(cls) -> Refusal:
        return cls(
            401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
        )

    @classmethod
    def busy(cls, reset: datetime) -> Refusal:
        body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank"}
        return cls(429, body, headers={"x-rate-limit-reset": str(int(reset.timestamp()))})

    def response(self) -> web.Response:
        if self._body is None:
            return web.Response(
                status=self.status, text=self._page, content_type="text/html", headers=self._headers
            )
        return web.json_response(self._body, status=self.status, headers=self._headers)


def fault_refusal(fault: Fault, reset: datetime) -> Refusal:
    """The refusal that a fault asks for; `reset` is when X would serve again."""
    match fault.kind:
        case "rate_limited":
            return Refusal.busy(reset)
        case "unavailable":
            return Refusal(503, page=_PAGE)
        case "out_of_credit":
            return Refusal(402, _CREDITS) if fault.status in (None, 402) else Refusal(fault.status, _CAPPED)
        case "unauthorized" if fault.status == 403:
            return Refusal(403, {"title": "Client Forbidden", "reason": "client-not-enrolled"})
        case "unauthorized":
            return Refusal.unauthorized()
    return Refusal(500, {"title": "Internal Server Error", "type": "about:blank", "status": 500})
