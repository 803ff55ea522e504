"""The counts of the simulated X: X's own parameter checks, the world's own numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import aiohttp
import pytest

from bot.sandbox.x import KINDS, Fault, Faults
from bot.sandbox.x.server import COUNT_TICKS, PER_WINDOW, WINDOW
from tests.sandbox.x_client import NOW, START, WORLD, counts, get, serving, stamp

HOUR = timedelta(hours=1)


@pytest.fixture
async def server():
    async with serving() as running:
        yield running


async def test_counts_are_the_worlds_own_hour_by_hour(server):
    since = START + timedelta(hours=50)
    status, _, answer = await counts(server, start_time=stamp(since), query="$BTC -is:retweet")
    ours = WORLD.search(f"$BTC since_time:{int(since.timestamp())}", limit=10**6, now=NOW)
    ours = [post for post in ours if post.created_at < NOW.replace(microsecond=0) - timedelta(seconds=30)]
    assert status == 200 and answer["meta"]["total_tweet_count"] == len(ours) > 0
    assert sum(row["tweet_count"] for row in answer["data"]) == len(ours)
    first, *_, last = answer["data"]
    assert first["start"] == "2026-11-22T02:00:00.000Z" and first["end"] == "2026-11-22T03:00:00.000Z"
    assert first["tweet_count"] == sum(post.created_at < since + HOUR for post in ours)
    assert last["start"] == "2026-11-22T06:00:00.000Z" and last["end"] == "2026-11-22T06:19:37.000Z"


async def test_without_times_it_is_seven_days_to_half_a_minute_ago_with_zeros_where_nothing_was(server):
    _, _, answer = await counts(server)
    rows = answer["data"]
    assert datetime.fromisoformat(rows[0]["start"]) - (NOW - timedelta(days=7)) == timedelta(seconds=1)
    assert len(rows) == 24 * 7 + 1 and rows[0]["tweet_count"] == 0
    assert all(before["end"] == after["start"] for before, after in pairwise(rows))


async def test_what_is_not_there_yet_is_not_counted():
    async with serving(now=lambda: START + timedelta(hours=1)) as early:
        _, _, answer = await counts(early)
    assert 0 < answer["meta"]["total_tweet_count"] < 200


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"query": ""}, "length"),
        ({"query": "x" * 513}, "512"),
        ({"query": "crypto -filter:nativeretweets"}, "invalid operator 'filter:nativeretweets'"),
        ({"query": "crypto since_time:1"}, "invalid operator 'since_time:1'"),
        ({"query": "crypto is:happy"}, "invalid operator 'is:happy'"),
        ({"query": "(crypto"}, "without its )"),
        ({"granularity": "week"}, "granularity"),
        ({"max_results": "10"}, "is not one of"),
        ({"start_time": "2026-11-22"}, "like 2026-11-20T10:00:00Z"),
        ({"start_time": "2026-13-40T00:00:00Z"}, "like 2026-11-20T10:00:00Z"),
        ({"start_time": stamp(NOW - timedelta(days=7, seconds=1))}, "on or after 2026-11-15T06:20:07.000Z"),
        ({"end_time": stamp(NOW)}, "10 seconds prior"),
        ({"start_time": stamp(NOW - HOUR), "end_time": stamp(NOW - HOUR)}, "before 'end_time'"),
    ],
)
async def test_a_wrong_parameter_is_refused_in_xs_words_and_costs_nothing(server, params, said):
    status, _, answer = await counts(server, **params)
    assert status == 400 and answer["title"] == "Invalid Request"
    assert said in answer["errors"][0]["message"] and server.billed_ticks == 0


async def test_a_quoted_colon_is_no_operator(server):
    assert (await counts(server, query='"filter:links" OR $BTC'))[0] == 200


@pytest.mark.parametrize("token", [None, "another"])
async def test_another_token_opens_nothing(server, token):
    status, _, answer = await counts(server, token=token)
    assert status == 401 and answer["title"] == "Unauthorized" and server.billed_ticks == 0


async def test_where_no_token_is_known_none_opens():
    async with serving(bearer=None) as closed:
        assert (await counts(closed, token="None"))[0] == 401


async def test_an_answered_request_is_half_a_cent_and_logged(server):
    await counts(server)
    (call,) = server.calls
    assert (call.door, call.status, call.billed_ticks) == ("counts", 200, COUNT_TICKS)
    assert call.params["query"].endswith("-is:retweet") and call.delivered


async def test_more_than_300_in_15_minutes_wait_for_the_window():
    moment = [NOW]
    async with serving(now=lambda: moment[0]) as server:
        server._recent.extend([NOW - timedelta(minutes=5)] * PER_WINDOW)
        status, headers, _ = await counts(server)
        reset = int(headers["x-rate-limit-reset"])
        assert status == 429 and reset == int((NOW - timedelta(minutes=5) + WINDOW).timestamp())
        moment[0] = NOW + timedelta(minutes=11)
        assert (await counts(server))[0] == 200


@pytest.mark.parametrize(
    ("fault", "options", "status"),
    [
        ("rate_limited", {}, 429),
        ("server_error", {}, 500),
        ("unavailable", {}, 503),
        ("unauthorized", {}, 401),
        ("unauthorized", {"status": 403}, 403),
        ("out_of_credit", {}, 402),
        ("out_of_credit", {"status": 429}, 429),
    ],
)
async def test_a_refusal_on_demand_is_free_and_the_next_call_works(server, fault, options, status):
    server.faults.add(fault, **options)
    got, headers, _ = await counts(server)
    assert got == status and server.billed_ticks == 0 and server.calls[0].faults == [fault]
    assert ("x-rate-limit-reset" in headers) == (fault == "rate_limited")
    assert (await counts(server))[0] == 200


async def test_an_answer_that_arrives_badly_is_billed(server):
    server.faults.add("garbage")
    server.faults.add("absurd")
    server.faults.add("reset")
    assert isinstance((await counts(server))[2], str)
    assert {row["tweet_count"] for row in (await counts(server))[2]["data"]} == {-1}
    with pytest.raises(aiohttp.ClientError):
        await counts(server)
    assert [call.delivered for call in server.calls] == [True, True, False]
    assert server.billed_ticks == 3 * COUNT_TICKS


async def test_a_fault_keeps_to_its_door(server):
    server.faults.add("server_error", door="oembed", count=None)
    assert (await counts(server))[0] == 200
    assert (await get(server, "/oembed", url="https://x.com/i/status/20"))[0] == 500


async def test_faults_are_steered_and_calls_are_seen_over_http(server):
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{server.base}/sandbox/faults", json={"kind": "server_error"}) as added:
            assert await added.json() == {"added": 1}
        assert (await counts(server))[0] == 500
        async with session.post(f"{server.base}/sandbox/faults", json={"kind": "flood"}) as refused:
            assert refused.status == 400
    _, _, state = await get(server, "/sandbox/state")
    assert state["log"][0]["status"] == 500 and state["billed_ticks"] == 0


def test_the_same_seed_gives_the_same_faults():
    def taken(seed):
        faults = Faults(seed)
        faults.add("server_error", count=None, probability=0.5)
        return [faults.take("counts") is not None for _ in range(20)]

    assert taken(1) == taken(1) != taken(2)


def test_an_impossible_fault_is_refused():
    assert len(KINDS) == 10
    with pytest.raises(ValueError, match="There is no fault"):
        Fault("flood")
    with pytest.raises(ValueError, match="between 0 and 1"):
        Fault("reset", probability=2.0)
