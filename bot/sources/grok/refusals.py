"""xAI's error bodies, named for what to do: ask again, wait for money, mend the configuration, drop it.

Retry
├── Busy              too many requests: waiting helps
├── Broken            xAI's own trouble (5xx): another model may answer
└── Cut               the call may have been billed and no bill arrived
    └── Lost          and Broken too: a gateway's 5xx, behind which the call may have gone through
OutOfCredit
└── Drained           the money ended while the model worked: what it used may be billed
Misconfigured
├── KeyRefused        no call will pass until the key is mended
├── UnknownModel      another model may answer
└── SchemaRefused     the same question without a schema may pass
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from core.errors import Misconfigured, OutOfCredit, Rejected, Retry, SourceError

_NO_CREDIT = ("used all available credits", "monthly spending limit")
_CREDIT = "The xAI account is out of credit: add credit or raise its limit at console.x.ai."
_CONTENT = "violates usage guidelines"
_SCHEMA = re.compile(r"schema|structured.?output|response.?format|text\.format", re.IGNORECASE)
_LONGEST_WAIT = 300.0  # seconds


class Busy(Retry):
    """Too many requests at a time."""


class Broken(Retry):
    """xAI has trouble of its own."""


class Cut(Retry):
    """The call may have been billed and no bill arrived."""


class Lost(Cut, Broken):
    """A gateway gave up; the call behind it may have gone through."""


class Drained(OutOfCredit):
    """The credit ended in the middle of an answer."""


class KeyRefused(Misconfigured):
    """The API key does not open this door."""


class UnknownModel(Misconfigured):
    """There is no such model, or not for this team."""


class SchemaRefused(Misconfigured):
    """The model will not bind its answer to our schema."""


MAYBE_BILLED = (Cut, Drained, Rejected)  # whatever of these ends a call, its reservation stands as spent


def elsewhere(error: SourceError) -> bool:
    """Whether another model may answer what this one did not."""
    return isinstance(error, UnknownModel | Broken)


def classify(status: int, text: str, retry_after: str | None = None) -> SourceError:
    """The error for a response that is not 200. The sentence decides where the status misleads."""
    said = message(text)
    if _no_credit(said):
        return OutOfCredit(_CREDIT)
    if status >= 500 or status in (408, 429):
        return _busy(status)(
            f"xAI is busy or has trouble (HTTP {status}).", retry_after=_seconds(retry_after)
        )
    if _CONTENT in said:
        return Rejected("xAI refused the content of this question.", fault="content filter")
    return _mend(status, said)


def broken_off(event: dict[str, Any]) -> SourceError:
    """The error for an `error` event in a stream: the model may have worked, so nothing is given back."""
    said = message(json.dumps(event.get("error") or event))
    if _no_credit(said):
        return Drained(_CREDIT)
    if _CONTENT in said:
        return Rejected("xAI refused the content of this answer.", fault="content filter")
    return Cut("xAI broke off its answer.")


def _busy(status: int) -> type[Retry]:
    """xAI charges no failed attempt (429, 500, 503); behind a gateway's 502 or 504 it may have been made."""
    if status == 429:
        return Busy
    if status in (500, 503):
        return Broken
    return Lost if status >= 500 else Cut


def _mend(status: int, said: str) -> Misconfigured:
    """What the operator has to do. A wrong key comes as 400 or as 401."""
    if status == 401 or "Incorrect API key" in said:
        return KeyRefused("XAI_API_KEY was refused: create a new key at console.x.ai.")
    if status == 404:
        return UnknownModel("xAI does not know the model: set grok.model in config.toml to one it offers.")
    if 300 <= status < 400:
        return Misconfigured(
            f"XAI_BASE_URL answers with a redirect (HTTP {status}): give the address it leads to."
        )
    kind = KeyRefused if status == 403 else Misconfigured
    if status in (400, 422) and _SCHEMA.search(said):
        kind = SchemaRefused
    return kind(f"xAI refused the request (HTTP {status}): {said[:160]}")


def _no_credit(said: str) -> bool:
    return any(phrase in said for phrase in _NO_CREDIT)


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
