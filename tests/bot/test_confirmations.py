"""X itself about the posts people are shown: asked little, never waited for long, never in the way."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.confirmations import Confirmer
from bot.sandbox.x import XServer
from bot.sources.x import Embeds
from core.confirming import AGAIN, Embed
from core.models import Post
from tests.bot.x_opened import NOW, WORLD
from tests.core import makers
from tests.storage import facts

PATIENCE_S = 5.0
REAL = WORLD.posts[40:44]


def reported(post, **fields):
    """A post as a model tells it: with an author it made up."""
    known = {"id": str(post.id), "created_at": post.created_at, "known_at": NOW}
    return Post(**(known | {"author": "somebody", "text": "words of a model"} | fields))


POSTS = [reported(post) for post in REAL]


@pytest.fixture
async def server():
    running = await XServer.start(world=WORLD, now=lambda: NOW, bearer=None)
    yield running
    await running.stop()


@asynccontextmanager
async def asking(server, *, per_cycle=20, timeout_s=PATIENCE_S):
    embeds = Embeds(server.base, timeout_s=PATIENCE_S)
    try:
        yield Confirmer(embeds, per_cycle=per_cycle, timeout_s=timeout_s)
    finally:
        await embeds.close()


async def test_posts_come_back_as_x_shows_them(server):
    async with asking(server) as confirmer:
        found = await confirmer.confirm(POSTS, NOW)
    assert [post.author for post in found] == [post.author for post in REAL]
    assert {post.confirmed for post in found} == {"look-up"}
    assert {post.looked_up_at for post in found} == {NOW}


async def test_a_deleted_post_comes_back_gone_and_without_words(server):
    server.deleted.add(POSTS[1].id)
    async with asking(server) as confirmer:
        found = await confirmer.confirm(POSTS, NOW)
    assert [post.gone for post in found] == [False, True, False, False]
    assert (found[1].text, found[1].confirmed) == ("", None)


async def test_each_is_asked_about_once_and_no_more_than_so_many_a_turn(server):
    async with asking(server, per_cycle=3) as confirmer:
        first = await confirmer.confirm(POSTS, NOW)
        rest = await confirmer.confirm([*first, *POSTS[3:]], NOW)
        assert await confirmer.confirm([*first, *rest], NOW + 2 * AGAIN) == []
    assert [post.id for post in (*first, *rest)] == [post.id for post in POSTS]
    assert len(server.calls) == 4


async def test_where_x_cannot_tell_the_post_stays_reported_and_is_left_alone_for_a_while(server):
    async with asking(server) as confirmer:
        server.faults.add("garbage")
        (untold,) = await confirmer.confirm(POSTS[:1], NOW)
        assert untold == POSTS[0].model_copy(update={"looked_up_at": NOW})
        assert await confirmer.confirm([untold], NOW + AGAIN - timedelta(seconds=1)) == []
        (told,) = await confirmer.confirm([untold], NOW + AGAIN)
    assert told.confirmed == "look-up"


class Stubborn:
    """Knows one post, breaks on another and is silent about the rest."""

    def __init__(self):
        self.cancelled = 0

    async def look_up(self, post_id):
        if post_id == POSTS[0].id:
            return Embed(author="ada", text="hi", gone=False)
        if post_id == POSTS[1].id:
            raise RuntimeError("a bug")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def close(self): ...


async def test_nobody_waits_for_those_that_do_not_answer_and_what_came_in_time_counts():
    stubborn = Stubborn()
    confirmer = Confirmer(stubborn, per_cycle=20, timeout_s=0.05)
    (found,) = await confirmer.confirm(POSTS, NOW)
    assert (found.id, found.author) == (POSTS[0].id, "ada")
    assert stubborn.cancelled == 2


async def test_a_shutdown_while_asking_is_not_held_up():
    stubborn = Stubborn()
    asked = asyncio.create_task(Confirmer(stubborn, per_cycle=20, timeout_s=60).confirm(POSTS, NOW))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert stubborn.cancelled == 2


async def test_switched_off_nothing_is_asked(server):
    assert await Confirmer(None, per_cycle=20, timeout_s=1).confirm(POSTS, NOW) == []
    async with asking(server, per_cycle=0) as confirmer:
        assert await confirmer.confirm(POSTS, NOW) == []
        assert await confirmer.confirm([], NOW) == []
    assert server.calls == []


# --- what people see of it -------------------------------------------------------------------------------


def quote(id, author, **fields):
    base = {"created_at": makers.NOW, "known_at": makers.NOW, "author": author, "text": f"fees of {id}"}
    return facts.post(id, **(base | fields))


QUOTES = [
    quote("100", "invented_name"),
    quote("101", "real_name", confirmed="look-up"),
    quote("102", "deleted_name", gone=True, text=""),
]


async def test_a_card_names_confirmed_authors_only_and_shows_no_post_that_is_gone(stage):
    await stage.fill(makers.score("a1", evidence=("100", "101", "102")), quotes=QUOTES)
    said = await stage.answer("/narrative story")
    assert "fees of 100\nas reported · post of 12:00" in said
    assert "fees of 101\nreal_name · post of 12:00" in said
    assert "_name" not in said.replace("real_name", "")
    links = [e["url"] for e in stage.heard()[-1]["entities"] if e["type"] == "text_link"]
    assert links == ["https://x.com/i/status/100", "https://x.com/i/status/101"]


async def test_an_alert_quotes_a_confirmed_post_first_and_none_that_is_gone(stage):
    await stage.fill(makers.score("a1"), quotes=QUOTES)
    await stage.answer("/subscribe")
    await stage.fire(evidence=["102", "100", "101"])
    await stage.deliver()
    sent = stage.heard()[-1]
    assert "“fees of 101” — real_name\n" in sent["text"]
    assert "Read the posts: ¹ ²\n" in sent["text"] + "\n"
    links = [e["url"] for e in sent["entities"] if e["type"] == "text_link"]
    assert links == ["https://x.com/i/status/100", "https://x.com/i/status/101"]
