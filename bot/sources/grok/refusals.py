"""xAI's error bodies, named for what to do: ask again, wait for money, mend the configuration, drop it."""

from __future__ import annotations

import json

from core.errors import Misconfigured, OutOfCredit, Rejected, Retry, SourceError

_NO_CREDIT = ("used all available credits", "monthly spending limit")
_NOT_BILLED = (400, 401, 403, 404, 410, 429)


def classify(status: int, text: str, retry_after: str | None = None) -> SourceError:
    """The error for a response that is not 200. The sentence decides where the status misleads."""
    said = message(text)
    if any(phrase in said for phrase in _NO_CREDIT):
        return OutOfCredit("The xAI account is out of credit: add credit or raise its limit at console.x.ai.")
    if status >= 500 or status in (408, 429):
        return Retry(f"xAI is busy or has trouble (HTTP {status}).", retry_after=_seconds(retry_after))
    if "violates usage guidelines" in said:
        return Rejected("xAI refused the content of this question.", fault="content filter")
    if status == 401 or "Incorrect API key" in said:
        return Misconfigured("XAI_API_KEY was refused: create a new key at console.x.ai.")
    if status == 404:
        return Misconfigured("xAI does not know the model: set grok.model in config.toml to one it offers.")
    return Misconfigured(f"xAI refused the request (HTTP {status}): {said[:160]}")


def billed(status: int) -> bool:
    """Whether a refused call may have cost something."""
    return status not in _NOT_BILLED


def message(text: str) -> str:
    """The human part of an error body in any of its three shapes, or the body itself."""
    try:
        body = json.loads(text)
    except ValueError:
        return text[:500]
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        error = error.get("message", error)
    return str(error)[:500]


def _seconds(retry_after: str | None) -> float | None:
    try:
        return min(300.0, max(0.0, float(retry_after))) if retry_after else None
    except ValueError:
        return None
