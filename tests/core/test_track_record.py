"""Graded by a rule fixed at sending: what was seen decides, and what was not seen is no miss."""

import doctest
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts import shadows, track_record
from core.alerts.shadows import THRESHOLDS, Volume, strengths
from core.alerts.track_record import (
    CONTROLS,
    HORIZONS,
    Said,
    Talk,
    alerted,
    controls,
    due,
    grade,
    measuring,
    record,
    talk,
    wilson,
)
from core.models import Count, Mention, QuestionKind, RecordKind
from tests.core.makers import HOUR, NOW, poll, score, signal
from tests.storage.facts import firing

MINUTE = timedelta(minutes=1)
AFTER = NOW + 4 * HOUR
HORIZON = tuple(HORIZONS)
SENT = record(score(baseline_per_hour=2.0), RecordKind.ALERT, "h")


def looked(since=0.0, until=3.0):
    """A stretch that was seen, in hours after sending."""
    return NOW + since * HOUR, NOW + until * HOUR


def posts(*minutes, **fields):
    return [Said(NOW + m * MINUTE, f"a{m}", **fields) for m in minutes]


def every(step, until=180):
    return posts(*range(step, until + 1, step))


def refresh(until, **fields):
    return poll(QuestionKind.REFRESH, until=until, narrative_id="a1", **fields)


def mention(minutes, id="a1", metered=True, **fields):
    at = NOW + minutes * MINUTE
    return Mention(id, f"{minutes}", at, at, metered, f"a{minutes}")._replace(**fields)


def hit(said, *seen, horizon="3h"):
    return grade(SENT, horizon, Talk(said, seen or [looked()]), AFTER)


def test_the_examples_hold():
    assert doctest.testmod(track_record).failed == 0


def test_twice_the_usual_rate_is_a_hit_and_less_is_a_miss():
    assert hit(every(15)).rate == 4.0 and hit(every(15)).hit is True
    assert hit(every(20)).rate == 3.0 and hit(every(20)).hit is False


def test_what_was_said_before_the_alert_does_not_count():
    assert hit([*posts(*range(-60, 1)), *every(60)]).rate == 1.0


def test_silence_that_was_watched_is_a_miss_and_silence_that_was_not_is_none():
    assert hit([]).hit is False
    unseen = grade(SENT, "3h", Talk(), AFTER)
    assert (unseen.rate, unseen.coverage, unseen.hit) == (None, 0.0, None)


def test_hours_nobody_looked_at_are_missing_and_not_quiet():
    found = hit(every(10, until=120), looked(0, 2))
    assert (found.rate, round(found.coverage, 2), found.hit) == (6.0, 0.67, True)


def test_a_full_page_tells_the_rate_of_the_minutes_it_saw():
    """Ten posts of each hour's last ten minutes are sixty an hour, not ten."""
    pages = [m for hour in (1, 2, 3) for m in range(60 * hour - 9, 60 * hour + 1)]
    found = hit(posts(*pages), *(looked(hour - 1 / 6, hour) for hour in (1, 2, 3)))
    assert found.rate == pytest.approx(60.0) and found.coverage == 1.0


def test_a_page_that_fills_in_seconds_speaks_for_its_hour():
    seconds = [
        Said(NOW + hour * HOUR - s * timedelta(seconds=1), f"a{s}") for hour in (1, 2) for s in range(10)
    ]
    found = hit(seconds, looked(1 - 10 / 3600, 1), looked(2 - 10 / 3600, 2))
    assert found.rate == pytest.approx(3600.0) and found.hit is True and round(found.coverage, 2) == 0.67
    few = hit(seconds[:4], looked(1 - 10 / 3600, 1))
    assert (few.rate, few.hit) == (None, None)


def test_a_day_later_is_judged_by_its_last_three_hours_alone():
    late = [Said(NOW + 21 * HOUR + m * MINUTE, f"a{m}") for m in range(10, 181, 10)]
    busy = [*every(1), *late]
    assert hit(busy, looked(0, 24), horizon="24h").rate == 6.0


def test_copies_count_once_and_an_author_three_times_an_hour():
    assert hit(posts(1, 2, 3, 4, signature=9)).rate == pytest.approx(1 / 3)
    assert hit([said._replace(author="one") for said in posts(*range(1, 31))]).rate == 1.0
    assert hit([said._replace(author=None) for said in posts(*range(1, 31))]).rate == 10.0


def test_without_a_usual_rate_there_is_nothing_to_compare_with():
    unknown = SENT.model_copy(update={"baseline": 0.0})
    assert grade(unknown, "3h", Talk(every(1), [looked()]), AFTER).hit is None


def test_a_merged_narrative_is_held_against_the_usual_of_both():
    seen = Talk(every(15), [looked()])
    assert grade(SENT, "3h", seen, AFTER, beside=0.1).hit is False


def test_a_counts_meter_measures_where_it_counted_lately():
    counts = [Count("a1", "q", NOW + h * HOUR, NOW + (h + 1) * HOUR, 5, AFTER) for h in range(3)]
    found = talk("a1", [mention(5)], [refresh(NOW + HOUR)], counts)
    assert found.rate(NOW, NOW + 3 * HOUR) == (5.0, 1.0)
    old = [c._replace(start=c.start - 9 * HOUR, end=c.end - 9 * HOUR) for c in counts]
    assert talk("a1", [mention(5)], [refresh(NOW + HOUR)], old).rate(NOW, NOW + 3 * HOUR)[0] == 1.0


def test_only_its_own_searches_of_the_newest_kind_measure():
    polls = [
        refresh(NOW + HOUR),
        refresh(NOW + 2 * HOUR, ok=False, covered_from=None),
        refresh(NOW + 2 * HOUR, mode="Top"),
        poll(until=NOW + 3 * HOUR),
        refresh(NOW + HOUR / 2, query="older"),
    ]
    mentions = [mention(10), mention(20, metered=False), mention(30, id="b2")]
    assert talk("a1", mentions, polls, []) == Talk([Said(NOW + 10 * MINUTE, "a10")], [looked(0, 1)])


@given(st.data())
def test_order_and_repetition_change_no_grade(data):
    minutes = data.draw(st.lists(st.integers(-30, 210), max_size=30, unique=True))
    polls = [refresh(NOW + h * HOUR, id=f"p{h}") for h in data.draw(st.sets(st.integers(1, 5)))]
    mentions = [mention(m, signature=m % 3, author=f"a{m % 4}") for m in minutes]

    def graded(some, asked):
        return grade(SENT, "3h", talk("a1", some, asked, []), AFTER)

    shuffled = data.draw(st.permutations(mentions)), data.draw(st.permutations(polls))
    assert graded(mentions, polls) == graded([*shuffled[0], *mentions], [*shuffled[1], *polls])


@given(
    st.lists(st.tuples(st.floats(-1, 4), st.floats(0, 2)), max_size=6),
    st.lists(st.integers(1, 180), max_size=40),
)
def test_coverage_below_half_is_never_a_miss(spans, minutes):
    found = hit(posts(*minutes), *(looked(a, a + length) for a, length in spans))
    assert (found.hit is None) == (found.coverage < 0.5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_contains_the_share(hits, misses):
    low, high = wilson(hits, hits + misses)
    assert 0.0 <= low <= high <= 1.0
    if hits + misses:
        assert low <= hits / (hits + misses) <= high


def test_a_grade_waits_until_the_hourly_look_has_passed_the_window():
    assert not due(SENT, "3h", NOW + 4 * HOUR - MINUTE) and due(SENT, "3h", NOW + 4 * HOUR)
    assert due(SENT, "24h", NOW + 25 * HOUR)
    running = [hour for hour in range(30) if measuring(NOW, NOW + hour * HOUR)]
    assert running == [0, 1, 2, 3, 21, 22, 23, 24]


def test_one_record_per_narrative_however_many_chats_heard_of_it():
    heard = [firing(f"f{chat}", chat, narrative_id="a1", facts={"confidence": 0.6}) for chat in (1, 2, 3)]
    own = firing("f9", 1, narrative_id="b2", rule="r1")
    market = firing("m", 1, narrative_id="market", rule="market")
    plain = heard[0].model_copy(update={"rule": "plain"})
    (first, second) = alerted([*heard, plain, own, market], [score("a1"), score("b2"), score("c3")], "h")
    assert (first.narrative_id, first.rule, first.shown, first.confidence) == ("a1", "plain", 0.6, 0.6)
    assert (second.narrative_id, second.rule, second.shown) == ("b2", "own", None)
    assert not any("chat" in field for field in type(first).model_fields)


def test_a_repeated_cycle_makes_the_same_records():
    told = [firing(narrative_id="a1")]
    assert alerted(told, [score("a1")], "h") == alerted(told, [score("a1")], "h")
    next_turn = alerted(told, [score("a1", as_of=NOW + HOUR)], "h")
    assert next_turn[0].id != alerted(told, [score("a1")], "h")[0].id


def test_the_base_rate_is_of_watched_narratives_at_the_same_moment():
    watched = [score(f"n{i}") for i in range(40)]
    told = alerted([firing(narrative_id="n7")], watched, "h")
    drawn = controls(watched, told, "h")
    assert len({each.narrative_id for each in drawn}) == CONTROLS
    assert "n7" not in {each.narrative_id for each in drawn}
    assert {each.kind for each in drawn} == {RecordKind.CONTROL}
    assert {r.id for r in controls(watched[::-1], told, "h")} == {r.id for r in drawn}
    assert controls(watched, [], "h") == []


# --- shadows ----------------------------------------------------------------------------------------------

LOUD = Volume(1000, (1000, *[0] * 13))
CALM = Volume(0, (5, *[5] * 13))


def shadowed(volumes, lately=()):
    found = shadows.told([score(id) for id in volumes], volumes, lately, "h")
    return {(each.kind, each.narrative_id) for each in found}


def test_each_shadow_tells_its_loudest_narrative_over_its_threshold():
    louder = Volume(2000, (2000, *[0] * 13))
    assert shadowed({"a": CALM, "b": LOUD, "c": louder}) == {(kind, "c") for kind in THRESHOLDS}
    assert shadowed({"a": CALM}) == set()
    assert shadowed({}) == set()


def test_a_shadow_has_the_same_cooldown():
    everything = {(kind, "b") for kind in THRESHOLDS}
    assert shadowed({"a": CALM, "b": LOUD}, everything) == set()
    assert shadowed({"a": CALM, "b": LOUD}, {(RecordKind.NAIVE, "b")}) == everything - {
        (RecordKind.NAIVE, "b")
    }


def test_two_posts_are_no_alert_to_anybody():
    assert shadowed({"a": Volume(2, (2, *[0] * 13))}) == set()


def test_the_shadows_formulas_by_hand():
    volumes = {"a": Volume(4, (30, 10, 20, *[0] * 11)), "b": Volume(1, (10, 30, 20, *[0] * 11))}
    scores = [score("a", authors_24h=10), score("b", authors_24h=10)]
    assert strengths(RecordKind.NAIVE, scores, volumes) == {"a": 4.0, "b": 1.0}
    assert strengths(RecordKind.CHANGE, scores, volumes) == {"a": 100.0, "b": -60.0}
    hype = strengths(RecordKind.HYPE, scores, volumes)
    assert hype["a"] == pytest.approx((0.75 - 0.5) * 0.75 * 1.0 / 1.5)
    assert hype["b"] == pytest.approx((0.25 - 0.5) * 0.25 * 1.0 / 1.5)


def test_a_record_holds_what_it_will_be_graded_by():
    told = score(baseline_per_hour=1.5, ratio=4.0, momentum=signal(0.8, confidence=0.7))
    kept = record(told, RecordKind.ALERT, "stamp", rule="plain", shown=0.5)
    assert (kept.baseline, kept.ratio, kept.surprise, kept.confidence) == (1.5, 4.0, 3.5, 0.7)
    assert (kept.params_hash, kept.evidence, kept.at) == ("stamp", told.evidence, NOW)
