"""The look-up on a simulated X: real authors, plain words, and what cannot be told stays untold."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.world import World
from bot.sandbox.x import XServer
from bot.sources.x import Embeds, markup
from bot.sources.x.client import PARALLEL
from bot.sources.x.embed import FIRST_POST, TRUSTED_S
from core.confirming import Embed
from tests.bot.grok_opened import Seconds
from tests.bot.x_opened import NOW, WORLD, serving

POST, OTHER = WORLD.posts[40], WORLD.posts[41]
GONE = Embed(author=None, text="", gone=True)


@pytest.fixture
async def server():
    running = await XServer.start(world=WORLD, now=lambda: NOW, bearer=None)
    yield running
    await running.stop()


@asynccontextmanager
async def looking(server, *, timeout_s=5.0, seconds=None):
    embeds = Embeds(server.base, timeout_s=timeout_s, monotonic=seconds or Seconds())
    try:
        yield embeds
    finally:
        await embeds.close()


async def test_the_author_and_the_words_are_xs_own(server):
    async with looking(server) as embeds:
        found = await embeds.look_up(str(POST.id))
    assert found.author == POST.author and not found.gone
    assert found.text == " ".join(POST.text.split())[:200].rstrip()
    (call,) = server.calls
    assert call.params == {"url": f"https://x.com/i/status/{POST.id}", "omit_script": "1"}


async def test_markup_in_a_post_is_words_and_its_length_is_bounded():
    text = "<b>free</b> & <script>alert(1)</script>\nnow " + "very " * 80
    world = World([replace(POST, text=text)])
    server = await XServer.start(world=world, now=lambda: NOW, bearer=None)
    async with looking(server) as embeds:
        found = await embeds.look_up(str(POST.id))
    await server.stop()
    assert found.text.startswith("<b>free</b> & <script>alert(1)</script> now very")
    assert len(found.text) <= 200 and "\n" not in found.text


async def test_deleted_protected_and_invented_posts_are_gone(server):
    server.deleted.add(str(POST.id))
    server.protected.add(str(OTHER.id))
    async with looking(server) as embeds:
        for post_id in (str(POST.id), str(OTHER.id), "1346889436626259968"):
            assert await embeds.look_up(post_id) == GONE


async def test_before_it_is_believed_that_a_post_is_gone_the_service_must_find_xs_first(server):
    seconds = Seconds()
    server.deleted.add(str(POST.id))
    asked = [str(POST.id), FIRST_POST, str(POST.id), str(OTHER.id), str(POST.id)]
    async with looking(server, seconds=seconds) as embeds:
        assert await embeds.look_up(str(POST.id)) == GONE
        assert await embeds.look_up(str(POST.id)) == GONE  # still believed
        seconds.now += TRUSTED_S
        await embeds.look_up(str(OTHER.id))
        assert await embeds.look_up(str(POST.id)) == GONE
    assert [call.params["url"].rsplit("/", 1)[-1] for call in server.calls] == asked


@pytest.mark.parametrize("status", [403, 404])
async def test_a_service_that_finds_nothing_at_all_tells_nothing(status):
    async with serving(web.Response(status=status)) as nowhere, looking(nowhere) as embeds:
        assert await embeds.look_up(str(POST.id)) is None


@pytest.mark.parametrize(
    "fault", ["rate_limited", "server_error", "unavailable", "garbage", "reset", "absurd"]
)
async def test_trouble_cannot_tell(server, fault):
    server.faults.add(fault)
    async with looking(server) as embeds:
        assert await embeds.look_up(str(POST.id)) is None
        assert await embeds.look_up(str(POST.id)) is not None  # the next one is asked as ever


async def test_silence_and_an_empty_line_cannot_tell(server):
    server.faults.add("timeout")
    async with looking(server, timeout_s=0.05) as embeds:
        assert await embeds.look_up(str(POST.id)) is None
    await server.stop()
    async with looking(server) as embeds:
        assert await embeds.look_up(str(POST.id)) is None


DOCUMENT = {
    "url": f"https://x.com/real/status/{POST.id}",
    "author_url": "https://x.com/real",
    "html": "<blockquote><p>words</p></blockquote>",
}


@pytest.mark.parametrize(
    "document",
    [
        {"error": "Sorry, you are not authorized to see this status."},
        {"errors": [{"code": 34, "message": "Sorry, that page does not exist"}]},
        DOCUMENT | {"url": "https://x.com/real/status/1"},  # another post
        DOCUMENT | {"author_url": "https://x.com/"},
        DOCUMENT | {"author_url": "https://x.com/a name nobody can have"},
        DOCUMENT | {"author_url": ["real"]},
        DOCUMENT | {"author_url": "https://[x.com/real"},
        [],
        None,
    ],
)
async def test_an_error_document_or_another_post_cannot_tell(document):
    async with serving(web.json_response(document)) as scripted, looking(scripted) as embeds:
        assert await embeds.look_up(str(POST.id)) is None


@pytest.mark.parametrize(
    ("html", "text"), [(DOCUMENT["html"], "words"), (None, ""), (7, ""), ("no <b>p", "")]
)
async def test_an_author_without_words_is_still_an_author(html, text):
    async with serving(web.json_response(DOCUMENT | {"html": html})) as scripted, looking(scripted) as embeds:
        assert await embeds.look_up(str(POST.id)) == Embed(author="real", text=text, gone=False)


async def test_an_endless_answer_is_not_read():
    async with serving(web.Response(body=b" " * 200_000)) as scripted, looking(scripted) as embeds:
        assert await embeds.look_up(str(POST.id)) is None


async def test_it_is_led_nowhere_and_keeps_no_cookies():
    moved = web.Response(
        status=302, headers={"Location": "https://example.org/", "Set-Cookie": "id=1; Path=/"}
    )
    async with serving(moved) as scripted, looking(scripted) as embeds:
        assert await embeds.look_up(str(POST.id)) is None
        assert await embeds.look_up(str(POST.id)) is None
    assert len(scripted.requests) == 2
    assert not any(
        "Cookie" in request.headers or "Authorization" in request.headers for request in scripted.requests
    )


@pytest.mark.parametrize("post_id", ["", "abc", "1/../2", "1" * 21, "１２"])
async def test_what_is_no_id_is_not_asked(server, post_id):
    async with looking(server) as embeds:
        assert await embeds.look_up(post_id) is None
    assert server.calls == []


async def test_four_at_a_time_are_the_most(server):
    server.faults.add("timeout", count=None)
    async with looking(server) as embeds:
        asking = [asyncio.create_task(embeds.look_up(str(post.id))) for post in WORLD.posts[:10]]
        async with asyncio.timeout(5):
            while len(server.calls) < PARALLEL:
                await asyncio.sleep(0)
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(server.calls) == PARALLEL
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


# --- reading the markup -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one"),
        (
            '<blockquote><p lang="en">a<br>b &amp;lt; <a href="x">$BTC</a></p>— Name</blockquote>',
            "a b &lt; $BTC",
        ),
        ("<p>never closed", "never closed"),
        ("<p>kept</p><![nonsense[ x", "kept"),
        ("<![nonsense[ <p>lost</p>", ""),
        ("", ""),
    ],
)
def test_the_first_paragraph_is_what_the_post_says(html, text):
    assert markup.first_paragraph(html) == text


PIECES = st.sampled_from(
    ["<p>", "</p>", "<br>", "<!", "<![", "]]>", "&#x110000;", "&amp", "<script>", "<", "\x00", "字"]
)


@given(html=st.lists(PIECES | st.text(max_size=5), max_size=20).map("".join))
def test_any_markup_is_read(html):
    shown = markup.read(json.dumps(DOCUMENT | {"html": html}), str(POST.id))
    assert shown.author == "real" and len(shown.text) <= 200


@given(body=st.text() | st.just("[" * 100_000) | st.just("9" * 5000))
def test_any_body_is_read(body):
    assert markup.read(body, str(POST.id)) is None
