"""Answers that are read as they come."""

import asyncio
import json
from itertools import pairwise

import pytest
import pytest_asyncio
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.sources.grok import client as clients
from bot.sources.grok.client import GrokClient
from bot.sources.grok.refusals import Cut, Drained
from bot.sources.grok.sse import Events
from bot.sources.grok.watch import Plan
from core.errors import Rejected
from tests.bot.grok_fixtures import CONTRACT, begins, ends, response, sse, told, tool_call
from tests.bot.grok_server import KEY, serving

SEARCH = tool_call()
PLAN = Plan(searches=1, rows=10)


def stream(*events, end=b""):
    return web.Response(
        body=sse(*events, end=end), headers={"Content-Type": "text/event-stream; charset=utf-8"}
    )


@pytest_asyncio.fixture
async def calling():
    made = []

    def client(server, timeout_s=5.0, streaming=True):
        made.append(
            GrokClient(base_url=server.base, api_key=SecretStr(KEY), timeout_s=timeout_s, stream=streaming)
        )
        return made[-1]

    yield client
    for each in made:
        await each.close()


async def said(calling, reply, plan=PLAN):
    async with serving(reply) as server:
        return await calling(server).respond({}, plan)


async def failure(calling, reply, plan=PLAN):
    with pytest.raises((Rejected, Cut, Drained)) as caught:
        await said(calling, reply, plan)
    return caught.value


# --- events


@given(cuts=st.lists(st.integers(0, 400)), newline=st.sampled_from(["\n", "\r\n"]))
def test_it_does_not_matter_where_the_stream_is_cut(cuts, newline):
    text = ': hello\nevent: a\ndata: {"n": 1}\n\ndata: {"type": "b",\ndata: "s": "é∞🚀"}\n\ndata: [DONE]\n\n'
    whole = text.replace("\n", newline).encode()
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[a:b] for a, b in pairwise(places)]
    events = Events()
    found = [event for piece in pieces for event in events.feed(piece)]
    assert found == [{"type": "a", "n": 1}, {"type": "b", "s": "é∞🚀"}]


@pytest.mark.parametrize("data", ["", "[1]", "nope", "[" * 200_000, '"x"', "null"])
def test_what_is_no_json_object_is_passed_over(data):
    events = Events()
    assert list(events.feed(f"data: {data}\n\ndata: {{}}\n\n".encode())) == [{"type": ""}]


# --- the answer


@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"])
@pytest.mark.parametrize("status", ["completed", "incomplete", "failed"])
async def test_the_terminal_event_carries_the_whole_answer(calling, status, end):
    final = response(status=status)
    opened = {"type": "response.created", "response": response(status="in_progress", usage=None)}
    assert await said(calling, stream(opened, begins(SEARCH), told(SEARCH), ends(final), end=end)) == final


async def test_a_request_asks_for_a_stream_or_does_not(calling):
    async with serving(web.json_response(response())) as server:
        for streaming in (True, False):
            assert await calling(server, streaming=streaming).respond({"model": "m"}) == response()
    assert server.bodies == [{"model": "m", "stream": True}, {"model": "m"}]


async def test_after_the_terminal_event_nothing_more_is_waited_for(calling):
    gone = asyncio.Event()

    async def stays_open(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(sse(ends(response())))
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    async with serving(stays_open) as server:
        assert await calling(server).respond({}) == response()
        await asyncio.wait_for(gone.wait(), 5)


@pytest.mark.parametrize(
    "reply",
    [
        stream(),
        stream(end=b"data: [DONE]\n\n"),
        stream(begins(SEARCH), end=b'data: {"type": "response.comp'),
        stream({"type": "response.completed"}),
        stream({"type": "response.completed", "response": "odd"}, {"type": "x", "item": 3}),
    ],
)
async def test_a_stream_that_ends_without_its_end_is_unreadable(calling, reply):
    found = await failure(calling, reply)
    assert type(found) is Rejected and found.fault == "unreadable"


async def test_a_stream_that_breaks_may_have_been_billed(calling):
    async def breaks(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(sse(begins(SEARCH)))
        request.transport.abort()
        return answer

    assert isinstance(await failure(calling, breaks), Cut)


async def test_a_stream_that_falls_silent_is_given_up_in_time(calling):
    async def silent(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(sse(begins(SEARCH)))
        await asyncio.Event().wait()

    async with serving(silent) as server:
        with pytest.raises(Cut, match="in time"):
            await calling(server, timeout_s=0.15).respond({})


async def test_an_endless_stream_is_cut_off(calling, monkeypatch):
    monkeypatch.setattr(clients, "MAX_BODY", 100_000)
    found = await failure(calling, stream(end=b": " + b"x" * 200_000))
    assert found.fault == "unreadable" and "8 MiB" in str(found)


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"code": "internal", "message": "boom"}, Cut),
        ({"error": {"message": "Too many requests"}}, Cut),
        ({}, Cut),
        ({"message": "Your team has used all available credits"}, Drained),
        ({"error": {"message": "Content violates usage guidelines."}}, Rejected),
    ],
)
async def test_an_error_event_ends_an_answer_that_may_have_been_billed(calling, event, error):
    found = await failure(calling, stream(begins(SEARCH), {"type": "error"} | event))
    assert type(found) is error


@pytest.mark.skipif(not CONTRACT.exists(), reason="needs ../shared/contract/grok beside the repository")
async def test_the_recorded_stream_is_read(calling):
    recorded = CONTRACT / "recorded"
    final = json.loads((recorded / "37-x_search.grok-4.5.final-response.json").read_text("utf-8"))
    body = (recorded / "37-x_search.grok-4.5.sse").read_bytes()
    found = await said(calling, web.Response(body=body, headers={"Content-Type": "text/event-stream"}))
    assert found["usage"] == final["usage"] and found["output"] == final["output"]
