"""What a call costs: xAI's token prices of 2026-09-29 and the price per fetched post of 2026-09-21."""

from __future__ import annotations

from typing import NamedTuple

TICKS_PER_USD = 10**10
POST_TICKS = 50_000_000  # $0.005
USER_TICKS = 100_000_000  # $0.01
WEB_CALL_TICKS = 50_000_000  # $0.005
LONG_INPUT = 200_000  # tokens from which on every token of the request costs double


class Rates(NamedTuple):
    """Ticks per token."""

    input: int
    cached: int
    output: int


RATES = {
    "grok-4.3": Rates(12_500, 2_000, 25_000),
    "grok-4.7": Rates(20_000, 5_000, 60_000),
    "grok-4.6": Rates(20_000, 5_000, 60_000),
    "grok-4.5": Rates(20_000, 3_000, 60_000),
}
RETIRED = (  # served by grok-4.3 without a word
    "grok-4-1-fast-reasoning",
    "grok-4-1-fast-non-reasoning",
    "grok-4-fast-reasoning",
    "grok-4-fast-non-reasoning",
    "grok-4-0709",
    "grok-3",
    "grok-code-fast-1",
)


def served(model: str) -> str | None:
    """The model that answers when `model` is asked; None when there is no such model."""
    return model if model in RATES else "grok-4.3" if model in RETIRED else None


def ticks(
    model: str,
    *,
    input_tokens: int,
    cached_tokens: int,
    output_tokens: int,
    posts: int = 0,
    users: int = 0,
    web_calls: int = 0,
    tier: str = "default",
) -> int:
    """`cost_in_usd_ticks` of one response; cached tokens are part of the input, reasoning of the output."""
    rates = RATES[model]
    fresh = input_tokens - cached_tokens
    tokens = fresh * rates.input + cached_tokens * rates.cached + output_tokens * rates.output
    doubled = (2 if input_tokens >= LONG_INPUT else 1) * (2 if tier == "priority" else 1)
    return doubled * tokens + posts * POST_TICKS + users * USER_TICKS + web_calls * WEB_CALL_TICKS
