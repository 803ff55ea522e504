"""Counted hours come back as they were said, and as far as they were known."""

from core.models import Count
from storage import counts, observations
from tests.storage.facts import DAY, HOUR, NOON, SECOND, cycle


def count(hour=0, *, id="n1", query="q", posts=7, known=None, length=HOUR):
    start = NOON + hour * HOUR
    return Count(id, query, start, start + length, posts, known or start + length)


async def keep(c, *rows, cycle_id="c1"):
    await observations.append(c, cycle(cycle_id), [], [])
    await counts.append(c, cycle_id, rows)


async def everything(c, ids=("n1",)):
    return await counts.read(c, since=NOON - 99 * DAY, known_by=NOON + 99 * DAY, narrative_ids=ids)


async def test_nothing_was_counted_at_first(database):
    async with database.reading() as c:
        assert await everything(c) == []
        assert await counts.last(c, ["n1"]) == {}
        assert await counts.last(c, []) == {}


async def test_a_count_comes_back_exactly_and_twice_is_once(database):
    rows = [count(0, posts=2**40), count(1, query='"a b" OR $X -is:retweet')]
    async with database.writing() as c:
        await keep(c, *rows)
        await keep(c, *rows, cycle_id="c2")
        assert sorted(await everything(c)) == sorted(rows)
        await counts.append(c, "c1", [])


async def test_an_hour_counted_again_keeps_both_words(database):
    half, whole = count(0, length=HOUR / 2, posts=3), count(0, posts=9)
    async with database.writing() as c:
        await keep(c, half, whole)
        assert await everything(c) == [half, whole]
        known = await counts.read(c, since=NOON, known_by=whole.known_at - SECOND, narrative_ids=["n1", "n2"])
    assert known == [half]


async def test_reading_leaves_out_other_narratives_and_what_ended_before(database):
    async with database.writing() as c:
        await keep(c, count(0), count(1), count(2, id="n2"))
        found = await counts.read(c, since=NOON + HOUR, known_by=NOON + DAY, narrative_ids=["n1"])
    assert found == [count(1)]


async def test_the_last_counted_hour_is_that_of_the_newest_query(database):
    async with database.writing() as c:
        await keep(c, count(0), count(3), count(1, query="other"), count(2, id="n2", query="other"))
        assert await counts.last(c, ["n1", "n2", "n3"]) == {
            "n1": ("q", NOON + 4 * HOUR),
            "n2": ("other", NOON + 3 * HOUR),
        }
        await keep(c, count(5, query="other"))
        assert (await counts.last(c, ["n1"]))["n1"] == ("other", NOON + 6 * HOUR)


async def test_of_equal_ends_the_query_known_last_is_the_newest(database):
    async with database.writing() as c:
        await keep(c, count(0, known=NOON + 3 * HOUR), count(0, query="later", known=NOON + 4 * HOUR))
        assert (await counts.last(c, ["n1"]))["n1"][0] == "later"


async def test_old_hours_are_forgotten(database):
    async with database.writing() as c:
        await keep(c, count(0), count(1), count(2))
        assert await counts.prune(c, NOON + 2 * HOUR) == 1
        assert await everything(c) == [count(1), count(2)]
