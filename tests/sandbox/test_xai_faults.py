"""Every fault on demand: what the client sees, what is billed, what the log says."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from bot.sandbox.world import created_at
from bot.sandbox.xai import KINDS, Fault, Faults
from tests.sandbox.xai_client import (
    KEY,
    NOW,
    SINCE,
    ask,
    body,
    cited,
    claimed,
    document,
    good,
    message,
    prompt,
    serving,
)
from tests.sandbox.xai_client import REFRESH as FLAT


@pytest.fixture
async def server():
    async with serving() as running:
        yield running


@pytest.fixture(params=["discover", "refresh"])
def request_body(request):
    if request.param == "discover":
        return body()
    return body(prompt("$QRLN", task="refresh"), schema=FLAT)


@pytest.mark.parametrize(
    ("fault", "options", "status", "text"),
    [
        ("rate_limited", {}, 429, "Too many requests"),
        ("server_error", {}, 500, "temporarily"),
        ("unavailable", {}, 503, "<html>"),
        ("out_of_credit", {}, 429, "used all available credits or reached its monthly spending limit"),
        (
            "out_of_credit",
            {"status": 403},
            403,
            "used all available credits or reached its monthly spending limit",
        ),
    ],
)
async def test_a_refused_call_costs_nothing_and_the_next_one_works(server, fault, options, status, text):
    server.faults.add(fault, **options)
    got, _, answer = await ask(server)
    assert got == status
    assert text in (answer if isinstance(answer, str) else answer["error"])
    assert server.calls[0].faults == [fault]
    assert server.billed_ticks == 0
    await good(server)


@pytest.mark.parametrize(("wait", "header"), [(None, None), (7, "7"), (1.5, "1.5")])
async def test_retry_after_is_sent_when_given(server, wait, header):
    server.faults.add("rate_limited", retry_after=wait)
    assert (await ask(server))[1].get("Retry-After") == header


@pytest.mark.parametrize("stream", [False, True])
async def test_a_reset_cuts_the_connection_after_the_money_is_spent(server, stream):
    server.faults.add("reset")
    with pytest.raises(aiohttp.ClientError):
        await ask(server, body(stream=stream))
    await server.wait_for(lambda calls: calls[0].billed_ticks > 0)
    assert not server.calls[0].delivered


async def test_a_slow_answer_comes_in_the_end(server):
    server.faults.add("slow", delay=0.05)
    before = asyncio.get_running_loop().time()
    await good(server)
    assert asyncio.get_running_loop().time() - before >= 0.05


async def test_a_timed_out_call_is_billed_all_the_same(server):
    server.faults.add("timeout")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await ask(server)
    await server.wait_for(lambda calls: calls[0].billed_ticks > 0)
    assert not server.calls[0].delivered
    assert server.calls[0].status is None


async def test_a_broken_body_is_no_json(server):
    server.faults.add("broken_body")
    with pytest.raises(json.JSONDecodeError):
        await ask(server)
    assert server.billed_ticks > 0


async def test_broken_text_is_a_sound_answer_around_broken_json(server, request_body):
    server.faults.add("broken_text")
    answer = await good(server, request_body)
    assert answer["status"] == "completed"
    with pytest.raises(json.JSONDecodeError):
        document(answer)


async def test_invented_ids_are_claimed_but_not_cited(server, request_body):
    server.faults.add("invented_ids")
    answer = await good(server, request_body)
    invented = server.calls[0].invented_ids
    assert len(invented) == 3
    assert set(invented) <= set(claimed(answer))
    assert not set(invented) & set(cited(answer))
    assert all(SINCE <= created_at(int(post_id)) <= NOW for post_id in invented)


@pytest.mark.parametrize(
    ("fault", "wrong"), [("wrong_times", lambda at: at < SINCE), ("future_posts", lambda at: at > NOW)]
)
async def test_posts_of_other_times_are_cited_and_claimed(server, request_body, fault, wrong):
    server.faults.add(fault)
    answer = await good(server, request_body)
    strays = server.calls[0].stray_ids
    assert strays
    assert set(strays) <= set(cited(answer)) & set(claimed(answer))
    assert all(wrong(created_at(int(post_id))) for post_id in strays)


async def test_an_ungrounded_answer_has_content_and_nothing_behind_it(server, request_body):
    server.faults.add("ungrounded")
    answer = await good(server, request_body)
    assert claimed(answer)
    assert cited(answer) == []
    assert "server_side_tool_usage_details" not in answer["usage"]
    assert not [item for item in answer["output"] if item["type"] == "custom_tool_call"]


async def test_an_endless_answer_is_as_long_as_told(server, request_body):
    server.faults.add("overlong", size=400_000)
    answer = await good(server, request_body)
    assert 400_000 <= len(message(answer)["text"]) < 800_000
    assert len(document(answer).get("narratives") or document(answer)["posts"]) > 100


async def test_ten_megabytes_can_be_sent(server):
    server.faults.add("overlong")
    assert len(message(await good(server))["text"]) >= 10_000_000


async def test_an_incomplete_answer_says_why(server):
    server.faults.add("incomplete")
    answer = await good(server)
    assert (answer["status"], answer["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert answer["output"][-1]["status"] == "incomplete"
    with pytest.raises(json.JSONDecodeError):
        document(answer)


async def test_a_failed_answer_has_an_error_and_no_output(server):
    server.faults.add("failed")
    answer = await good(server)
    assert (answer["status"], answer["error"]["code"], answer["output"]) == ("failed", "server_error", [])


async def test_excess_searches_are_billed_three_times(server):
    request = body(prompt("$QRLN OR Quarlen", task="refresh"), schema=FLAT)
    usual = (await good(server, request))["usage"]["server_side_tool_usage_details"]
    server.faults.add("excess_searches")
    excess = (await good(server, request))["usage"]["server_side_tool_usage_details"]
    assert excess["x_posts_fetched"] == 3 * usual["x_posts_fetched"] == 30
    assert excess["x_search_calls"] == 3
    assert server.calls[1].billed_ticks > 2 * server.calls[0].billed_ticks


async def test_hostile_texts_reach_the_client_unharmed(server, request_body):
    server.faults.add("hostile_text")
    text = message(await good(server, request_body))["text"]
    for dangerous in ("<b>", "&", "\u202e", "t.me/+", "🚀" * 4000):
        assert dangerous in text


async def test_faults_happen_as_often_as_told_and_in_order(server):
    server.faults.add("rate_limited", count=2)
    server.faults.add("server_error")
    assert [(await ask(server))[0] for _ in range(4)] == [429, 429, 500, 200]


async def test_two_faults_can_bend_one_answer(server):
    server.faults.add("invented_ids", count=None)
    server.faults.add("excess_searches", count=None)
    for number in range(2):
        await good(server)
        assert server.calls[number].invented_ids
        assert len(server.calls[number].searches) == 3


def test_chances_are_the_same_for_the_same_seed():
    def drawn(seed):
        faults = Faults(seed)
        faults.add("server_error", count=None, probability=0.3)
        return [bool(faults.take()) for _ in range(200)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 30 <= sum(drawn(1)) <= 90


@pytest.mark.parametrize(
    "given", [{"kind": "gremlins"}, {"kind": "reset", "colour": 1}, {}, {"kind": "reset", "probability": 2}]
)
def test_an_unknown_fault_is_named(given):
    with pytest.raises(ValueError, match="fault"):
        Fault.parse(given)


async def test_another_process_steers_and_looks_inside_over_http(server):
    root = server.base.removesuffix("/v1")
    async with aiohttp.ClientSession() as session:
        rules = [{"kind": "server_error"}, {"kind": "invented_ids", "count": None}]
        async with session.post(f"{root}/sandbox/faults", json=rules) as answer:
            assert (await answer.json()) == {"added": 2}
        async with session.post(f"{root}/sandbox/faults", json={"kind": "gremlins"}) as answer:
            assert answer.status == 400
            sentence = (await answer.json())["error"]
            assert all(kind in sentence for kind in KINDS)
        assert (await ask(server))[0] == 500
        await good(server)
        async with session.get(f"{root}/sandbox/state") as answer:
            state = await answer.json()
        assert (state["calls"], state["billed_ticks"]) == (2, server.billed_ticks)
        assert state["log"][1]["invented_ids"] == server.calls[1].invented_ids
        assert state["log"][1]["returned_ids"] == server.calls[1].returned_ids
        assert KEY not in json.dumps(state)
        async with session.delete(f"{root}/sandbox/faults") as answer:
            assert answer.status == 200
    await good(server)
    assert server.calls[-1].faults == []


async def test_waiting_for_a_call_ends_when_it_comes_and_not_before(server):
    with pytest.raises(TimeoutError):
        await server.wait_for(lambda calls: len(calls) == 1, timeout=0.02)
    waiting = asyncio.create_task(server.wait_for(lambda calls: calls and calls[0].delivered))
    await good(server)
    await waiting
