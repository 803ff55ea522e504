"""What X answers instead of counts, named for what to do: ask again, wait for money, mend, or drop it.

Retry
└── Cut           the request may have been served and billed, its answer was lost
OutOfCredit       no credits, or the monthly cap of the account is used up
Misconfigured     X_BEARER_TOKEN or X_BASE_URL is wrong
Rejected          X will not count this query
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.errors import Misconfigured, OutOfCredit, Rejected, Retry, SourceError

_NO_CREDIT = ("creditsdepleted", "any credits", "problems/credits", "usagecap", "usage cap", "usage-capped")
_CREDIT = "The X API account is out of credit: add credit or raise its cap at console.x.com."
_LONGEST_WAIT = 900.0  # seconds: X counts requests in windows of 15 minutes
_WHY = 160  # characters of X's own reason


class Cut(Retry):
    """The request may have been served and its answer was lost."""


def classify(status: int, text: str, headers: Mapping[str, str], now: datetime) -> SourceError:
    """The error for an answer that is not 200."""
    said = reason(text)
    if status == 402 or (status in (403, 429) and _no_credit(text)):
        return OutOfCredit(_CREDIT)
    if status in (401, 403):
        return Misconfigured(
            f"X refuses X_BEARER_TOKEN (HTTP {status}): put the app's bearer token from console.x.com there."
        )
    if status in (408, 429) or status >= 500:
        return Retry(f"X is busy or has trouble (HTTP {status}).", retry_after=_wait(headers, now))
    if status in (400, 413, 414, 422):
        return Rejected(f"X will not count this query (HTTP {status}): {said}", fault="query refused")
    return Misconfigured(f"X_BASE_URL does not lead to X's counts (HTTP {status}): mend it or leave it out.")


def reason(text: str) -> str:
    """X's own words about what is wrong, bounded; the body itself where it has none."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    found = list(_sentences(body)) if isinstance(body, dict) else []
    return " ".join((found or [text])[0].split())[:_WHY]


def _sentences(body: dict[str, Any]) -> list[str]:
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    said = (first.get("message"), body.get("detail"), body.get("title"))
    return [sentence for sentence in said if isinstance(sentence, str) and sentence]


def _no_credit(text: str) -> bool:
    folded = text[:4096].casefold()
    return any(phrase in folded for phrase in _NO_CREDIT)


def _wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until X serves again: Retry-After, else the moment its window of requests begins anew."""
    seconds = _number(headers.get("Retry-After"))
    if seconds is None and (reset := _number(headers.get("x-rate-limit-reset"))) is not None:
        seconds = reset - now.timestamp()
    return None if seconds is None else min(_LONGEST_WAIT, max(0.0, seconds))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
