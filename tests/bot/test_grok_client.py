"""Every way a call can fail has its name, and none of them leaks the key."""

import asyncio
import json

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.sources.grok import client as clients
from bot.sources.grok import refusals
from bot.sources.grok.client import GrokClient
from bot.sources.grok.refusals import Broken, Busy, Cut, KeyRefused, Lost, SchemaRefused, UnknownModel
from core.errors import Misconfigured, OutOfCredit, Rejected, Retry
from tests.bot.grok_fixtures import CONTRACT, response
from tests.bot.grok_server import KEY, TEAM, serving

CREDIT = (
    f"Your team {TEAM} has either used all available credits or reached its monthly spending limit. "
    "To continue, please purchase more credits."
)
BUSY = f"Too many requests for team {TEAM} and model grok-4.3. Requests per Minute (actual/limit): 2/2."
BAD_KEY = "Incorrect API key provided: xai-****. You can obtain an API key from https://console.x.ai."


def client(server, timeout_s=5.0):
    return GrokClient(base_url=server.base, api_key=SecretStr(KEY), timeout_s=timeout_s)


async def told(reply, timeout_s=5.0):
    """What the client makes of one reply."""
    async with serving(reply) as server:
        grok = client(server, timeout_s)
        try:
            return await grok.respond({"model": "grok-4.3"})
        finally:
            await grok.close()


async def failure(reply, timeout_s=5.0):
    with pytest.raises((Retry, OutOfCredit, Misconfigured, Rejected)) as caught:
        await told(reply, timeout_s)
    assert KEY not in str(caught.value) and caught.value.__cause__ is None
    return caught.value


async def test_an_answer_comes_back_as_it_is_and_the_key_goes_into_the_header():
    async with serving(web.json_response(response())) as server:
        grok = client(server)
        assert await grok.respond({"model": "grok-4.3"}) == response()
        await grok.close()
        (asked,) = server.requests
        assert asked.headers["Authorization"] == f"Bearer {KEY}" and asked.path == "/v1/responses"
        assert server.bodies == [{"model": "grok-4.3", "stream": True}]


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (
            400,
            {"code": "invalid-argument", "error": "Invalid request content: bad schema"},
            SchemaRefused,
            "bad schema",
        ),
        (
            400,
            {"code": "Client specified an invalid argument", "error": BAD_KEY},
            KeyRefused,
            "XAI_API_KEY",
        ),
        (401, None, KeyRefused, "XAI_API_KEY"),
        (
            403,
            {"code": "permission-denied", "error": "access to the chat endpoint is denied"},
            KeyRefused,
            "denied",
        ),
        (403, {"error": "Content violates usage guidelines. Failed check: X"}, Rejected, "content"),
        (403, {"error": CREDIT}, OutOfCredit, "credit"),
        (429, {"error": CREDIT}, OutOfCredit, "credit"),
        (429, {"error": {"message": CREDIT, "type": "x"}}, OutOfCredit, "credit"),
        (404, {"code": "not-found", "error": "The model x does not exist"}, UnknownModel, "grok.model"),
        (410, {"error": "Live search is deprecated."}, Misconfigured, "Live search"),
        (422, {"error": "odd"}, Misconfigured, "422"),
        (408, {"error": "slow"}, Cut, "408"),
        (429, {"code": "resource-exhausted", "error": BUSY}, Busy, "429"),
        (500, {"error": "internal"}, Broken, "500"),
        (503, None, Broken, "503"),
        (502, None, Lost, "502"),
        (504, {"error": "upstream"}, Lost, "504"),
    ],
)
async def test_every_refusal_has_its_name(status, body, error, says):
    text = "<html>no</html>" if body is None else json.dumps(body)
    found = await failure(web.Response(status=status, text=text))
    assert type(found) is error and says in str(found)


async def test_a_refused_content_is_counted_as_such():
    found = await failure(web.json_response({"error": "Content violates usage guidelines."}, status=403))
    assert found.fault == "content filter"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("99999", 300.0),
        ("inf", 300.0),
        ("nan", None),
        ("soon", None),
        (None, None),
    ],
)
async def test_retry_after_is_honoured_within_reason(header, seconds):
    headers = {} if header is None else {"Retry-After": header}
    found = await failure(web.json_response({"error": BUSY}, status=429, headers=headers))
    assert found.retry_after == seconds


async def test_a_redirect_is_not_followed():
    async with serving(web.json_response(response())) as elsewhere:
        found = await failure(web.Response(status=302, headers={"Location": f"{elsewhere.base}/responses"}))
        assert isinstance(found, Misconfigured) and "XAI_BASE_URL" in str(found)
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "text", ["<html><body>Bad gateway</body></html>", "", '{"id": "x", "output": [', "[" * 200_000]
)
async def test_an_answer_that_is_no_json_is_unreadable(text):
    found = await failure(web.Response(text=text))
    assert isinstance(found, Rejected) and found.fault == "unreadable"


async def test_an_endless_answer_is_cut_off(monkeypatch):
    monkeypatch.setattr(clients, "MAX_BODY", 100_000)
    found = await failure(web.Response(text="x" * 200_000))
    assert isinstance(found, Rejected) and found.fault == "unreadable"


async def test_an_echoed_key_never_gets_into_the_error():
    found = await failure(web.json_response({"error": f"no such header: Bearer {KEY}"}, status=400))
    assert isinstance(found, Misconfigured) and "xai-****" in str(found)


async def test_a_key_that_no_header_can_carry_is_a_matter_of_settings():
    async with serving(web.json_response(response())) as server:
        grok = GrokClient(base_url=server.base, api_key=SecretStr("xai-two\nlines"), timeout_s=5)
        with pytest.raises(Misconfigured, match="XAI_API_KEY"):
            await grok.respond({})
        await grok.close()
    assert server.requests == []


async def test_a_connection_that_breaks_may_have_been_billed():
    async def breaks(request):
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b'{"id": ')
        request.transport.abort()
        return answer

    assert isinstance(await failure(breaks), Cut)


async def test_an_answer_that_never_comes_may_have_been_billed():
    async def waits(_request):
        await asyncio.Event().wait()

    found = await failure(waits, timeout_s=0.1)
    assert isinstance(found, Cut) and "in time" in str(found)


async def test_a_call_that_never_left_was_not_billed():
    async with serving(web.json_response(response())) as server:
        grok = client(server)
    with pytest.raises(Retry) as caught:
        await grok.respond({})
    assert type(caught.value) is Retry
    await grok.close()


async def test_at_most_four_calls_run_at_a_time():
    release, running, most = asyncio.Event(), 0, 0
    full = asyncio.Event()

    async def holds(_request):
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == clients.PARALLEL:
            full.set()
        await release.wait()
        running -= 1
        return web.json_response(response())

    async with serving(holds) as server:
        grok = client(server)
        calls = [asyncio.create_task(grok.respond({})) for _ in range(10)]
        await asyncio.wait_for(full.wait(), 5)
        release.set()
        await asyncio.gather(*calls)
        await grok.close()
    assert most == clients.PARALLEL and len(server.requests) == 10


@pytest.mark.skipif(not CONTRACT.exists(), reason="needs ../shared/contract/grok beside the repository")
def test_every_documented_refusal_is_classified():
    meant = {"BAD KEY": Misconfigured, "OUT OF CREDIT": OutOfCredit, "content filter": Rejected}
    status = {
        400: Misconfigured,
        401: Misconfigured,
        403: Misconfigured,
        404: Misconfigured,
        410: Misconfigured,
        429: Retry,
    }
    known = json.loads((CONTRACT / "docs/error-bodies.json").read_text("utf-8"))
    assert len(known) >= 9
    for case in known:
        text = json.dumps(case["body"]) if "body" in case else case["body_prefix"]
        expected = next(
            (kind for words, kind in meant.items() if words in case.get("meaning", "")),
            status[case["status"]],
        )
        assert isinstance(refusals.classify(case["status"], text), expected), case
