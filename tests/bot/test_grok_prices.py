"""The price formula is xAI's own, to the tick."""

import json
from datetime import date

import pytest

from bot.sources.grok import answers, prices
from core.budget import TICKS
from core.models import Usage
from tests.bot.grok_fixtures import CONTRACT, question

WEB_CALL = 50_000_000  # ticks; INTERN makes none, some recordings do
CENT_MILLIONTH = TICKS / 10**6


@pytest.mark.parametrize(
    ("used", "usd"),
    [
        (Usage(input_tokens=1_000_000 // 10), 0.125),
        (Usage(input_tokens=100_000, cached_tokens=100_000), 0.02),
        (Usage(output_tokens=100_000), 0.25),
        (Usage(posts_fetched=10), 0.05),
        (Usage(users_fetched=10), 0.10),
    ],
)
def test_every_part_of_a_bill_has_its_published_price(used, usd):
    assert prices.bill(used, "grok-4.3") == pytest.approx(usd * TICKS)


def test_from_200_000_tokens_of_input_tokens_cost_double_and_posts_do_not():
    below, above = (
        prices.bill(Usage(input_tokens=n, output_tokens=1000, posts_fetched=3), "grok-4.7")
        for n in (199_999, 200_000)
    )
    assert below == 199_999 * 20_000 + 1000 * 60_000 + 150_000_000
    assert above == 2 * (200_000 * 20_000 + 1000 * 60_000) + 150_000_000


def test_more_cached_than_there_was_input_is_not_believed():
    assert prices.bill(Usage(input_tokens=10, cached_tokens=99), "grok-4.3") == 10 * 2_000


def test_an_unknown_model_is_counted_at_the_dearest_price():
    used = Usage(input_tokens=1000, output_tokens=1000, posts_fetched=1)
    assert prices.bill(used, "grok-9") == max(prices.bill(used, model) for model in prices.PRICES)


@pytest.mark.parametrize(("limit", "least", "most"), [(10, 0.10, 0.13), (5, 0.05, 0.08)])
def test_a_reservation_holds_twice_the_posts_and_the_tokens(limit, least, most):
    assert least < prices.reservation(question(limit=limit), "grok-4.3") / TICKS < most


def test_a_reservation_covers_a_call_that_went_as_planned():
    planned = Usage(input_tokens=9_000, output_tokens=2_500, posts_fetched=10)
    for model in prices.PRICES:
        assert prices.reservation(question(), model) >= prices.bill(planned, model)


@pytest.mark.skipif(not CONTRACT.exists(), reason="needs ../shared/contract/grok beside the repository")
def test_recorded_bills_are_reproduced():
    checked = 0
    for name, model, block in recorded():
        web = block.get("server_side_tool_usage_details", {}).get("web_search_calls", 0)
        double = 2 if block.get("_service_tier") == "priority" else 1
        ours = double * prices.bill(answers.usage(block), model) + WEB_CALL * web
        assert abs(ours - block["cost_in_usd_ticks"]) < CENT_MILLIONTH, name
        checked += 1
    assert checked >= 12


def recorded():
    """(file, model, usage) of every billed answer since posts are priced one by one."""
    for path in sorted([*CONTRACT.glob("recorded/*.json"), *CONTRACT.glob("vercel/issue*.json")]):
        yield from billed(path.name, None, json.loads(path.read_text("utf-8")))


def billed(name, model, value):
    if not isinstance(value, dict):
        return
    model = value.get("model", model)
    for key, part in value.items():
        if isinstance(part, dict) and "cost_in_usd_ticks" in part:
            yield (
                name,
                model or next(m for m in prices.PRICES if m.replace("-", "_").replace(".", "_") in key),
                part,
            )
        else:
            yield from billed(name, model, part)


def test_what_a_call_was_seen_to_use_is_priced_like_a_bill():
    used = prices.seen("grok-4.3", searches=2, posts=20)
    assert used == 2 * (5_000 * 12_500 + 1_500 * 25_000) + 20 * prices.POST
    assert prices.seen("grok-4.3", searches=1, posts=10) < prices.reservation(question(), "grok-4.3") < used
    assert 0 < prices.seen("grok-4.7", searches=0, posts=0) < prices.seen("grok-4.7", searches=1, posts=1)


def test_a_repair_is_reserved_by_the_length_of_its_text():
    short, long = (prices.repair("x" * size, "grok-4.3", output_tokens=6_000) for size in (0, 10_000))
    assert short == 3_000 * 12_500 + 6_000 * 25_000 and long == short + 10_000 * 12_500


def test_a_bill_is_priced_by_the_list_of_its_day(monkeypatch):
    cheap, dear = (prices.Price(date(2026, month, 1), *(m * 100,) * 3) for m, month in ((1, 3), (2, 6)))
    monkeypatch.setitem(prices.PRICES, "grok-4.3", (cheap, dear))
    used = Usage(input_tokens=1_000, output_tokens=1_000)
    days = (date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1), date(2027, 1, 1), None)
    bills = [prices.bill(used, "grok-4.3", on=day) for day in days]
    assert bills == [200_000, 200_000, 400_000, 400_000, 400_000]


def test_an_obedient_search_costs_its_reservation_less_the_second_half_of_the_posts():
    for model in prices.PRICES:
        reserved = prices.reservation(question(limit=10), model)
        assert prices.planned(10, model) == reserved - 10 * prices.POST
