"""What Grok costs: published prices, the reservation before a call, its bill when the answer carries none.

Amounts are ticks, 10^10 to the dollar, as xAI bills. The formula reproduces every billed answer it was
checked against; `cost_in_usd_ticks` wins wherever it is present.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from core.budget import TICKS  # noqa: F401 — the unit of everything here
from core.models import Question, Usage

POST = 50_000_000  # $5 per 1,000 posts fetched, since 2026-09-21
USER = 100_000_000  # $10 per 1,000 profiles fetched
COUNTS = 50_000_000  # $0.005 a request of X's own counts
LONG_INPUT = 200_000  # tokens of input from which on all tokens of a request cost double


class Price(NamedTuple):
    """Ticks per token, from `valid_from` on."""

    valid_from: date
    fresh: int
    cached: int
    output: int


_SINCE = date(2026, 9, 29)
PRICES = {  # per model the prices it has had, oldest first
    "grok-4.3": (Price(_SINCE, 12_500, 2_000, 25_000),),
    "grok-4.20-0309-reasoning": (Price(_SINCE, 12_500, 2_000, 25_000),),
    "grok-4.20-0309-non-reasoning": (Price(_SINCE, 12_500, 2_000, 25_000),),
    "grok-4.5": (Price(_SINCE, 20_000, 3_000, 60_000),),
    "grok-4.6": (Price(_SINCE, 20_000, 5_000, 60_000),),
    "grok-4.7": (Price(_SINCE, 20_000, 5_000, 60_000),),
}
_DEAREST = "grok-4.7"  # for a model without a known price: rather too much than too little
_PLANNED_INPUT, _PLANNED_OUTPUT = 5_000, 1_500  # tokens of a one-search call
_REPAIR_INPUT = 3_000  # tokens of a call without tools, beside the text it is about


def price(model: str, on: date | None = None) -> Price:
    """What a model's tokens cost on that day (None: by the newest list); before its first list, by that."""
    known = PRICES.get(model, PRICES[_DEAREST])
    return next((row for row in reversed(known) if on is None or row.valid_from <= on), known[0])


def bill(usage: Usage, model: str, on: date | None = None) -> int:
    """Ticks a call cost: k·(fresh, cached and output tokens) + posts + profiles; k = 2 for a long input."""
    tariff = price(model, on)
    cached = min(usage.cached_tokens, usage.input_tokens)
    fresh = usage.input_tokens - cached
    tokens = fresh * tariff.fresh + cached * tariff.cached + usage.output_tokens * tariff.output
    double = 2 if usage.input_tokens >= LONG_INPUT else 1
    return double * tokens + usage.posts_fetched * POST + usage.users_fetched * USER


def planned(limit: int, model: str) -> int:
    """Ticks of a search that fetches the posts it was asked for and no more."""
    return bill(Usage(input_tokens=_PLANNED_INPUT, output_tokens=_PLANNED_OUTPUT, posts_fetched=limit), model)


def at_most(limit: int, model: str) -> int:
    """Ticks to set aside for a search of so many posts: its tokens and twice the posts."""
    return planned(2 * limit, model)


def reservation(question: Question, model: str) -> int:
    """Ticks to set aside before a question is asked."""
    return at_most(question.limit, model)


def seen(model: str, *, searches: int, posts: int) -> int:
    """Ticks a call has cost as far as it was seen before it was cut off."""
    turns = max(1, searches)
    used = Usage(
        input_tokens=turns * _PLANNED_INPUT, output_tokens=turns * _PLANNED_OUTPUT, posts_fetched=posts
    )
    return bill(used, model)


def repair(text: str, model: str, *, output_tokens: int) -> int:
    """Ticks to set aside for a call without tools about a text; no character is more than a token."""
    return bill(Usage(input_tokens=_REPAIR_INPUT + len(text), output_tokens=output_tokens), model)
