"""xAI's error bodies, named for what to do: ask again, wait for money, mend the configuration, drop it."""

from __future__ import annotations

import json
import math

from core.errors import Misconfigured, OutOfCredit, Rejected, Retry, SourceError

_NO_CREDIT = ("used all available credits", "monthly spending limit")
_LONGEST_WAIT = 300.0  # seconds


def classify(status: int, text: str, retry_after: str | None = None) -> SourceError:
    """The error for a response that is not 200. The sentence decides where the status misleads."""
    said = message(text)
    if any(phrase in said for phrase in _NO_CREDIT):
        return OutOfCredit("The xAI account is out of credit: add credit or raise its limit at console.x.ai.")
    if status >= 500 or status in (408, 429):
        return Retry(f"xAI is busy or has trouble (HTTP {status}).", retry_after=_seconds(retry_after))
    if "violates usage guidelines" in said:
        return Rejected("xAI refused the content of this question.", fault="content filter")
    return Misconfigured(_mend(status, said))


def _mend(status: int, said: str) -> str:
    """What the operator has to do. A wrong key comes as 400 or as 401."""
    if status == 401 or "Incorrect API key" in said:
        return "XAI_API_KEY was refused: create a new key at console.x.ai."
    if status == 404:
        return "xAI does not know the model: set grok.model in config.toml to one it offers."
    if 300 <= status < 400:
        return f"XAI_BASE_URL answers with a redirect (HTTP {status}): give the address it leads to."
    return f"xAI refused the request (HTTP {status}): {said[:160]}"


def billed(status: int) -> bool:
    """Whether a call that may be asked again can already have cost something.

    xAI charges no failed attempt (429, 500, 503); behind a gateway's 502 or 504 it may have gone through.
    """
    return status not in (429, 500, 503)


def message(text: str) -> str:
    """The human part of an error body in any of its three shapes, or the body itself."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return text[:500]
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        error = error.get("message", error)
    return str(error)[:500]


def _seconds(retry_after: str | None) -> float | None:
    """Seconds to wait, as the header says; None for a date or anything else."""
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return None
    return None if math.isnan(seconds) else min(_LONGEST_WAIT, max(0.0, seconds))
