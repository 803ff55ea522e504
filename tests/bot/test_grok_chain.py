"""One question, several models: who is asked, how often, and what is booked."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp import web
from structlog.testing import capture_logs

from bot.clock import AppClock
from bot.ledger import Ledger, caps
from bot.sandbox.world import simulated_world
from bot.sandbox.xai import XaiServer
from bot.settings import load
from bot.sources.grok import open_source, prices
from bot.sources.grok.breaker import FIRST_PAUSE_S
from bot.sources.grok.watch import Overrun
from core.errors import Misconfigured, OutOfCredit, Rejected, Retry
from tests.bot.grok_fixtures import NOW, ago, begins, claim, question, response, sse, told, tool_call, usage
from tests.bot.grok_opened import CHAIN, Seconds, booked, opened
from tests.bot.grok_server import KEY, serving

WORLD = simulated_world(seed=3, start=NOW - timedelta(days=1), days=1.5)
ASKED = question(query="(crypto OR $BTC OR $ETH) lang:en")
BILL = 219_500_000


def reserved(model="grok-4.3", limit=10):
    return prices.reservation(question(limit=limit), model)


@pytest_asyncio.fixture
async def xai():
    server = await XaiServer.start(world=WORLD, now=lambda: NOW, api_key=KEY)
    yield server
    await server.stop()


class Models:
    """Answers by model; a model that is not among them answers well."""

    def __init__(self, **failing):
        self.failing = failing
        self.asked = []

    async def __call__(self, request):
        model = (await request.json())["model"]
        self.asked.append(model)
        status = self.failing.get(model.replace("grok-4.", "m"), 200)
        if status == "silent":
            request.transport.abort()
            return web.Response()
        if status != 200:
            said = "used all available credits" if status == 402 else "no"
            return web.json_response({"error": said}, status=429 if status == 402 else status)
        return web.json_response(response({"posts": [claim(ago(5))]}, [ago(5)], model=model))


async def asked(database, models, *, times=1, fallbacks=CHAIN, seconds=None, **given):
    """How each of the questions ended."""
    async with (
        serving(models) as server,
        opened(database, server, fallbacks=fallbacks, seconds=seconds, **given) as source,
    ):
        ends = []
        for _ in range(times):
            ends += await asyncio.gather(source.ask(question()), return_exceptions=True)
        return ends


# --- the chain


async def test_the_first_model_answers_and_no_other_is_asked(database):
    models = Models()
    (answer,) = await asked(database, models)
    assert models.asked == [answer.served_model] == ["grok-4.3"]


@pytest.mark.parametrize(("status", "calls"), [(404, 1), (500, 2), (503, 2)])
async def test_an_unknown_or_broken_model_is_followed_by_the_next(database, status, calls):
    models = Models(m3=status)
    (answer,) = await asked(database, models)
    assert models.asked == ["grok-4.3"] * calls + ["grok-4.7"] and answer.served_model == "grok-4.7"
    assert await booked(database) == (BILL, 0)


async def test_a_gateways_error_may_have_been_billed_at_the_price_of_the_model_asked(database):
    models = Models(m3=502, m7=504)
    (answer,) = await asked(database, models)
    assert models.asked == ["grok-4.3"] * 2 + ["grok-4.7"] * 2 + ["grok-4.6"]
    assert answer.served_model == "grok-4.6"
    assert await booked(database) == (2 * reserved() + 2 * reserved("grok-4.7") + BILL, 4)


@pytest.mark.parametrize(
    ("status", "calls"), [(429, 3), ("silent", 2), (401, 1), (400, 1), (402, 1), (403, 1)]
)
async def test_any_other_trouble_is_not_carried_to_the_next_model(database, status, calls):
    models = Models(m3=status)
    (end,) = await asked(database, models)
    assert isinstance(end, Retry | Misconfigured | OutOfCredit) and models.asked == ["grok-4.3"] * calls


async def test_where_no_model_answers_the_first_ones_trouble_is_told(database):
    models = Models(m3=500, m7=404, m6=404)
    (end,) = await asked(database, models)
    assert isinstance(end, Retry) and "500" in str(end) and await booked(database) == (0, 0)
    assert models.asked == ["grok-4.3", "grok-4.3", "grok-4.7", "grok-4.6"]


async def test_the_same_model_twice_in_the_chain_is_asked_once(database):
    models = Models(m3=404)
    (end,) = await asked(database, models, fallbacks=("grok-4.3",))
    assert isinstance(end, Misconfigured) and models.asked == ["grok-4.3"]


@pytest.mark.parametrize("stream", [True, False])
async def test_the_settings_name_the_chain_and_whether_answers_are_streamed(database, xai, stream):
    knobs = {"model": "grok-none", "fallbacks": ("grok-4.7",), "stream": stream}
    settings = load(bot_token="42:sandbox-token", xai_api_key=KEY, xai_base_url=xai.base, grok=knobs)
    source = open_source(settings, Ledger(database, AppClock(NOW, speed=0), caps(settings)))
    try:
        answer = await source.ask(ASKED)
    finally:
        await source.close()
    assert [call.status for call in xai.calls] == [404, 200] and answer.served_model == "grok-4.7"
    assert xai.calls[-1].streamed is stream


# --- the breaker


async def test_after_three_failures_in_a_row_questions_cost_no_call_and_no_reservation(database):
    models = Models(m3="silent")
    ends = await asked(database, models, times=6)
    assert [type(end).fault for end in ends] == ["unreachable"] * 6 and len(models.asked) == 3 * 2
    assert "Not asked again for" in str(ends[-1]) and await booked(database) == (6 * reserved(), 6)


async def test_a_broken_model_is_passed_over_while_its_breaker_is_open(database):
    models = Models(m3=500)
    ends = await asked(database, models, times=5)
    assert [end.served_model for end in ends] == ["grok-4.7"] * 5
    assert models.asked == ["grok-4.3", "grok-4.3", "grok-4.7"] * 3 + ["grok-4.7"] * 2


@pytest.mark.parametrize(("status", "error"), [(402, OutOfCredit), (401, Misconfigured)])
async def test_without_money_or_key_the_next_questions_say_so_at_once(database, status, error):
    models = Models(m3=status)
    first, *rest = await asked(database, models, times=4)
    assert all(type(end) is type(first) and str(end) == str(first) for end in rest)
    assert isinstance(first, error) and len(models.asked) == 1 and await booked(database) == (0, 0)


async def test_after_the_pause_one_question_tries_and_an_answer_opens_the_way(database):
    models, seconds = Models(m3=402), Seconds()
    async with serving(models) as server, opened(database, server, seconds=seconds) as source:
        for pause in (0, FIRST_PAUSE_S, FIRST_PAUSE_S, FIRST_PAUSE_S):
            seconds.now += pause
            with pytest.raises(OutOfCredit):
                await source.ask(question())
        assert len(models.asked) == 3  # at once, after one minute, after two more
        models.failing.clear()
        seconds.now += 4 * FIRST_PAUSE_S
        with capture_logs() as logs:
            await source.ask(question())
        await source.ask(question())
    assert len(models.asked) == 5
    assert [entry["open"] for entry in logs if entry["event"] == "breaker"] == [False]


async def asked_together(database, models, times):
    """How five questions end that are asked together once the pause is over."""
    seconds = Seconds()
    async with serving(models) as server, opened(database, server, seconds=seconds) as source:
        with pytest.raises(Misconfigured):
            await source.ask(question())
        if times == "well again":
            models.failing.clear()
        seconds.now += FIRST_PAUSE_S
        return await asyncio.gather(*(source.ask(question()) for _ in range(5)), return_exceptions=True)


async def test_of_questions_asked_together_one_tries_and_the_others_wait_for_it(database):
    models = Models(m3=401)
    ends = await asked_together(database, models, "well again")
    assert not any(isinstance(end, Exception) for end in ends) and len(models.asked) == 6


async def test_of_questions_asked_together_one_alone_tries_while_it_still_fails(database):
    models = Models(m3=401)
    ends = await asked_together(database, models, "still broken")
    assert all(isinstance(end, Misconfigured) for end in ends) and len(models.asked) == 2


async def test_useless_answers_do_not_open_it(database, xai):
    xai.faults.add("broken_body", count=6)
    async with opened(database, xai) as source:
        for _ in range(6):
            with pytest.raises(Rejected):
                await source.ask(ASKED)
        assert (await source.ask(ASKED)).searches


# --- searching too much


async def test_a_call_that_searches_too_much_is_cut_off_and_stays_booked(database, xai):
    xai.faults.add("excess_searches")
    async with opened(database, xai, fallbacks=CHAIN) as source:
        with pytest.raises(Overrun) as caught:
            await source.ask(ASKED)
    used = prices.seen("grok-4.3", searches=2, posts=20)
    assert caught.value.fault == "searched too much" and len(xai.calls) == 1 and used > reserved()
    spent, open_ones = await booked(database)
    assert spent == used and open_ones  # no bill has come: listed apart


async def test_a_cut_off_call_that_used_less_than_was_reserved_stays_at_its_reservation(database):
    item = tool_call(limit="1")
    events = [begins(item), told(item), begins(tool_call("x_thread_fetch"), 1)]
    reply = web.Response(body=sse(*events), headers={"Content-Type": "text/event-stream"})
    async with serving(reply) as server, opened(database, server) as source:
        with pytest.raises(Overrun):
            await source.ask(question())
    assert await booked(database) == (reserved(), 1)


async def test_overruns_in_a_row_halve_what_is_asked_for_until_calls_keep_to_their_plan(database, xai):
    xai.faults.add("excess_searches", count=3)
    async with opened(database, xai) as source:
        with capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(Overrun):
                    await source.ask(ASKED)
            for _ in range(11):
                await source.ask(ASKED)
    limits = [call.searches[0]["arguments"]["limit"] for call in xai.calls]
    assert limits == ["10"] * 3 + ["5"] * 10 + ["10"]
    told_ = [(entry["event"], entry["log_level"]) for entry in logs if "limits" in entry["event"]]
    assert told_ == [
        ("grok fetches more than asked: limits are halved", "warning"),
        ("grok keeps to its plan again: limits are doubled", "warning"),
    ]


async def test_a_bill_that_shows_too_many_posts_counts_as_well(database):
    details = {"x_search_calls": 1, "x_posts_fetched": 21, "x_users_fetched": 0}
    reply = web.json_response(response(usage=usage(server_side_tool_usage_details=details)))
    async with serving(reply) as server, opened(database, server) as source:
        for _ in range(4):
            await source.ask(question())
        assert ['"limit": 10' in body["input"][1]["content"] for body in server.bodies] == [True] * 3 + [
            False
        ]
