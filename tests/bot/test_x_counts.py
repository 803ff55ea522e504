"""The counts meter on a simulated X: what it asks, what it believes, what it pays, when it rests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.x import XServer
from bot.sources.grok import prices
from bot.sources.x import answers
from bot.sources.x.counts import REACH, reachable
from bot.sources.x.pause import UNTIL_BETTER_S, UNTIL_MENDED_S
from bot.sources.x.refusals import classify
from core.errors import CapReached, Misconfigured, OutOfCredit, Rejected, Retry
from core.models import Count
from tests.bot.grok_opened import Seconds
from tests.bot.x_opened import NOW, TOKEN, WORLD, Book, opened, serving

HOUR = timedelta(hours=1)
SINCE = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
QUERY = '("$BTC" OR bridge) -filter:nativeretweets'


@pytest.fixture
async def server():
    running = await XServer.start(world=WORLD, now=lambda: NOW, bearer=TOKEN)
    yield running
    await running.stop()


async def ask(meter, *, since=SINCE, until=NOW, query=QUERY):
    return await meter.count("n1", query, since=since, until=until)


def answer(*rows):
    data = [{"start": start, "end": end, "tweet_count": posts} for start, end, posts in rows]
    return {"data": data, "meta": {"total_tweet_count": 4}}


GOOD = ("2026-11-22T05:00:00.000Z", "2026-11-22T06:00:00.000Z", 4)


# --- what is asked and believed ---------------------------------------------------------------------------


async def test_hours_are_the_worlds_and_the_last_is_a_part(server):
    book = Book()
    async with opened(server, book=book) as meter:
        found = await ask(meter)
    assert [count.start.hour for count in found] == [1, 2, 3, 4, 5, 6]
    assert found[0].start.minute == 0 and found[-1].end == NOW - timedelta(seconds=30)
    ours = WORLD.search(f"({QUERY}) since_time:{int(found[0].start.timestamp())}", limit=10**6, now=NOW)
    ours = [post for post in ours if post.created_at < found[-1].end]
    assert sum(count.posts for count in found) == len(ours) > 10
    assert {(c.narrative_id, c.query, c.known_at) for c in found} == {("n1", QUERY, NOW)}
    assert all(isinstance(count, Count) for count in found)
    (call,) = server.calls
    assert call.params == {
        "query": '("$BTC" OR bridge) -is:retweet',
        "granularity": "hour",
        "start_time": "2026-11-22T01:00:00Z",
        "end_time": "2026-11-22T06:19:37Z",
    }
    assert book.told == [prices.COUNTS] == [server.billed_ticks]
    (entry,) = book.entries
    assert (entry.purpose, entry.narrative_id) == ("counts", "n1")


async def test_seven_days_are_the_most_and_one_request(server):
    async with opened(server) as meter:
        found = await ask(meter, since=NOW - timedelta(days=30))
    assert len(found) == 7 * 24 and len(server.calls) == 1
    assert found[0].start == datetime(2026, 11, 15, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (NOW - timedelta(days=9), NOW - timedelta(days=8)),
        (SINCE, SINCE - 2 * HOUR),
        (NOW + HOUR, NOW + 2 * HOUR),
    ],
)
async def test_what_nobody_can_count_is_not_asked(server, since, until):
    book = Book()
    async with opened(server, book=book) as meter:
        assert await ask(meter, since=since, until=until) == []
    assert server.calls == [] and book.entries == []


TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@given(since=TIMES, until=TIMES, now=TIMES)
def test_only_what_x_counts_is_asked(since, until, now):
    span = reachable(since, until, now)
    if span is None:
        return
    start, end = span
    assert start == answers.hour(start) and end.microsecond == 0 and start < end
    assert now - REACH <= start and end <= min(until, now - timedelta(seconds=30))
    assert start <= max(since, now - REACH + HOUR)  # nothing that could be counted is left out


@given(
    hours=st.lists(st.integers(0, 200), min_size=1, max_size=60, unique=True),
    offset=st.integers(0, 3599),
    posts=st.integers(0, 10**9),
)
def test_a_true_answer_is_read_whatever_its_order(hours, offset, posts):
    since = datetime(2026, 11, 1, tzinfo=UTC)
    until = since + 200 * HOUR + timedelta(seconds=offset + 1)
    rows = [(since + h * HOUR, min(since + (h + 1) * HOUR, until), posts) for h in hours]
    text = json.dumps(answer(*((f"{a:%FT%TZ}", f"{b:%FT%T.000Z}", n) for a, b, n in rows)))
    assert answers.buckets(text, since=since, until=until) == sorted(rows)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(GOOD[0]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["start", "end", "tweet_count", "data"]), inner)
    ),
    max_leaves=12,
)


@given(document=JSON | st.builds(lambda rows: {"data": rows}, st.lists(JSON, max_size=3)))
def test_whatever_arrives_is_counts_or_rejected(document):
    since, until = datetime(2026, 11, 22, tzinfo=UTC), NOW
    try:
        found = answers.buckets(json.dumps(document), since=since, until=until)
    except Rejected as error:
        assert error.fault == "unreadable"
    else:
        assert all(since <= b.start < b.end <= until and b.posts >= 0 for b in found)


@pytest.mark.parametrize(
    "row",
    [
        (GOOD[0], GOOD[1], -1),
        (GOOD[0], GOOD[1], True),
        (GOOD[0], GOOD[1], 4.5),
        (GOOD[0], GOOD[1], "4"),
        (GOOD[0], GOOD[1], None),
        (GOOD[0], GOOD[1], 10**10),
        (GOOD[1], GOOD[0], 4),  # ends before it begins
        ("2026-11-22T05:30:00Z", "2026-11-22T06:10:00Z", 4),  # of two hours
        ("2026-11-22T04:00:00Z", "2026-11-22T06:00:00Z", 4),  # two hours long
        ("2026-11-21T05:00:00Z", "2026-11-21T06:00:00Z", 4),  # before what was asked
        ("2026-11-22T06:00:00Z", "2026-11-22T07:00:00Z", 4),  # after it
        ("2026-11-22T05:00:00", "2026-11-22T06:00:00", 4),  # of no zone
        ("yesterday", GOOD[1], 4),
    ],
)
async def test_one_absurd_hour_spoils_the_answer_which_stays_paid(row):
    book = Book()
    async with serving(web.json_response(answer(row))) as scripted, opened(scripted, book=book) as meter:
        with pytest.raises(Rejected, match="X's counts cannot be used") as caught:
            await ask(meter)
    assert caught.value.fault == "unreadable" and book.told == [prices.COUNTS]


def test_an_hour_twice_or_none_at_all_is_no_answer():
    for rows in ([GOOD, GOOD], []):
        with pytest.raises(Rejected):
            answers.buckets(json.dumps(answer(*rows)), since=SINCE, until=NOW)


# --- what it costs and when it is asked again -------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "options", "kind", "said"),
    [
        ("unauthorized", {}, Misconfigured, "X_BEARER_TOKEN"),
        ("unauthorized", {"status": 403}, Misconfigured, "X_BEARER_TOKEN"),
        ("out_of_credit", {}, OutOfCredit, "out of credit"),
        ("out_of_credit", {"status": 429}, OutOfCredit, "out of credit"),
        ("out_of_credit", {"status": 403}, OutOfCredit, "out of credit"),
        ("rate_limited", {"retry_after": 600}, Retry, "HTTP 429"),
    ],
)
async def test_a_refusal_is_named_asked_once_and_free(server, fault, options, kind, said):
    book = Book()
    server.faults.add(fault, count=None, **options)
    async with opened(server, book=book) as meter:
        with pytest.raises(kind, match=said):
            await ask(meter)
    assert len(server.calls) == 1 and book.told == ["released"]


@pytest.mark.parametrize("fault", ["server_error", "unavailable"])
async def test_trouble_is_asked_three_times_at_most_and_free(server, fault):
    book = Book()
    server.faults.add(fault, count=None)
    async with opened(server, book=book) as meter:
        with pytest.raises(Retry, match="HTTP 50"):
            await ask(meter)
    assert len(server.calls) == 3 and book.told == ["released"] * 3


async def test_a_short_wait_is_waited_for(server):
    book = Book()
    server.faults.add("rate_limited", retry_after=3, count=2)
    async with opened(server, book=book) as meter:
        assert len(await ask(meter)) == 6
    assert book.told == ["released", "released", prices.COUNTS]


async def test_a_lost_answer_stays_booked(server):
    book = Book()
    server.faults.add("reset", count=2)
    async with opened(server, book=book) as meter:
        await ask(meter)
    assert book.told == ["open", "open", prices.COUNTS]
    assert server.billed_ticks == sum(entry.reserved_ticks for entry in book.entries)


async def test_silence_stays_booked(server):
    book = Book()
    server.faults.add("timeout", count=None)
    async with opened(server, book=book, timeout_s=0.05) as meter:
        with pytest.raises(Retry, match="did not answer in time"):
            await ask(meter)
    assert book.told == ["open"] * 3


@pytest.mark.parametrize("fault", ["garbage", "absurd"])
async def test_a_useless_answer_is_paid_and_not_asked_again(server, fault):
    book = Book()
    server.faults.add(fault)
    async with opened(server, book=book) as meter:
        with pytest.raises(Rejected):
            await ask(meter)
        assert await ask(meter)  # the next one is asked as ever
    assert book.told == [prices.COUNTS] * 2


async def test_a_query_x_refuses_is_dropped_with_xs_reason_and_free(server):
    book = Book()
    async with opened(server, book=book) as meter:
        with pytest.raises(Rejected, match="invalid operator 'filter:links'") as caught:
            await ask(meter, query="$BTC filter:links")
        assert await ask(meter)
    assert caught.value.fault == "query refused" and book.told == ["released", prices.COUNTS]


async def test_a_query_that_is_too_long_is_not_asked(server):
    async with opened(server) as meter:
        with pytest.raises(Rejected, match="512"):
            await ask(meter, query="x" * 600)
    assert server.calls == []


async def test_where_the_cap_leaves_no_room_nothing_is_asked(server):
    async with opened(server, book=Book(room=prices.COUNTS - 1)) as meter:
        with pytest.raises(CapReached):
            await ask(meter)
    assert server.calls == []


async def test_out_of_reach_costs_nothing(server):
    await server.stop()
    book = Book()
    async with opened(server, book=book) as meter:
        with pytest.raises(Retry, match="out of reach"):
            await ask(meter)
    assert book.told == ["released"] * 3


async def test_an_endless_answer_is_not_read():
    book = Book()
    async with serving(web.Response(body=b" " * (1 << 18))) as scripted, opened(scripted, book=book) as meter:
        with pytest.raises(Rejected, match="larger than"):
            await ask(meter)
    assert book.told == ["open"]


async def test_a_redirect_is_not_followed():
    moved = web.Response(status=302, headers={"Location": "https://example.org/"})
    async with serving(moved) as scripted, opened(scripted) as meter:
        with pytest.raises(Misconfigured, match="X_BASE_URL"):
            await ask(meter)
    assert len(scripted.requests) == 1


async def test_a_token_that_cannot_be_sent_is_named(server):
    book = Book()
    async with opened(server, book=book, token="two\nlines") as meter:
        with pytest.raises(Misconfigured, match="X_BEARER_TOKEN"):
            await ask(meter)
    assert book.told == ["released"] and server.calls == []


async def test_the_token_is_in_no_error_even_where_it_is_echoed():
    echo = web.json_response({"detail": f"bad Bearer {TOKEN}"}, status=400)
    async with serving(echo) as scripted, opened(scripted) as meter:
        with structlog.testing.capture_logs() as logs, pytest.raises(Rejected) as caught:
            await ask(meter)
    assert scripted.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(caught.value) + str(logs) and "[token]" in str(caught.value)


# --- when it rests ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "kind"), [("unauthorized", Misconfigured), ("out_of_credit", OutOfCredit)])
async def test_no_key_and_no_money_are_not_asked_again_for_ten_minutes(server, fault, kind):
    seconds = Seconds()
    server.faults.add(fault)
    async with opened(server, seconds=seconds) as meter:
        for wait in (0, UNTIL_MENDED_S - 1):
            seconds.now += wait
            with pytest.raises(kind):
                await ask(meter)
        assert len(server.calls) == 1
        seconds.now += 1
        assert await ask(meter)
        assert await ask(meter)


async def test_trouble_rests_a_minute_or_as_long_as_x_says(server):
    seconds = Seconds()
    server.faults.add("server_error", count=3)
    server.faults.add("rate_limited", retry_after=400)
    async with opened(server, seconds=seconds) as meter:
        for rest in (UNTIL_BETTER_S, 399.0):  # X's moment is a whole second
            with pytest.raises(Retry):
                await ask(meter)
            seconds.now += rest - 2
            with pytest.raises(Retry, match="Not asked again") as standing:
                await ask(meter)
            assert 0 < standing.value.retry_after <= 4
            seconds.now += 4
        assert await ask(meter)
    assert len(server.calls) == 5


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (402, "", OutOfCredit),
        (403, '{"detail":"Your enrolled account does not have any credits"}', OutOfCredit),
        (429, '{"title":"UsageCapExceeded","detail":"Usage cap exceeded: Monthly product cap"}', OutOfCredit),
        (429, "{}", Retry),
        (408, "", Retry),
        (502, "<html>", Retry),
        (404, "{}", Misconfigured),
        (301, "", Misconfigured),
        (401, "credits", Misconfigured),
        (400, "[[[", Rejected),
        (422, '{"errors":[{"message":"no"}]}', Rejected),
    ],
)
def test_every_status_says_what_to_do(status, body, kind):
    assert type(classify(status, body, {}, NOW)) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 30)}, 30.0),
        ({"x-rate-limit-reset": "1"}, 0.0),
        ({"x-rate-limit-reset": "99999999999"}, 900.0),
        ({"Retry-After": "soon", "x-rate-limit-reset": "nan"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_xs_own_within_reason(headers, seconds):
    assert classify(429, "", headers, NOW).retry_after == seconds


def test_a_long_reason_is_bounded_to_one_line():
    said = str(classify(400, json.dumps({"detail": "why\n" * 500}), {}, NOW))
    assert "\n" not in said and len(said) < 250
