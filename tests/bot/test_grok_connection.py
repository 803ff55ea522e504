"""Connections that misbehave: what never left costs nothing, what broke off may have been billed."""

import asyncio
import socket

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr

from bot.sources.grok import client as clients
from bot.sources.grok.client import MAX_BODY, PARALLEL, GrokClient
from bot.sources.grok.refusals import Cut, Lost
from core.errors import Misconfigured, Rejected, Retry
from tests.bot.grok_fixtures import response
from tests.bot.grok_server import KEY, serving


@pytest_asyncio.fixture
async def calling():
    """`calling(base)` makes a client of that address; all are closed in the end."""
    made = []

    def client(base, *, key=KEY, timeout_s=5.0):
        made.append(GrokClient(base_url=base, api_key=SecretStr(key), timeout_s=timeout_s))
        return made[-1]

    yield client
    for each in made:
        await each.close()


async def failure(client):
    with pytest.raises((Retry, Misconfigured, Rejected)) as caught:
        await client.respond({})
    return caught.value


async def test_a_connection_that_never_stands_costs_nothing(calling, monkeypatch):
    """The listener says nothing, so the TLS handshake, a part of connecting, does not end."""
    monkeypatch.setattr(clients, "CONNECT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = await failure(calling(f"https://127.0.0.1:{silent.getsockname()[1]}/v1"))
    assert type(found) is Retry and "out of reach" in str(found)


async def test_an_address_that_is_none_is_a_matter_of_settings(calling):
    found = await failure(calling("http://127.0.0.1:99999/v1"))
    assert isinstance(found, Misconfigured) and "XAI_BASE_URL" in str(found)


@pytest.mark.parametrize("key", ["xai-a-line-end\n", "xai-a\r\nX-Other: 1", "xai-a\0nul"])
async def test_a_key_that_cannot_be_sent_is_not_shown_either(calling, key):
    async with serving(web.json_response({})) as server:
        found = await failure(calling(server.base, key=key))
    assert isinstance(found, Misconfigured) and "xai-a" not in str(found)
    assert server.requests == []


async def test_an_answer_that_trickles_in_is_given_up_in_time(calling):
    async def trickles(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b" ")
            await asyncio.sleep(0.02)

    async with serving(trickles) as server:
        found = await failure(calling(server.base, timeout_s=0.15))
    assert isinstance(found, Cut) and "in time" in str(found)


async def test_packed_garbage_may_have_been_billed(calling):
    async with serving(web.Response(body=b"no gzip", headers={"Content-Encoding": "gzip"})) as server:
        assert isinstance(await failure(calling(server.base)), Cut)


async def test_a_small_body_that_unpacks_to_many_megabytes_is_refused(calling):
    async def packed(request):
        answer = web.StreamResponse()
        answer.enable_compression(web.ContentCoding.gzip)
        await answer.prepare(request)
        for _ in range(2 * MAX_BODY // (1 << 20)):
            await answer.write(b" " * (1 << 20))
        return answer

    async with serving(packed) as server:
        found = await failure(calling(server.base))
    assert isinstance(found, Rejected) and "8 MiB" in str(found)


async def test_bytes_that_are_no_utf_8_are_read_as_far_as_possible(calling):
    async with serving(web.Response(body=b'{"id": "\xff"}')) as server:
        assert await calling(server.base).respond({}) == {"id": "\ufffd"}


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "null", "7", '"words"', "[1]", '{"error": null}', '{"error": {"message": [1]}}']
)
async def test_any_error_body_has_a_name(calling, text):
    for status, error in ((400, Misconfigured), (405, Misconfigured), (204, Misconfigured), (502, Lost)):
        async with serving(web.Response(status=status, text=text)) as server:
            assert type(await failure(calling(server.base))) is error


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
async def test_no_status_lets_an_echoed_key_through(calling, status):
    async with serving(web.json_response({"error": f"you sent Bearer {KEY}"}, status=status)) as server:
        client = calling(server.base)
        found = await failure(client)
    assert KEY not in f"{found} {found!r} {client!r} {vars(client)!r}"


async def test_a_call_that_was_given_up_frees_its_place(calling):
    arrived, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def holds(_request):
        arrived.release()
        await go_on.wait()
        return web.json_response(response())

    async with serving(holds) as server:
        client = calling(server.base)
        stuck = [asyncio.create_task(client.respond({})) for _ in range(PARALLEL)]
        for _ in stuck:
            await asyncio.wait_for(arrived.acquire(), 5)
        for call in stuck:
            call.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
        go_on.set()
        assert await client.respond({}) == response()
