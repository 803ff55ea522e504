"""Money is set aside before every attempt, booked by the bill, and given back only when nothing was spent."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
import stamina
import structlog
from aiohttp import web
from pydantic import SecretStr

from bot.clock import AppClock
from bot.ledger import Ledger
from bot.sandbox.world import simulated_world
from bot.sandbox.xai import XaiServer
from bot.sources.grok import GrokSource, calls, prices
from bot.sources.grok.client import GrokClient
from bot.sources.grok.refusals import Broken, Busy, Cut
from core.budget import TICKS
from core.errors import CapReached, Misconfigured, OutOfCredit, Rejected, Retry
from core.evidence import examine
from core.models import QuestionKind
from storage import spend
from tests.bot.grok_fixtures import NOW, ago, claim, question, response, usage
from tests.bot.grok_opened import a_day
from tests.bot.grok_server import KEY, serving

RESERVED = prices.reservation(question(), "grok-4.3")
BUSY = web.json_response({"code": "resource-exhausted", "error": "Too many requests"}, status=429)
DOWN = web.json_response({"error": "internal"}, status=500)
LOST = web.Response(text="<html>Bad Gateway</html>", status=502, content_type="text/html")
GOOD = web.json_response(response({"posts": [claim(ago(5))]}, [ago(5)]))
BILL = 219_500_000
EARLY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_waiting():
    with stamina.set_testing(True, attempts=calls.ATTEMPTS, cap=True):
        yield


@pytest_asyncio.fixture
async def asking(database):
    """Asks one server's scripted source: `await asking(server)`."""
    opened = []

    def source(server, *, daily_usd=10.0, clock=None, timeout_s=5.0):
        client = GrokClient(base_url=server.base, api_key=SecretStr(KEY), timeout_s=timeout_s)
        ledger = Ledger(database, clock or AppClock(NOW, speed=0), a_day(daily_usd))
        opened.append(GrokSource(client, ledger, model="grok-4.3"))
        return opened[-1]

    yield source
    for each in opened:
        await each.close()


async def booked(database):
    async with database.reading() as c:
        return await spend.spent(c, since=EARLY), len(await spend.open_reservations(c))


async def test_an_answer_is_settled_by_its_bill(asking, database):
    async with serving(GOOD) as server:
        answer = await asking(server).ask(question())
    assert answer.usage.cost_ticks == BILL and await booked(database) == (BILL, 0)
    assert examine(question(), answer, now=NOW).returned == 1


async def test_without_a_bill_the_price_of_the_usage_is_booked(asking, database):
    block = usage()
    del block["cost_in_usd_ticks"]
    async with serving(web.json_response(response(usage=block))) as server:
        answer = await asking(server).ask(question())
    ticks = 8000 * 12_500 + 1000 * 2_000 + 700 * 25_000 + 2 * prices.POST
    assert answer.usage.cost_ticks == ticks and await booked(database) == (ticks, 0)


@pytest.mark.parametrize("block", [None, {}, "odd", {"input_tokens": "many"}])
async def test_without_a_usage_the_reservation_stands(asking, database, block):
    async with serving(web.json_response(response(usage=block))) as server:
        answer = await asking(server).ask(question())
    assert answer.usage.cost_ticks == RESERVED and await booked(database) == (RESERVED, 1)


async def test_a_paid_answer_that_nobody_can_use_is_paid(asking, database):
    async with serving(web.json_response(response(output=None))) as server:
        with pytest.raises(Rejected):
            await asking(server).ask(question())
    assert len(server.requests) == 1 and await booked(database) == (BILL, 0)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (web.json_response({"error": "Incorrect API key provided"}, status=400), Misconfigured),
        (web.Response(status=401), Misconfigured),
        (web.json_response({"error": "no such model"}, status=404), Misconfigured),
        (web.json_response({"error": "Live search is deprecated"}, status=410), Misconfigured),
        (web.json_response({"error": "used all available credits"}, status=429), OutOfCredit),
        (web.json_response({"error": "used all available credits"}, status=403), OutOfCredit),
    ],
)
async def test_a_refused_call_costs_nothing_and_is_not_repeated(asking, database, reply, error):
    async with serving(reply) as server:
        with pytest.raises(error):
            await asking(server).ask(question())
    assert len(server.requests) == 1 and await booked(database) == (0, 0)


async def test_a_refused_content_may_carry_a_fee(asking, database):
    reply = web.json_response({"error": "Content violates usage guidelines"}, status=403)
    async with serving(reply) as server:
        with pytest.raises(Rejected):
            await asking(server).ask(question())
    assert len(server.requests) == 1 and await booked(database) == (RESERVED, 1)


async def test_a_busy_xai_is_asked_again_and_paid_once(asking, database):
    async with serving(BUSY, BUSY, GOOD) as server:
        await asking(server).ask(question())
    assert len(server.requests) == 3 and await booked(database) == (BILL, 0)


async def test_after_three_attempts_it_gives_up(asking, database):
    async with serving(BUSY) as server:
        with pytest.raises(Retry):
            await asking(server).ask(question())
    assert len(server.requests) == 3 and await booked(database) == (0, 0)


async def test_every_attempt_that_may_have_been_billed_keeps_its_own_reservation(asking, database):
    async with serving(LOST, GOOD) as server:
        await asking(server).ask(question())
    assert await booked(database) == (RESERVED + BILL, 1)


async def test_an_attempt_that_xai_itself_failed_costs_nothing(asking, database):
    async with serving(DOWN, GOOD) as server:
        await asking(server).ask(question())
    assert await booked(database) == (BILL, 0)


async def test_a_call_that_times_out_stays_booked(asking, database):
    async def waits(_request):
        await asyncio.Event().wait()

    async with serving(waits) as server:
        with pytest.raises(Retry):
            await asking(server, timeout_s=0.1).ask(question())
    assert await booked(database) == (2 * RESERVED, 2)


async def test_a_cancelled_call_stays_booked(asking, database):
    arrived = asyncio.Event()

    async def waits(_request):
        arrived.set()
        await asyncio.Event().wait()

    async with serving(waits) as server:
        call = asyncio.create_task(asking(server).ask(question()))
        await asyncio.wait_for(arrived.wait(), 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert await booked(database) == (RESERVED, 1)


async def test_over_the_cap_no_call_is_made_until_midnight(asking, database):
    async with serving(GOOD) as server:
        with pytest.raises(CapReached, match=r"\$0\.05") as caught:
            await asking(server, daily_usd=0.05).ask(question())
    assert caught.value.until == datetime(2026, 11, 21, tzinfo=UTC)
    assert server.requests == [] and await booked(database) == (0, 0)


async def test_the_cap_counts_what_was_spent_today_only(asking, database):
    cap = 1.5 * RESERVED / TICKS
    late = AppClock(NOW + timedelta(hours=11, minutes=59), speed=0)
    async with serving(web.json_response(response(usage=None))) as server:
        await asking(server, daily_usd=cap, clock=late).ask(question())
        with pytest.raises(CapReached):
            await asking(server, daily_usd=cap, clock=late).ask(question())
        after = AppClock(NOW + timedelta(hours=12, minutes=1), speed=0)
        await asking(server, daily_usd=cap, clock=after).ask(question())
    assert len(server.requests) == 2 and await booked(database) == (2 * RESERVED, 2)


async def test_questions_asked_at_once_stay_within_the_cap_together(asking, database):
    cap = 3.5 * RESERVED / TICKS
    async with serving(web.json_response(response(usage=None))) as server:
        source = asking(server, daily_usd=cap)
        ends = await asyncio.gather(*(source.ask(question()) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(end, CapReached) for end in ends) == 5
    assert len(server.requests) == 3 and await booked(database) == (3 * RESERVED, 3)


async def test_the_log_says_what_was_done_and_paid_but_not_what_was_written(asking):
    async with serving(GOOD) as server:
        with structlog.testing.capture_logs() as logs:
            await asking(server).ask(question())
    (line,) = [entry for entry in logs if entry["event"] == "grok"]
    assert line["response"] == "resp-1" and line["served"] == "grok-4.3" and line["ticks"] == BILL
    assert line["searches"][0][0] == "x_keyword_search" and line["cited"] == 1
    assert "bridge is open" not in str(logs) and KEY not in str(logs)


def test_retry_after_is_a_lower_bound_and_only_a_busy_xai_is_asked_again():
    assert 7.0 <= calls.Patience()(Retry("busy", retry_after=7.0)) <= 7.0 + calls.WAIT_S
    assert calls.Patience()(Retry("busy")) is True
    assert calls.Patience()(Rejected("no", fault="unreadable")) is False
    assert calls.Patience()(CapReached("cap", until=NOW)) is False


def test_trouble_is_asked_again_once_and_a_busy_xai_twice():
    patience = calls.Patience()
    assert [patience(error("no")) for error in (Busy, Broken, Busy, Cut)] == [True, True, True, False]
    patience = calls.Patience()
    assert [patience(error("no")) for error in (Retry, Retry)] == [True, False]


# --- against the simulated xAI

WORLD = simulated_world(seed=3, start=NOW - timedelta(days=1), days=1.5)


@pytest_asyncio.fixture
async def xai():
    server = await XaiServer.start(world=WORLD, now=lambda: NOW, api_key=KEY)
    yield server
    await server.stop()


@pytest.mark.parametrize("kind", list(QuestionKind))
async def test_a_simulated_xai_answers_our_questions_with_evidence(asking, database, xai, kind):
    asked = question(kind, query="(crypto OR $BTC OR $ETH) lang:en")
    answer = await asking(xai).ask(asked, known=[("some-story", "Some story")])
    verdict = examine(asked, answer, now=NOW)
    (call,) = xai.calls
    assert verdict.ok and verdict.returned > 3 and verdict.dropped == {}
    assert {post.id for post in verdict.posts} <= set(call.returned_ids)
    assert verdict.covered_from is not None and bool(verdict.groups) is (kind is QuestionKind.DISCOVER)
    assert await booked(database) == (xai.billed_ticks, 0)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("ungrounded", "ungrounded"),
        ("incomplete", "incomplete"),
        ("failed", "incomplete"),
        ("broken_text", "unreadable"),
    ],
)
async def test_useless_answers_are_paid_and_not_believed(asking, database, xai, fault, expected):
    xai.faults.add(fault)
    verdict = examine(question(), await asking(xai).ask(question()), now=NOW)
    assert (verdict.ok, verdict.fault, verdict.posts) == (False, expected, ())
    assert await booked(database) == (xai.billed_ticks, 0)


@pytest.mark.parametrize("fault", ["invented_ids", "wrong_times", "future_posts", "hostile_text"])
async def test_lies_are_dropped_and_the_rest_is_kept(asking, xai, fault):
    xai.faults.add(fault)
    asked = question(query="(crypto OR $BTC OR $ETH) lang:en")
    verdict = examine(asked, await asking(xai).ask(asked), now=NOW)
    (call,) = xai.calls
    lies = {*call.invented_ids, *call.stray_ids}
    ids = {post.id for post in verdict.posts}
    assert verdict.ok and ids and ids <= set(call.returned_ids) and not ids & lies
    assert sum(verdict.dropped.values()) == len(lies)


@pytest.mark.parametrize("fault", ["broken_body", "overlong"])
async def test_an_unreadable_body_stays_booked_at_its_reservation(asking, database, xai, fault):
    xai.faults.add(fault)
    with pytest.raises(Rejected) as caught:
        await asking(xai, timeout_s=60.0).ask(question())
    assert caught.value.fault == "unreadable" and await booked(database) == (RESERVED, 1)
    assert len(xai.calls) == 1


async def test_a_cut_connection_is_asked_again_and_both_calls_are_booked(asking, database, xai):
    xai.faults.add("reset")
    await asking(xai).ask(question())
    assert len(xai.calls) == 2
    assert await booked(database) == (RESERVED + xai.calls[1].billed_ticks, 1)
