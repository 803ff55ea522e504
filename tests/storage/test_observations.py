"""The log of what was asked, what came back and when it was known."""

from core.models import QuestionKind
from storage import observations, posts
from tests.storage.facts import DAY, EVER, HOUR, NOON, SECOND, cycle, poll, post, sighting


async def test_log_is_empty_at_first(database):
    async with database.reading() as c:
        assert await observations.last_good_poll(c, by=EVER) is None
        assert await observations.last_cycle(c, by=EVER) is None
        assert await observations.first_poll_at(c) is None
        assert await observations.tally(c, since=NOON) == (0, 0, {}, {}, 0)


async def test_poll_comes_back_exactly_as_it_was(database):
    whole = poll(
        kind=QuestionKind.REFRESH, narrative_id="n1", ok=False, covered_from=None, fault="out of credit",
        dropped={"not cited": 2}, returned=0, served_model="m", version="2", response_id="r",
        cost_ticks=2**40, tool="x_semantic_search",
    )  # fmt: skip
    async with database.writing() as c:
        await observations.append(c, cycle(), [whole], [])
        assert await observations.polls(c, since=NOON, known_by=NOON) == [whole]
        assert await observations.of_cycle(c, "c1") == [whole]
        assert await observations.last_cycle(c, by=EVER) == cycle()


async def test_writing_the_same_ids_again_changes_nothing(database):
    async with database.writing() as c:
        await observations.append(c, cycle(), [poll()], [sighting()])
        await observations.append(
            c,
            cycle(params_hash="other"),
            [poll(returned=5, ok=False)],
            [sighting(known_at=NOON + HOUR)],
        )
        await posts.insert(c, [post()])
        assert await observations.last_cycle(c, by=EVER) == cycle()
        assert await observations.polls(c, since=NOON, known_by=NOON) == [poll()]
        assert await observations.discovered(c, since=NOON, known_by=NOON) == [("100", NOON, NOON)]


async def test_polls_are_those_known_then_in_time_order(database):
    polls = [
        poll("late", until=NOON + 2 * HOUR, known_at=NOON + 2 * HOUR),
        poll("early", until=NOON - HOUR, known_at=NOON),
        poll("b", until=NOON, known_at=NOON + SECOND),
        poll("a", until=NOON, known_at=NOON + SECOND),
    ]
    async with database.writing() as c:
        await observations.append(c, cycle(), polls, [])
        found = await observations.polls(c, since=NOON, known_by=NOON + HOUR)
        everything = await observations.polls(c, since=NOON - DAY, known_by=NOON + DAY)
    assert [p.id for p in found] == ["a", "b"]
    assert [p.id for p in everything] == ["early", "a", "b", "late"]


async def test_discovered_posts_carry_the_first_time_they_were_known(database):
    polls = [poll("d1"), poll("d2"), poll("r", kind=QuestionKind.REFRESH, narrative_id="n1")]
    seen = [
        sighting("1", "d2", NOON + 2 * HOUR), sighting("1", "d1", NOON + HOUR), sighting("2", "r"),
        sighting("3", "d1", NOON + DAY), sighting("4", "d1"), sighting("5", "d1"),
    ]  # fmt: skip
    async with database.writing() as c:
        await posts.insert(c, [post("1"), post("2"), post("3"), post("4", created_at=NOON - DAY)])
        await posts.insert(c, [post("5", text="claim it", junk="airdrop farm")])
        await observations.append(c, cycle(), polls, seen)
        found = await observations.discovered(c, since=NOON, known_by=NOON + 3 * HOUR)
    assert found == [("1", NOON, NOON + HOUR)]


async def test_what_was_chosen_by_rank_or_meaning_is_not_among_the_discovered(database):
    polls = [
        poll("latest"), poll("top", mode="Top"), poll("meaning", tool="x_semantic_search"),
        poll("past", kind=QuestionKind.BACKFILL, narrative_id="n1"),
    ]  # fmt: skip
    seen = [
        sighting("1", "top"), sighting("2", "meaning"), sighting("3", "past"),
        sighting("4", "top"), sighting("4", "latest", NOON + HOUR),
    ]  # fmt: skip
    async with database.writing() as c:
        await posts.insert(c, [post(id) for id in "1234"])
        await observations.append(c, cycle(), polls, seen)
        found = await observations.discovered(c, since=NOON, known_by=NOON + 3 * HOUR)
    assert found == [("4", NOON, NOON + HOUR)]


async def test_last_good_poll_is_the_newest_that_worked(database):
    polls = [
        poll("old", until=NOON - HOUR), poll("good", until=NOON),
        poll("bad", until=NOON + HOUR, ok=False, fault="unreachable"),
    ]  # fmt: skip
    async with database.writing() as c:
        await observations.append(c, cycle(), polls, [])
        assert (await observations.last_good_poll(c, by=EVER)).id == "good"


async def test_first_poll_and_last_cycle(database):
    async with database.writing() as c:
        await observations.append(c, cycle("c1"), [poll("p1", known_at=NOON + HOUR)], [])
        await observations.append(
            c,
            cycle("c2", started_at=NOON + HOUR),
            [poll("p2", cycle_id="c2", known_at=NOON + 2 * HOUR)],
            [],
        )
        assert await observations.first_poll_at(c) == NOON + HOUR
        assert (await observations.last_cycle(c, by=EVER)).id == "c2"


async def test_tally_counts_faults_and_dropped_claims_by_name(database):
    polls = [
        poll("1", returned=4, dropped={"not cited": 1, "outside the window": 2}),
        poll("2", returned=1, dropped={"not cited": 3}),
        poll("3", ok=False, fault="unreachable"),
        poll("4", ok=False, fault="unreachable"),
        poll("5", ok=False),
        poll("6", ok=False, fault="old", known_at=NOON - DAY),
    ]
    async with database.writing() as c:
        await observations.append(c, cycle(), polls, [])
        tally = await observations.tally(c, since=NOON)
    assert tally.polls == 5
    assert tally.ok == 2
    assert tally.faults == {"unreachable": 2, "failed": 1}
    assert tally.dropped == {"not cited": 4, "outside the window": 2}
    assert tally.returned == 5


async def test_observed_hours_are_hours_with_a_poll_that_worked(database):
    async with database.writing() as c:
        polls = [
            poll("a", until=NOON),
            poll("b", until=NOON + HOUR / 4),
            poll("c", until=NOON + 3 * HOUR),
            poll("d", until=NOON + 5 * HOUR, ok=False, covered_from=None, fault="unreachable"),
        ]
        await observations.append(c, cycle(), polls, [])
    async with database.reading() as c:
        assert await observations.observed_hours(c) == 2
