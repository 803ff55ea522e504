"""The price formula reproduces what xAI really billed in September and October 2026."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.sandbox.xai.price import TICKS_PER_USD, served, ticks

CONTRACT = Path(__file__).parents[2] / "../shared/contract/grok"


@pytest.mark.parametrize(
    ("model", "tokens", "extra", "billed"),
    [
        ("grok-4.5", (6323, 2944, 280), {"posts": 1}, 143_212_000),
        ("grok-4.7", (27315, 9344, 2213), {"posts": 10}, 1_038_920_000),
        ("grok-4.7", (59844, 23168, 727), {"web_calls": 5}, 1_142_980_000),
        ("grok-4.5", (1539, 0, 51), {}, 33_840_000),
        ("grok-4.5", (1532, 0, 14), {"tier": "priority"}, 62_960_000),
        ("grok-4.5", (189085, 123648, 2765), {"web_calls": 11}, 2_395_584_000),
    ],
)
def test_the_formula_gives_the_billed_ticks(model, tokens, extra, billed):
    fresh, cached, out = tokens
    assert ticks(model, input_tokens=fresh, cached_tokens=cached, output_tokens=out, **extra) == billed


@pytest.mark.parametrize(
    ("tokens", "posts", "usd"),
    [((15_000, 0, 3_000), 30, 0.17625), ((6_000, 0, 900), 0, 0.00975), ((0, 0, 0), 1, 0.005)],
)
def test_grok_4_3_costs_what_the_price_page_says(tokens, posts, usd):
    fresh, cached, out = tokens
    cost = ticks("grok-4.3", input_tokens=fresh, cached_tokens=cached, output_tokens=out, posts=posts)
    assert cost / TICKS_PER_USD == pytest.approx(usd)


def test_from_200k_tokens_on_every_token_costs_double():
    below, above = (
        ticks("grok-4.3", input_tokens=n, cached_tokens=0, output_tokens=0, posts=2)
        for n in (199_999, 200_000)
    )
    assert above == 200_000 * 25_000 + 100_000_000
    assert below == 199_999 * 12_500 + 100_000_000


def test_retired_names_are_served_by_grok_4_3_and_unknown_ones_by_nobody():
    assert served("grok-4-fast-non-reasoning") == "grok-4.3"
    assert served("grok-4.7") == "grok-4.7"
    assert served("gpt-9") is None


@pytest.mark.skipif(not CONTRACT.exists(), reason="needs ../shared/contract/grok beside the repository")
def test_the_formula_agrees_with_every_recorded_usage_block():
    checked = 0
    for path in sorted((CONTRACT / "recorded").glob("*.json")):
        for block in _answers(json.loads(path.read_text("utf-8"))):
            usage, tools = block["usage"], block["usage"].get("server_side_tool_usage_details", {})
            cost = ticks(
                block["model"],
                input_tokens=usage["input_tokens"],
                cached_tokens=usage["input_tokens_details"]["cached_tokens"],
                output_tokens=usage["output_tokens"],
                posts=tools.get("x_posts_fetched", 0),
                users=tools.get("x_users_fetched", 0),
                web_calls=tools.get("web_search_calls", 0),
                tier=block.get("service_tier", "default"),
            )
            assert cost == usage["cost_in_usd_ticks"], path.name
            checked += 1
    assert checked >= 8


def _answers(value):
    """Every object in it that has both a model we sell and a billed usage block."""
    if isinstance(value, dict):
        usage = value.get("usage")
        if isinstance(usage, dict) and "cost_in_usd_ticks" in usage and served(value.get("model")):
            yield value
        for part in value.values():
            yield from _answers(part)
    elif isinstance(value, list):
        for part in value:
            yield from _answers(part)
