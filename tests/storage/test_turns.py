"""Turns as they were known then: names before they changed, merges not before they came, new words only."""

from core.signals.common import Common
from storage import alerts, mentions, narratives, observations, posts, scores, turns
from tests.storage.facts import DAY, HOUR, NOON, cycle, decision, mention, narrative, post, score

MOVED = Common(kind="whole market", factor=2.5, narratives=6, of=6, moved=("n1",), surprise=4.0)


async def written(database, number, changed, *, common=None, ranked=("n1",)):
    at = NOON + number * HOUR
    async with database.writing() as c:
        await observations.append(c, cycle(f"c{number}", started_at=at, known_at=at), (), ())
        await turns.note(c, f"c{number}", at, common, await narratives.save(c, changed))
        await scores.append(c, [score(id, f"c{number}", as_of=at) for id in ranked])


async def read(database, *, said=False):
    async with database.reading() as c:
        named = await turns.names(c)
        stored = await turns.read(c, since=NOON, until=NOON + DAY, said=said)
    return [each.turn(named) for each in stored]


async def test_names_and_merges_are_those_of_the_time(database):
    await written(database, 0, [narrative(), narrative("n2")], ranked=("n1", "n2"))
    await written(database, 1, [narrative(title="Renamed", terms=("a",), earliest_post_at=NOON - DAY)])
    await written(database, 2, [narrative(title="Renamed", terms=("a",), earliest_post_at=NOON - DAY)])
    await written(database, 3, [narrative("n2", redirect_to="n1")])
    first, second, third, last = await read(database)
    assert first.narratives["n1"].title == "Title of n1" and first.narratives["n1"].terms == ()
    assert second.narratives["n1"].title == "Renamed" == third.narratives["n1"].title
    assert (first.narratives["n1"].earliest_post_at, second.narratives["n1"].earliest_post_at) == (
        NOON, NOON - DAY,
    )  # fmt: skip
    assert [turn.redirects for turn in (first, second, third, last)] == [{}, {}, {}, {"n2": "n1"}]


async def test_what_is_called_as_before_gets_no_new_version(database):
    for number in range(3):
        await written(database, number, [narrative(last_post_at=NOON + number * HOUR)])
    async with database.reading() as c:
        named = await turns.names(c)
    assert len(named._versions["n1"]) == 1


async def test_what_moved_all_and_what_was_held_come_back(database):
    await written(database, 0, [narrative()], common=MOVED)
    await written(database, 1, [])
    async with database.writing() as c:
        await alerts.append_decisions(
            c, [decision(cycle_id="c1", at=NOON + HOUR, reason="confirmation"), decision(cycle_id="c1")]
        )
    first, second = await read(database)
    assert (first.common, second.common) == (MOVED, None)
    assert (first.held, second.held) == (frozenset(), frozenset({"n1"}))


async def test_words_are_those_of_posts_nobody_had_found_before(database):
    await written(database, 0, [narrative()])
    await written(database, 1, [narrative()])
    async with database.writing() as c:
        await posts.insert(c, [post("1", known_at=NOON, text="a hack"), post("2", known_at=NOON + HOUR)])
        await mentions.append(c, [mention("n1", "1", known_at=NOON)])
        await mentions.append(c, [mention("n1", "1", known_at=NOON + HOUR)])
        await mentions.append(c, [mention("n1", "2", known_at=NOON + HOUR)])
        assert await turns.said(c, NOON) == {"n1": "a hack"}
        assert await turns.said(c, NOON + HOUR) == {}
    assert [turn.said for turn in await read(database, said=True)] == [{"n1": "a hack"}, {}]
    assert [turn.said for turn in await read(database)] == [{}, {}]
