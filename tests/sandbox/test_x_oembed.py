"""The embed service of the simulated X: what is in the world is shown, everything else is not found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sandbox.world import World
from tests.sandbox.x_client import NOW, START, WORLD, get, oembed, serving

POST = WORLD.posts[40]


@pytest.fixture
async def server():
    async with serving() as running:
        yield running


async def test_a_post_is_shown_with_its_real_author(server):
    status, _, answer = await oembed(server, POST.id, omit_script="1")
    assert status == 200 and answer["author_url"] == f"https://x.com/{POST.author}"
    assert answer["url"].endswith(f"/status/{POST.id}") and f"(@{POST.author})" in answer["html"]
    assert answer["html"].startswith('<blockquote class="twitter-tweet"><p lang="')
    assert "<script" not in answer["html"] and server.billed_ticks == 0


async def test_the_script_comes_unless_it_is_left_out(server):
    assert "<script" in (await oembed(server, POST.id))[2]["html"]


async def test_markup_in_a_text_is_escaped():
    hostile = replace(POST, text="<b>$BTC</b> & more\n</p>")
    async with serving(world=World([hostile])) as server:
        _, _, answer = await oembed(server, hostile.id)
    assert "&lt;b&gt;$BTC&lt;/b&gt; &amp; more<br>&lt;/p&gt;</p>" in answer["html"]


async def test_unknown_deleted_and_protected_posts_are_not_shown(server):
    server.deleted.add(str(POST.id))
    server.protected.add(str(WORLD.posts[41].id))
    assert (await oembed(server, POST.id))[0] == 404
    assert (await oembed(server, WORLD.posts[41].id))[0] == 403
    assert (await oembed(server, 1346889436626259968))[0] == 404


async def test_a_post_of_the_future_is_not_there_yet():
    last = WORLD.posts[-1]
    assert last.created_at > NOW
    async with serving(now=lambda: START) as early:
        assert (await oembed(early, last.id))[0] == 404


async def test_xs_first_post_is_always_there(server):
    _, _, answer = await oembed(server, 20)
    assert answer["author_url"] == "https://x.com/jack" and "just setting up my twttr" in answer["html"]


@pytest.mark.parametrize("address", ["", "https://example.org/i/status/20", "https://x.com/jack"])
async def test_an_address_of_no_post_is_refused(server, address):
    assert (await get(server, "/oembed", url=address))[0] == 400
