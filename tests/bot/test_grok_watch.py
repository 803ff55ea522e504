"""Reading stops when the model begins a search too many, or a tool nobody asked for."""

import asyncio

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.sources.grok.client import GrokClient
from bot.sources.grok.watch import Overrun, Plan, Watch
from tests.bot.grok_fixtures import begins, ends, response, sse, told, tool_call
from tests.bot.grok_server import KEY, serving

SEARCH = tool_call()
PLAN = Plan(searches=1, rows=10)


def stream(*events):
    return web.Response(body=sse(*events), headers={"Content-Type": "text/event-stream"})


async def said(reply, plan=PLAN):
    async with serving(reply) as server:
        client = GrokClient(base_url=server.base, api_key=SecretStr(KEY), timeout_s=5.0)
        try:
            return await client.respond({}, plan)
        finally:
            await client.close()


async def cut_off(reply, plan=PLAN):
    with pytest.raises(Overrun) as caught:
        await said(reply, plan)
    return caught.value


def searches(count, **arguments):
    item = tool_call(**arguments)
    return [event for n in range(count) for event in (begins(item, n), told(item, n))]


async def test_one_search_more_than_asked_is_let_pass():
    assert await said(stream(*searches(2), ends(response()))) == response()


async def test_reading_stops_where_the_third_search_begins():
    gone = asyncio.Event()

    async def never_ends(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(sse(*searches(2, limit="7"), begins(SEARCH, 2)))
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    found = await asyncio.wait_for(cut_off(never_ends), 5)
    assert found.fault == "searched too much"
    assert (found.searches, found.posts) == (2, 14)
    await asyncio.wait_for(gone.wait(), 5)


@pytest.mark.parametrize("name", ["x_user_search", "x_thread_fetch", "view_x_video", "browse_page"])
async def test_a_tool_nobody_asked_for_ends_the_call_at_once(name):
    found = await cut_off(stream(*searches(1), begins(tool_call(name), 1), ends(response())))
    assert name in str(found)
    assert (found.searches, found.posts) == (1, 10)


async def test_a_call_without_tools_may_use_none():
    found = await cut_off(stream(begins(SEARCH)), Plan(searches=0, rows=0))
    assert (found.searches, found.posts) == (0, 0)


def overrun(*events):
    watch = Watch(PLAN)
    with pytest.raises(Overrun) as caught:
        for event in events:
            watch.see(event)
    return caught.value.posts


def test_calls_are_counted_however_they_are_told():
    old = {"type": "x_search_call", "name": "x_keyword_search", "arguments": '{"limit": 4}'}
    done = [{"type": "response.output_item.done", "item": old, "output_index": n} for n in range(3)]
    assert overrun(*done) == 8
    named = [{"type": "response.output_item.done", "item": old | {"id": f"c{n}"}} for n in range(3)]
    assert overrun(named[0], named[0], named[1], named[1], named[2]) == 8
    with pytest.raises(Overrun, match="web_search"):
        Watch(PLAN).see({"type": "response.output_item.added", "item": {"type": "web_search_call"}})


@pytest.mark.parametrize(
    ("arguments", "posts"),
    [
        ('{"limit": "3"}', 6),
        ('{"limit": 500}', 20),
        ('{"limit": "many"}', 20),
        ("no json", 20),
        ("[" * 100_000, 20),
        ({"limit": "2"}, 4),
        (7, 20),
        (None, 20),
    ],
)
def test_how_many_posts_a_search_fetches_is_taken_from_its_arguments(arguments, posts):
    done = [
        {"type": "response.custom_tool_call_input.done", "item_id": f"ctc_1-{n}", "input": arguments}
        for n in range(2)
    ]
    assert overrun(begins(SEARCH, 0), done[0], begins(SEARCH, 1), done[1], begins(SEARCH, 2)) == posts
