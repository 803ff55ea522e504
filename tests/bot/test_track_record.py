"""`/record`: what became of alerts, in words; and how the record is kept, turn by turn."""

import re
from datetime import timedelta

import pytest

from bot import tracking
from bot.views import track_record as view
from core.alerts.track_record import HORIZONS, record
from core.models import Calibration, Cycle, Grade, Graded, Hits, Mention, QuestionKind, RecordKind
from storage import mentions, narratives, observations, posts, records, scores
from tests.bot.stage import GROUP, MEMBER
from tests.core.makers import HOUR, NOW, narrative, poll, score
from tests.storage import facts

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def book(stage, kind, hits, misses, *, ungraded=0, horizon="3h", shown=0.6):
    """So many graded records of a kind."""
    ends = [True] * hits + [False] * misses + [None] * ungraded
    made = [facts.record(f"{kind}{horizon}{n}", kind=kind, at=NOW, shown=shown) for n in range(len(ends))]
    grades = [
        Grade(record_id=r.id, horizon=horizon, at=NOW, rate=1.0, coverage=1.0, hit=hit)
        for r, hit in zip(made, ends, strict=True)
    ]
    async with stage.database.writing() as c:
        await records.append(c, made)
        await records.append_grades(c, grades)


async def test_the_record_says_how_often_it_was_right_and_beside_whom(stage):
    await book(stage, RecordKind.ALERT, 25, 16, ungraded=4)
    await book(stage, RecordKind.ALERT, 12, 26, horizon="24h")
    await book(stage, RecordKind.CONTROL, 8, 88)
    await book(stage, RecordKind.NAIVE, 9, 31)
    await book(stage, RecordKind.CHANGE, 7, 31)
    await book(stage, RecordKind.HYPE, 5, 36)
    said = await stage.answer("/record", chat=GROUP, user=MEMBER)
    assert max(map(len, said.splitlines())) <= 76, "two lines at most on a phone of 320 px"
    assert said.splitlines() == [
        "Track record · 41 alerts graded",
        "Next 3 h at 2× usual or more: 25 of 41, 61% (likely 46–74%)",
        "A day later still so: 12 of 38, 32% (likely 19–47%)",
        "Other stories at those times: 8 of 96, 8% (likely 4–16%)",
        "Right when fairly sure 25 of 41",
        "Error of my sureness (Brier): 0.24; 0 is best, a coin 0.25",
        "Simpler bots: post count 9 of 40 · change 7 of 38 · hype 5 of 41",
        "4 more could not be graded: I saw too little",
        "Each alert is graded once, from posts seen, by a rule fixed before.",
    ]


async def test_few_grades_have_no_percentage(stage):
    await book(stage, RecordKind.ALERT, 7, 5)
    await book(stage, RecordKind.CONTROL, 10, 90)
    said = await stage.answer("/record")
    assert said.startswith(
        "12 graded so far; I show percentages from 30 on\nNext 3 h at 2× usual or more: 7 of 12"
    )
    assert "%" not in said


async def test_an_empty_record_says_so(stage):
    assert await stage.answer("/record") == (
        "Track record · nothing graded yet\n"
        "Each alert is graded once, from posts seen, by a rule fixed before."
    )


@pytest.mark.parametrize("n", [1, 29, 30, 12_345])
def test_the_message_stays_small(n):
    full = {
        (kind, horizon): Hits(hits=n, graded=n, ungraded=n) for kind in RecordKind for horizon in HORIZONS
    }
    seen = [Graded(confidence=c, shown=c, hit=True) for c in (0.1, 0.3, 0.6, 0.9) for _ in range(n)]
    lines = view.render(view.Standing(full, seen)).splitlines()
    assert len(lines) <= 9 and len(re.sub("<.*?>", "", lines[0])) <= 60
    assert ("%" in "".join(lines)) is (n >= 30)


# --- how it is kept ---------------------------------------------------------------------------------------


def cycle(id="c1"):
    return Cycle(id=id, started_at=NOW, known_at=NOW, params_hash="stamp")


def told(narrative_id="a1", chat=1):
    return facts.firing(f"f{narrative_id}{chat}", chat, narrative_id=narrative_id, facts={"confidence": 0.7})


async def keep(stage, scored, *firings, of="c1"):
    async with stage.database.durable() as c:
        return await tracking.keep(c, cycle(of), scored, firings)


async def graded(stage, now):
    found = await tracking.grade_due(stage.database, now)
    return [(each.horizon, each.rate, each.hit) for each in found]


async def watch(stage, *minutes, id="a1", hours=4, query="q"):
    """Refreshes that saw the hours after NOW, and the posts they found."""
    found = [
        facts.post(f"{id[1:]}{m + 100:04d}", created_at=NOW + m * MINUTE, author=f"a{m}") for m in minutes
    ]
    asked = [
        poll(QuestionKind.REFRESH, NOW + h * HOUR, narrative_id=id, query=query, id=f"{id}{h}", cycle_id="c1")
        for h in range(1, hours + 1)
    ]
    async with stage.database.writing() as c:
        await posts.insert(c, found)
        await observations.append(c, cycle(), asked, [])
        await mentions.append(c, [Mention(id, p.id, p.created_at, p.created_at, True) for p in found])


async def plant(stage, *stories):
    async with stage.database.writing() as c:
        await narratives.save(c, stories)


async def test_a_repeated_cycle_is_on_record_once(stage):
    for _ in range(2):
        await keep(stage, [score("a1"), score("b2")], told(chat=1), told(chat=2))
    async with stage.database.reading() as c:
        assert await records.sent(c, since=NOW - HOUR) == [("a1", NOW)]
        found = await records.due(c, NOW + 4 * HOUR, since=NOW - HOUR)
    assert sorted(record.kind for record, _ in found) == [RecordKind.ALERT, RecordKind.CONTROL]


async def test_an_alert_is_graded_once_for_each_window(stage):
    await plant(stage, narrative())
    await keep(stage, [score(baseline_per_hour=1.0)], told())
    await watch(stage, *range(20, 241, 20))
    assert await graded(stage, NOW + 4 * HOUR - MINUTE) == []
    assert await graded(stage, NOW + 4 * HOUR) == [("3h", 3.0, True)]
    assert await graded(stage, NOW + 4 * HOUR) == []
    assert await graded(stage, NOW + 25 * HOUR) == [("24h", None, None)]
    assert await graded(stage, NOW + 30 * HOUR) == []


async def test_a_merged_narrative_is_graded_as_what_it_leads_to(stage):
    await plant(stage, narrative("a1", redirect_to="b2"), narrative("b2"))
    ranking = score("a1", baseline_per_hour=1.0), score("b2", baseline_per_hour=2.0)
    async with stage.database.writing() as c:
        await scores.append(c, ranking)
    await keep(stage, ranking, told("a1"))
    await watch(stage, *range(10, 241, 12), id="b2")
    found = {grade.record_id: grade for grade in await tracking.grade_due(stage.database, NOW + 4 * HOUR)}
    alert = found[record(ranking[0], RecordKind.ALERT, "stamp").id]
    assert alert.rate == pytest.approx(5.0) and alert.hit is False, "five an hour is no twice of one and two"


async def test_people_see_what_confidence_was_worth_and_the_record_keeps_both(stage):
    learnt = Calibration(method="platt", n=200, at=NOW, slope=0.0, intercept=0.0)
    async with stage.database.writing() as c:
        await records.keep_calibration(c, learnt)
    (shown,) = await keep(stage, [score()], told())
    assert shown.facts["confidence"] == 0.5
    async with stage.database.reading() as c:
        ((kept, _),) = await records.due(c, NOW + 4 * HOUR, since=NOW - HOUR)
    assert (kept.confidence, kept.shown) == (score().momentum.confidence, 0.5)


async def test_confidence_is_learnt_from_what_was_measured_and_not_from_what_was_shown(stage):
    await book(stage, RecordKind.ALERT, 20, 179, shown=0.1)
    assert (await tracking.recalibrate(stage.database, stage.clock)).method == "identity"
    await book(stage, RecordKind.ALERT, 1, 0, horizon="3h", shown=0.1)  # the same record again: no new one
    assert (await tracking.recalibrate(stage.database, stage.clock)).n == 199
    async with stage.database.writing() as c:
        await records.append(c, [facts.record("last", at=NOW + HOUR)])
        await records.append_grades(
            c, [Grade(record_id="last", horizon="3h", at=NOW, rate=0.0, coverage=1.0, hit=False)]
        )
    learnt = await tracking.recalibrate(stage.database, stage.clock)
    assert (learnt.method, learnt.n) == ("platt", 200)
    async with stage.database.reading() as c:
        assert await records.calibration(c) == learnt


async def test_what_simpler_bots_would_have_told_is_on_record_and_nobody_hears_it(stage):
    await plant(stage, narrative())
    await watch(stage, *range(-59, 1), hours=1)
    for of in ("c1", "c2"):
        assert await keep(stage, [score(cycle_id=of)], of=of) == []
    async with stage.database.reading() as c:
        found = await records.due(c, NOW + 4 * HOUR, since=NOW - HOUR)
    kinds = [record.kind for record, _ in found]
    assert len(kinds) == len(set(kinds)), "each shadow once: the second turn is within its cooldown"
    assert {RecordKind.NAIVE, RecordKind.CHANGE} <= set(kinds) and RecordKind.ALERT not in kinds
