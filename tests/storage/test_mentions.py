"""What is stored of which posts a narrative is made of comes back as it was, on both databases."""

from core.models import Move
from storage import mentions, narratives, posts
from tests.storage.facts import DAY, HOUR, NOON, SECOND, mention, narrative, post


async def test_mention_once_metered_stays_metered_and_keeps_its_first_time(database):
    async with database.writing() as c:
        await posts.insert(c, [post("100", author="ada", stance=0.5, signature=7)])
        await narratives.save(c, [narrative()])
        for metered, known_at in ((False, NOON), (True, NOON + HOUR), (False, NOON + DAY)):
            await mentions.append(c, [mention(metered=metered, known_at=known_at)])
        await mentions.append(c, [])
        found = await mentions.read(c, since=NOON, known_by=NOON)
    assert found == [("n1", "100", NOON, NOON, True, "ada", 0.5, 7, False, None, None)]
    assert type(found[0].metered) is bool


async def test_mention_carries_what_others_did_with_its_post(database):
    reactions = {"1": {}, "2": {"likes": 3}, "3": {"reposts": 2}, "4": {"likes": 3, "reposts": 2}}
    known = [post(id, tone=0.5, **given) for id, given in reactions.items()]
    async with database.writing() as c:
        await posts.insert(c, known)
        await narratives.save(c, [narrative()])
        await mentions.append(c, [mention(post_id=id) for id in reactions])
        found = await mentions.read(c, since=NOON, known_by=NOON)
    assert [m.engagement for m in found] == [None, 3, 4, 7] == [each.engagement for each in known]
    assert {m.tone for m in found} == {0.5}


async def test_mention_says_whether_its_author_is_confirmed_by_now(database):
    async with database.writing() as c:
        await posts.insert(c, [post(id, author="ada", text="told") for id in ("1", "2", "3")])
        await posts.insert(c, [post("1", author="ada", text="told", confirmed="answers")])
        await posts.insert(c, [post("2", author="eve", text="told", confirmed="look-up", looked_up_at=NOON)])
        await narratives.save(c, [narrative()])
        await mentions.append(c, [mention(post_id=id) for id in ("1", "2", "3")])
        found = await mentions.read(c, since=NOON, known_by=NOON)
    assert [(m.author, m.confirmed) for m in found] == [("ada", True), ("eve", True), ("ada", False)]
    assert all(type(m.confirmed) is bool for m in found)


async def test_mentions_are_those_known_then_of_the_narratives_asked_for(database):
    async with database.writing() as c:
        await posts.insert(c, [post(str(n), created_at=NOON + n * SECOND) for n in range(4)])
        await narratives.save(c, [narrative("a"), narrative("b")])
        await mentions.append(
            c,
            [
                mention("b", "2", NOON + 2 * SECOND), mention("a", "1", NOON + SECOND),
                mention("a", "0", NOON),
                mention("a", "3", NOON + 3 * SECOND, known_at=NOON + DAY),
            ],
        )  # fmt: skip
        since, known_by = NOON + SECOND, NOON + HOUR
        both = await mentions.read(c, since=since, known_by=known_by)
        only = await mentions.read(c, since=since, known_by=known_by, narrative_ids=["a", "x"])
        none = await mentions.read(c, since=since, known_by=known_by, narrative_ids=[])
    assert [m.post_id for m in both] == ["1", "2"]
    assert [m.post_id for m in only] == ["1"]
    assert none == []


async def test_many_mentions_are_read_in_batches_each_once(database):
    number = narratives.BATCH * 2 + 1
    async with database.writing() as c:
        await posts.insert(c, [post(str(n), author=f"a{n % 997}") for n in range(number)])
        await narratives.save(c, [narrative("a"), narrative("b")])
        await mentions.append(c, [mention("ab"[n % 2], str(n)) for n in range(number)])
    async with database.reading() as c:
        found = await mentions.read(c, since=NOON - DAY, known_by=NOON + DAY, narrative_ids=["a", "b"])
    assert sorted(int(m.post_id) for m in found) == list(range(number))


async def test_mention_counts_even_if_its_post_is_not_stored(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative()])
        await mentions.append(c, [mention(metered=True)])
        found = await mentions.read(c, since=NOON, known_by=NOON)
    assert found == [("n1", "100", NOON, NOON, True, None, None, 0, False, None, None)]


# --- coming apart


async def moved(c, *moves):
    await mentions.move(c, moves)
    rows = await mentions.read(c, since=NOON - DAY, known_by=NOON + DAY)
    return sorted((row.narrative_id, row.post_id, row.metered) for row in rows)


async def test_posts_that_leave_count_for_the_new_narrative_only_and_are_metered_by_none(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative("old"), narrative("new", split_from="old")])
        stored = [mention("old", "1", metered=True), mention("old", "2", metered=True), mention("new", "2")]
        await mentions.append(c, stored)
        expected = [("new", "2", False), ("old", "1", True)]
        assert await moved(c, Move("old", "new", "2")) == expected
        assert await moved(c, Move("old", "new", "2")) == expected  # safe to repeat


async def test_a_moved_post_keeps_when_it_was_written_and_known(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative("old"), narrative("new", split_from="old")])
        await mentions.append(c, [mention("old", "1", NOON - HOUR, NOON)])
        await mentions.move(c, [Move("old", "new", "1")])
        (row,) = await mentions.read(c, since=NOON - DAY, known_by=NOON)
        assert (row.created_at, row.known_at) == (NOON - HOUR, NOON)
