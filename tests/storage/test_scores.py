"""Scores: the newest ranking, the one of then, and each narrative's own line."""

import pytest

from core.models import Change, Coordination, Signal
from storage import scores
from tests.storage.facts import DAY, EVER, HOUR, NOON, SECOND, score


@pytest.fixture
async def scored(database):
    async with database.writing() as c:
        await scores.append(c, [score("a", "c1", rank=2), score("b", "c1", rank=1)])
        await scores.append(c, [score("a", "c2", rank=1, as_of=NOON + HOUR)])
        await scores.append(c, [])
    return database


async def test_score_comes_back_exactly_as_it_was(database):
    whole = score(
        changes={"4h": Change(ratio=0.1 + 0.2, confidence=1 / 3, posts=3, authors=2, coverage=0.7)},
        sentiment=Signal(value=0.5, confidence=None, n=0, as_of=NOON, inputs_ok=False, reason="no posts"),
        evidence=("2", "1"),
    )
    async with database.writing() as c:
        await scores.append(c, [whole])
        assert await scores.as_of(c, EVER) == [whole]
        assert await scores.previous(c, ["n1"]) == {"n1": whole}


async def test_there_is_no_ranking_before_the_first_cycle(database):
    async with database.reading() as c:
        assert await scores.as_of(c, EVER) == []
        assert await scores.previous(c, ["a"]) == {}
        assert await scores.previous(c, []) == {}


async def test_latest_is_the_newest_cycle_by_rank(scored):
    async with scored.writing() as c:
        assert [(s.narrative_id, s.cycle_id) for s in await scores.as_of(c, EVER)] == [("a", "c2")]
        await scores.append(c, [score("b", "c2", rank=2, as_of=NOON + HOUR)])
        assert [s.narrative_id for s in await scores.as_of(c, EVER)] == ["a", "b"]


async def test_the_first_score_of_a_cycle_stays(scored):
    async with scored.writing() as c:
        await scores.append(c, [score("a", "c2", rank=7, as_of=NOON + HOUR)])
        assert (await scores.previous(c, ["a"]))["a"].rank == 1


async def test_previous_is_the_newest_of_each(scored):
    async with scored.reading() as c:
        found = await scores.previous(c, ["a", "b", "x"])
    assert {key: s.cycle_id for key, s in found.items()} == {"a": "c2", "b": "c1"}


async def test_ranking_as_of_then(scored):
    async with scored.reading() as c:
        assert await scores.as_of(c, NOON - SECOND) == []
        assert [s.narrative_id for s in await scores.as_of(c, NOON)] == ["b", "a"]
        assert [s.cycle_id for s in await scores.as_of(c, NOON + DAY)] == ["c2"]


async def test_history_of_one_narrative_oldest_first(scored):
    async with scored.reading() as c:
        assert [s.cycle_id for s in await scores.history(c, "a", since=NOON)] == ["c1", "c2"]
        assert [s.cycle_id for s in await scores.history(c, "a", since=NOON + SECOND)] == ["c2"]
        assert await scores.history(c, "x", since=NOON) == []


async def test_old_scores_are_forgotten(scored):
    async with scored.writing() as c:
        assert await scores.prune(c, NOON + SECOND) == 2
        assert [s.cycle_id for s in await scores.history(c, "a", since=NOON)] == ["c2"]


async def test_coordination_of_the_months_before_can_be_read_alone(database):
    def judged(cycle_id, at, value):
        found = Coordination(value=value, confidence=0.4, category=None, n=9)
        return score("a", cycle_id, as_of=at, coordination=found)

    async with database.writing() as c:
        await scores.append(c, [score("a", "c0", as_of=NOON - DAY), judged("c1", NOON, 0.25)])
        await scores.append(c, [judged("c2", NOON + HOUR, None), judged("c3", NOON + 2 * HOUR, 0.9)])
        await scores.append(c, [judged("c4", NOON + DAY, 0.1)])
        assert await scores.coordination(c, "a", since=NOON - DAY, until=NOON + DAY) == [0.25, 0.9]
        assert await scores.coordination(c, "b", since=NOON - DAY, until=NOON + DAY) == []
        assert (await scores.as_of(c, EVER))[0].coordination.value == 0.1
