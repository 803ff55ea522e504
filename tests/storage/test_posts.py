"""Posts are known once, filled in, and never lose what was known."""

from datetime import timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.confirming import Embed, by_look_up
from storage import mentions, narratives, posts
from tests.storage.facts import DAY, HOUR, NOON, SECOND, mention, narrative, post


async def test_post_comes_back_exactly_as_it_was(database):
    whole = post(
        "1989999999999999999", author="ada", text="比特币 to the 🌙", lang="zh", signature=2**62 + 1,
        stance=-0.1, tone=0.25, likes=0, reposts=3, replies=None, views=2**40,
        confirmed="look-up", looked_up_at=NOON + HOUR,
    )  # fmt: skip
    async with database.writing() as c:
        assert await posts.insert(c, [whole]) == 1
        assert await posts.get(c, [whole.id, "404"]) == {whole.id: whole}


async def test_times_are_exact_to_the_microsecond_and_come_back_in_utc(database):
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    async with database.writing() as c:
        await posts.insert(
            c, [post("1", created_at=there), post("2", created_at=NOON + timedelta(microseconds=1))]
        )
        found = await posts.get(c, ["1", "2"])
    assert found["1"].created_at == NOON
    assert found["1"].created_at.utcoffset() == timedelta(0)
    assert (found["2"].created_at - found["1"].created_at) == timedelta(microseconds=1)


async def test_time_without_a_zone_is_refused(database):
    async with database.writing() as c:
        with pytest.raises(Exception, match="no time zone"):
            await posts.prune_text(c, NOON.replace(tzinfo=None))


async def test_inserting_again_changes_nothing_and_is_not_new(database):
    async with database.writing() as c:
        assert await posts.insert(c, [post("1"), post("2"), post("1")]) == 2
        before = await posts.get(c, ["1", "2"])
        assert await posts.insert(c, [post("2"), post("1"), post("3")]) == 1
        after = await posts.get(c, ["1", "2"])
    assert before == after


async def test_inserting_nothing_is_nothing(database):
    async with database.writing() as c:
        assert await posts.insert(c, []) == 0
        assert await posts.get(c, []) == {}


async def test_what_was_missing_is_filled_in_and_what_was_known_stays(database):
    first = post("1", author=None, text="", lang="und", signature=0, stance=None)
    full = post("1", author="ada", text="hi", lang="en", signature=7, stance=0.5, known_at=NOON + HOUR)
    other = post("1", author="bob", text="no", lang="zh", signature=9, stance=-1.0)
    async with database.writing() as c:
        await posts.insert(c, [first])
        await posts.insert(c, [full])
        await posts.insert(c, [other])
        found = (await posts.get(c, ["1"]))["1"]
    assert found == full.model_copy(update={"known_at": first.known_at})


async def test_the_tone_is_that_of_the_text_that_is_kept(database):
    told = [
        post("1", text=""),
        post("1", text="wagmi", tone=0.6),
        post("1", text="rekt", tone=-0.5),
    ]
    async with database.writing() as c:
        for each in told:
            await posts.insert(c, [each])
        kept = (await posts.get(c, ["1"]))["1"]
        looked_up = by_look_up(kept, Embed(author="ada", text="a scam", gone=False), at=NOON + HOUR)
        await posts.insert(c, [looked_up])
        found = (await posts.get(c, ["1"]))["1"]
    assert (kept.text, kept.tone) == ("wagmi", 0.6)
    assert (found.text, found.tone) == ("a scam", looked_up.tone)
    assert looked_up.tone < 0


counted = st.none() | st.integers(0, 10**12)


@given(st.lists(counted, min_size=1, max_size=5))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_counts_never_fall_and_the_unknown_erases_nothing(database, seen):
    async with database.writing() as c:
        new = str(2**62 + await _number(c))
        for likes in seen:
            await posts.insert(c, [post(new, likes=likes, views=likes)])
        found = (await posts.get(c, [new]))[new]
    assert found.likes == found.views == max((n for n in seen if n is not None), default=None)


async def _number(c):
    """Ids nobody used yet: the examples of one property share a database."""
    number = 0
    while await posts.known(c, [str(2**62 + number)]):
        number += 1
    return number


async def test_more_posts_than_one_statement_takes(database):
    many = [post(str(n)) for n in range(1, 2_501)]
    async with database.writing() as c:
        assert await posts.insert(c, many) == 2_500
        assert await posts.known(c, [str(n) for n in range(2_000, 3_000)]) == {
            str(n) for n in range(2_000, 2_501)
        }
        assert len(await posts.get(c, (p.id for p in many))) == 2_500


async def test_posts_of_a_narrative_come_newest_first(database):
    async with database.writing() as c:
        await posts.insert(c, [post(str(n), created_at=NOON + n * HOUR) for n in range(5)])
        await narratives.save(c, [narrative("n1"), narrative("n2")])
        await mentions.append(
            c, [mention("n1", str(n), NOON + n * HOUR) for n in (0, 1, 2, 4)] + [mention("n2", "3", NOON)]
        )
        found = await posts.of_narrative(c, ["n1"], since=NOON + HOUR, limit=2)
        everything = await posts.of_narrative(c, ["n1"], since=NOON - DAY, limit=50)
    assert [p.id for p in found] == ["4", "2"]
    assert [p.id for p in everything] == ["4", "2", "1", "0"]


async def test_loose_posts_have_a_text_and_no_narrative(database):
    async with database.writing() as c:
        await posts.insert(
            c,
            [
                post("1", text="owned"), post("2", text="later", created_at=NOON + HOUR),
                post("3", text="loose"), post("4", text=""), post("5", text="old", created_at=NOON - DAY),
            ],
        )  # fmt: skip
        await narratives.save(c, [narrative()])
        await mentions.append(c, [mention(post_id="1")])
        assert [p.id for p in await posts.loose(c, since=NOON)] == ["3", "2"]


async def test_junk_is_kept_aside_from_everything_that_counts(database):
    junk = post("1", text="claim it", author="eve", signature=5, junk="airdrop farm")
    talk = post("2", text="talk", author="ada", signature=6)
    loose = post("3", text="loose", author="cy", signature=7)
    async with database.writing() as c:
        await posts.insert(c, [junk, talk, loose, post("4", gone=True), post("5", created_at=NOON - DAY)])
        await narratives.save(c, [narrative()])
        await mentions.append(c, [mention(post_id=id) for id in ("1", "2")])
        found = sorted(await posts.asides(c, since=NOON))
        assert await posts.get(c, ["1"]) == {"1": junk}
        assert [p.id for p in await posts.loose(c, since=NOON)] == ["3"]
        recent = [(e.post_id, e.junk) for e in await posts.recent(c, since=NOON)]
        counted = await mentions.read(c, since=NOON, known_by=NOON)
    assert found == [("1", "eve", 5, "airdrop farm"), ("3", "cy", 7, None)]
    assert recent == [("1", "airdrop farm"), ("2", None), ("3", None)]
    assert [m.post_id for m in counted] == ["2"]


async def test_excerpts_expire_and_the_rest_stays(database):
    old = post("1", text="old", likes=3, author="ada", signature=7, known_at=NOON - DAY)
    new = post("2", text="new", signature=2**62, known_at=NOON)
    async with database.writing() as c:
        await posts.insert(c, [old, new, post("3", text="", known_at=NOON - DAY)])
        assert await posts.recent(c, since=NOON) == [("1", "old", 7, None), ("2", "new", 2**62, None)]
        assert await posts.prune_text(c, NOON) == 1
        assert await posts.prune_text(c, NOON) == 0
        assert await posts.get(c, ["1", "2"]) == {"1": old.model_copy(update={"text": ""}), "2": new}
        assert await posts.recent(c, since=NOON - DAY) == [("2", "new", 2**62, None)]
        assert await posts.recent(c, since=NOON + SECOND) == []


# --- what vouches for them -------------------------------------------------------------------------------


def shown(author="RealAda", text="Real words", at=NOON + HOUR, **known):
    return by_look_up(post("1", **known), Embed(author=author, text=text, gone=False), at=at)


def gone(at=NOON + HOUR, **known):
    return by_look_up(post("1", **known), Embed(author=None, text="", gone=True), at=at)


async def after(database, *told):
    """The stored post after it was told so, one batch after the other."""
    async with database.writing() as c:
        for each in told:
            await posts.insert(c, [each])
        return (await posts.get(c, ["1"]))["1"]


REPORTED = post("1", author="ada", text="words", lang="en", signature=7, likes=3)


async def test_a_second_answer_confirms_and_a_third_cannot_take_it_back(database):
    agreed = REPORTED.model_copy(update={"confirmed": "answers"})
    other = post("1", author="bob", text="other", signature=9)
    assert await after(database, REPORTED, agreed, other) == agreed


async def test_confirmed_words_come_with_the_author_they_were_confirmed_with(database):
    agreed = post("1", author="bob", text="other", lang="en", signature=9, confirmed="answers")
    found = await after(database, REPORTED, agreed)
    assert (found.author, found.text, found.signature, found.confirmed) == ("bob", "other", 9, "answers")


@pytest.mark.parametrize("by", [None, "answers"])
async def test_xs_word_replaces_what_was_told_and_stays(database, by):
    told = REPORTED.model_copy(update={"confirmed": by})
    found = await after(database, told, shown(), told, REPORTED)
    assert found == shown(likes=3)


async def test_the_latest_look_up_is_the_one_that_counts(database):
    later = shown(author="renamed", text="edited", at=NOON + DAY)
    assert await after(database, shown(), later, shown()) == later


async def test_words_that_expired_are_not_filled_in_with_unconfirmed_ones(database):
    async with database.writing() as c:
        await posts.insert(c, [shown()])
        await posts.prune_text(c, NOON + DAY)
        await posts.insert(c, [REPORTED])
        found = (await posts.get(c, ["1"]))["1"]
    assert (found.author, found.text, found.confirmed) == ("RealAda", "", "look-up")


async def test_gone_stays_gone_whatever_answers_still_tell(database):
    later = shown(at=NOON + DAY)
    agreed = REPORTED.model_copy(update={"confirmed": "answers", "likes": 5})
    found = await after(database, REPORTED, gone(), agreed, later)
    assert (found.gone, found.text, found.confirmed, found.looked_up_at) == (True, "", None, NOON + DAY)
    assert (found.created_at, found.author, found.likes) == (REPORTED.created_at, "ada", 5)


async def test_what_x_could_not_tell_is_remembered_as_asked(database):
    asked = REPORTED.model_copy(update={"looked_up_at": NOON})
    assert await after(database, REPORTED, asked, REPORTED) == asked


async def test_gone_posts_are_nowhere_to_be_read(database):
    async with database.writing() as c:
        await posts.insert(c, [post(id, text="told") for id in ("1", "2", "3")])
        await narratives.save(c, [narrative()])
        await mentions.append(c, [mention(post_id=id, metered=True) for id in ("1", "3", "404")])
        for id in ("1", "2"):
            await posts.insert(c, [gone().model_copy(update={"id": id})])
        assert [p.id for p in await posts.of_narrative(c, ["n1"], since=NOON, limit=9)] == ["3"]
        assert await posts.loose(c, since=NOON) == []
        assert [e.post_id for e in await posts.recent(c, since=NOON)] == ["3"]
        assert await mentions.said(c, since=NOON) == {"3": "told"}
        counted = await mentions.read(c, since=NOON, known_by=NOON)
    assert [m.post_id for m in counted] == ["3", "404"]


async def test_the_latest_ids_come_newest_first(database):
    async with database.writing() as c:
        await posts.insert(c, [post(str(n), created_at=NOON + n * HOUR) for n in (3, 1, 2)])
        assert await posts.recent_ids(c, limit=2) == ["3", "2"]
        assert await posts.recent_ids(c, limit=0) == []


async def test_a_regular_wrote_an_accepted_post_before_then(database):
    async with database.writing() as c:
        await posts.insert(
            c,
            [
                post("1", author="ann", created_at=NOON - DAY),
                post("2", author="ann", created_at=NOON),
                post("3", author="bob", created_at=NOON),
                post("4", author=None, created_at=NOON - DAY),
                post("5", author="cy", created_at=NOON - DAY),
            ],
        )
        assert await posts.regulars(c, ["ann", "bob", "eve"], before=NOON) == {"ann"}
        assert await posts.regulars(c, [], before=NOON) == set()
