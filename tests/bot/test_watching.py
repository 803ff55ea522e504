"""What a chat cares about: watched, ignored, followed, listed, taken off again; limits in words."""

import pytest

from core.models.rules import ENTRIES, TOPICS, Scope
from storage import attention, narratives, watching
from tests.bot.stage import GROUP, MEMBER, YOU
from tests.core.makers import NOW, narrative, score

REFUSED = "Only admins of this group can change its settings."
SOL = Scope(kind="token", name="SOL")
STORY = Scope(kind="narrative", name="story-a1", narrative_id="a1")


@pytest.fixture
async def told(stage):
    await stage.fill(
        score("a1"), score("b2"), stories=[narrative("a1", title="Fee cut"), narrative("b2", title="Fee war")]
    )
    return stage


async def lists(stage, chat_id=YOU):
    async with stage.database.reading() as c:
        allowed = await attention.get(c, chat_id)
    return allowed.watch, allowed.ignore, allowed.topics


def plain(text):
    return text.replace("⁠", "")


@pytest.mark.parametrize(
    ("said", "entry"),
    [
        ("$sol", SOL), ("#story-a1", STORY), ("story-a1", STORY), ("FEE CUT", STORY),
        ("Perp  DEX", Scope(kind="topic", name="perp dex")), ("fee", Scope(kind="topic", name="fee")),
    ],
)  # fmt: skip
async def test_a_token_a_story_and_a_topic_are_watched_and_unwatched(told, said, entry):
    assert plain(await told.answer(f"/watch {said}")).startswith("Watching ")
    assert (await lists(told))[0] == (entry,)
    assert "watched already" in await told.answer(f"/watch {said}")
    assert "not watched any more" in await told.answer(f"/unwatch {said}")
    assert (await lists(told))[0] == ()


async def test_what_is_ignored_is_watched_no_more(told):
    await told.answer("/watch $SOL")
    assert "Ignoring $SOL" in plain(await told.answer("/ignore $SOL"))
    assert await lists(told) == ((), (SOL,), ())
    assert "not ignored any more" in await told.answer("/unignore sol")


async def test_a_topic_says_which_stories_it_means_now(told):
    assert "Fee cut" in await told.answer("/watch fee")
    assert "I know none yet. /follow has it searched." in await told.answer("/watch perp dex")


async def test_a_watched_story_that_was_merged_is_unwatched_by_its_new_name(told):
    await told.answer("/watch #story-a1")
    async with told.database.writing() as c:
        await narratives.save(c, [narrative("a1", title="Fee cut", redirect_to="b2")])
    assert "not watched any more" in await told.answer("/unwatch #story-b2")
    assert (await lists(told))[0] == ()


async def test_a_topic_is_followed_once_however_it_is_written(told):
    assert "1 of 5 topics" in await told.answer("/follow ZK  proofs")
    assert "already" in await told.answer("/follow “zk proofs”")
    assert (await lists(told))[2] == ("zk proofs",)
    assert "not followed any more" in await told.answer("/unfollow ZK Proofs")
    assert "does not follow" in await told.answer("/unfollow zk proofs")


async def test_full_lists_say_so(told):
    async with told.database.writing() as c:
        for n in range(ENTRIES):
            await watching.add(c, YOU, "watch", Scope(kind="token", name=f"T{n}"), NOW)
            await watching.add(c, YOU, "ignore", Scope(kind="token", name=f"U{n}"), NOW)
        for n in range(TOPICS):
            await watching.follow(c, YOU, f"topic {n}", NOW)
    assert "50 entries, which is the most" in await told.answer("/watch $SOL")
    assert "50 entries, which is the most" in await told.answer("/ignore $SOL")
    assert "5 topics, which is the most" in await told.answer("/follow more proofs")
    said = await told.answer("/lists")
    assert "and 35 more" in said and len(said.splitlines()) <= 9 and "topic 4" in said


@pytest.mark.parametrize("command", ["watch", "unwatch", "ignore", "unignore", "follow", "unfollow"])
async def test_a_command_alone_says_how_it_is_used(told, command):
    assert f"/{command} " in plain(await told.answer(f"/{command}"))


@pytest.mark.parametrize("said", ["/watch x", "/follow x", "/follow " + "long " * 20, '/follow a "b" c'])
async def test_what_cannot_be_a_topic_is_refused(told, said):
    assert "2 to 60 characters" in await told.answer(said)
    assert await lists(told) == ((), (), ())


@pytest.mark.parametrize("command", ["watch $SOL", "unwatch $SOL", "ignore $SOL", "follow zk proofs"])
async def test_members_of_a_group_do_not_change_its_lists(told, command):
    assert await told.answer(f"/{command}", chat=GROUP, user=MEMBER) == REFUSED
    assert "Watching: nothing" in await told.answer("/lists", chat=GROUP, user=MEMBER)
