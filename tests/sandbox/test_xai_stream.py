"""The stream of events: xAI's order, the same content, and what a client may do to it."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox.xai_client import KEY, body, prompt, serving

RECORDED = Path(__file__).parents[2] / "../shared/contract/grok/recorded/37-x_search.grok-4.5.sse"


@pytest.fixture
async def server():
    async with serving() as running:
        yield running


async def stream(server, request=None):
    """All events as (type, data)."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}, read_bufsize=2**20) as session,
        session.post(f"{server.base}/responses", json=(request or body()) | {"stream": True}) as answer,
    ):
        assert answer.content_type == "text/event-stream"
        return parsed((await answer.read()).decode())


def parsed(text):
    events = []
    for block in text.strip().split("\n\n"):
        kind, data = block.split("\n", 1)
        events.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def order(events):
    """Types in order; repetitions in a row count once."""
    kinds = [kind for kind, _ in events]
    return [kind for at, kind in enumerate(kinds) if at == 0 or kinds[at - 1] != kind]


async def test_the_events_come_in_the_recorded_order(server):
    if not RECORDED.exists():
        pytest.skip("needs ../shared/contract/grok beside the repository")
    real = parsed(RECORDED.read_text("utf-8"))
    ours = await stream(server, body(text=...))
    assert order(ours) == order(real)
    shapes = {kind: set(data) for kind, data in real}
    assert {kind: set(data) for kind, data in ours} == shapes


async def test_the_order_is_the_documented_one(server):
    events = await stream(server)
    item = ["response.output_item.added", "response.output_item.done"]
    assert order(events) == [
        "response.created",
        "response.in_progress",
        item[0],
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        item[1],
        item[0],
        "response.custom_tool_call_input.delta",
        "response.custom_tool_call_input.done",
        item[1],
        item[0],
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.output_text.done",
        "response.content_part.done",
        item[1],
        "response.completed",
    ]
    assert [data["sequence_number"] for _, data in events] == list(range(len(events)))
    assert all(data["type"] == kind for kind, data in events)


async def test_the_pieces_add_up_to_the_final_object(server):
    events = await stream(server)
    final = events[-1][1]["response"]
    content = final["output"][-1]["content"][0]
    assert (
        "".join(data["delta"] for kind, data in events if kind == "response.output_text.delta")
        == content["text"]
    )
    notes = [data["annotation"] for kind, data in events if kind == "response.output_text.annotation.added"]
    assert notes == content["annotations"]
    assert [data["item"] for kind, data in events if kind == "response.output_item.done"] == final["output"]


async def test_usage_comes_only_with_the_last_event(server):
    events = await stream(server)
    assert [data["response"]["usage"] for _, data in events[:2]] == [None, None]
    assert events[-1][1]["response"]["usage"]["cost_in_usd_ticks"] == server.billed_ticks > 0


async def test_an_incomplete_stream_just_stops(server):
    server.faults.add("incomplete")
    kinds = [kind for kind, _ in await stream(server)]
    assert kinds[-1] == "response.incomplete"
    assert "response.output_text.done" not in kinds
    assert kinds.count("response.output_item.done") == kinds.count("response.output_item.added") - 1


async def test_a_failed_stream_ends_in_response_failed(server):
    server.faults.add("failed")
    assert [kind for kind, _ in await stream(server)][-1] == "response.failed"


async def test_excess_searches_can_be_seen_while_they_happen(server):
    server.faults.add("excess_searches")
    kinds = [kind for kind, _ in await stream(server)]
    assert kinds.count("response.custom_tool_call_input.done") == 3


async def test_a_broken_stream_has_no_end(server):
    server.faults.add("broken_body")
    with pytest.raises(json.JSONDecodeError):
        await stream(server)


async def test_a_client_that_leaves_early_is_billed_and_the_server_lives_on(server):
    server.faults.add("overlong", size=3_000_000)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
        answer = await session.post(f"{server.base}/responses", json=body(prompt(times=3)) | {"stream": True})
        async for line in answer.content:
            if line.startswith(b"event: response.custom_tool_call_input.done"):
                break
        answer.close()
    await server.wait_for(lambda calls: calls[0].billed_ticks > 0)
    assert not server.calls[0].delivered
    assert (await stream(server))[-1][0] == "response.completed"
