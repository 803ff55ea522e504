"""How the Bot API says no: an error code, a description in Telegram's words, sometimes parameters."""

from __future__ import annotations

from typing import Any

GROUP_KINDS = {"group": "group chat", "supergroup": "supergroup chat", "channel": "channel chat"}


class Refusal(Exception):
    """The call is refused. Its body is the JSON a client gets."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON: ok, error_code, description and, when there are any, parameters."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


class Violation(Refusal):
    """The call breaks the API's own rules: a bug of the caller, kept so that a test can ask for it."""


def bad_request(text: str) -> Refusal:
    """400: the world is not as the caller believes (no such chat, nothing to change …)."""
    return Refusal(400, f"Bad Request: {text}")


def misuse(text: str) -> Violation:
    """400: no such request should ever have been sent."""
    return Violation(400, f"Bad Request: {text}")


def forbidden(text: str) -> Refusal:
    """403: the bot may not."""
    return Refusal(403, f"Forbidden: {text}")


def too_many(seconds: int) -> Refusal:
    """429 with the whole seconds to wait."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def upgraded(new_id: int) -> Refusal:
    """400: the group lives on under another id."""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return Refusal(400, text, migrate_to_chat_id=new_id)
