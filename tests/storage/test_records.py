"""The track record on both databases: added to once, graded once, and never rewritten."""

from datetime import timedelta

from core.models import Calibration, Grade, Graded, Hits, RecordKind
from storage import mentions, narratives, posts, records, volumes
from tests.storage import facts
from tests.storage.facts import DAY, HOUR, NOON, SECOND, narrative, record


def grade(id="r1", horizon="3h", hit=True, **given):
    base = {"record_id": id, "horizon": horizon, "at": NOON, "rate": 4.0, "coverage": 1.0, "hit": hit}
    return Grade(**(base | given))


async def due(c, now):
    return [(found.id, horizon) for found, horizon in await records.due(c, now, since=NOON - 30 * DAY)]


async def test_a_record_comes_back_as_it_was_and_once(database):
    async with database.writing() as c:
        await records.append(c, [record(), record(confidence=None, shown=None)])
        await records.append(c, [record(baseline=99.0), record("r2", at=NOON + SECOND)])
        await records.append(c, [])
        found = await records.due(c, NOON + 5 * HOUR, since=NOON - DAY)
        assert [each for each, _ in found] == [record(), record("r2", at=NOON + SECOND)]


async def test_nothing_is_due_before_its_window_has_ended_and_settled(database):
    async with database.writing() as c:
        await records.append(c, [record()])
        assert await due(c, NOON + 4 * HOUR - SECOND) == []
        assert await due(c, NOON + 4 * HOUR) == [("r1", "3h")]
        assert await due(c, NOON + 25 * HOUR) == [("r1", "3h"), ("r1", "24h")]


async def test_a_grade_is_written_once_and_stays(database):
    async with database.writing() as c:
        await records.append(c, [record()])
        await records.append_grades(c, [grade()])
        await records.append_grades(c, [grade(hit=False)])
        await records.append_grades(c, [])
        assert await due(c, NOON + 25 * HOUR) == [("r1", "24h")]
        assert await records.hits(c) == {(RecordKind.ALERT, "3h"): Hits(hits=1, graded=1)}


async def test_what_was_seen_too_little_is_counted_apart(database):
    async with database.writing() as c:
        await records.append(c, [record("a"), record("b"), record("c"), record("d", kind=RecordKind.CONTROL)])
        await records.append_grades(
            c,
            [
                grade("a"), grade("b", hit=False), grade("c", hit=None, rate=None, coverage=0.0),
                grade("a", "24h", hit=False), grade("d"),
            ],
        )  # fmt: skip
        assert await records.hits(c) == {
            (RecordKind.ALERT, "3h"): Hits(hits=1, graded=2, ungraded=1),
            (RecordKind.ALERT, "24h"): Hits(hits=0, graded=1),
            (RecordKind.CONTROL, "3h"): Hits(hits=1, graded=1),
        }


async def test_confidence_is_judged_by_graded_alerts_alone(database):
    async with database.writing() as c:
        await records.append(c, [record("a"), record("b", shown=None), record("s", kind=RecordKind.HYPE)])
        await records.append_grades(c, [grade("a"), grade("b", "24h"), grade("b", hit=None), grade("s")])
        assert await records.outcomes(c) == [Graded(confidence=0.7, shown=0.6, hit=True)]


async def test_what_was_sent_and_what_shadows_told_lately(database):
    shadow = record("s", kind=RecordKind.NAIVE, narrative_id="n2")
    old = record("o", kind=RecordKind.NAIVE, narrative_id="n3", at=NOON - 2 * DAY)
    async with database.writing() as c:
        await records.append(c, [record(), shadow, old, record("c", kind=RecordKind.CONTROL)])
        assert await records.sent(c, since=NOON - HOUR) == [("n1", NOON)]
        assert await records.sent(c, since=NOON) == []
        assert await records.shadowed(c, since=NOON - DAY) == {(RecordKind.NAIVE, "n2")}


async def test_the_calibration_is_the_one_learnt_last(database):
    first = Calibration(method="platt", n=200, at=NOON, slope=0.5, intercept=0.1)
    later = Calibration(method="isotonic", n=1000, at=NOON + DAY, knots=((0.1, 0.2), (0.9, 0.8)))
    async with database.writing() as c:
        assert await records.calibration(c) == Calibration()
        await records.keep_calibration(c, later)
        await records.keep_calibration(c, first)
        await records.keep_calibration(c, first.model_copy(update={"n": 999}))
        assert await records.calibration(c) == later


async def test_volumes_are_posts_found_by_day_whatever_was_covered(database):
    ages = [timedelta(0), HOUR / 2, HOUR, DAY - SECOND, DAY, 13 * DAY, 14 * DAY]
    written = [facts.post(str(n), created_at=NOON - age) for n, age in enumerate(ages)]
    async with database.writing() as c:
        await narratives.save(c, [narrative("n1"), narrative("n2")])
        await posts.insert(c, written)
        await mentions.append(
            c, [facts.mention("n1", post.id, created_at=post.created_at) for post in written]
        )
        found = await volumes.read(c, ["n1", "n2"], now=NOON)
    assert found["n1"] == (2, (4, 1, *[0] * 11, 1))
    assert found["n2"] == (0, (0,) * 14)
