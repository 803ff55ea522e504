from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import Coordination, Trace, Voices
from tests.core.makers import HOUR, NOW, chat, narrative, score, signal
from tests.core.rule_makers import fired, judged


def fired_before(hours, surprise=3.5, chat_id=1):
    return [fired(chat_id=chat_id, at=NOW - hours * HOUR, surprise=surprise)]


def outcome(the_score, the_narrative=None, last=(), chats=None, waiting=()):
    """What the plain subscription makes of one narrative."""
    ruling = judged([the_score], [the_narrative or narrative()], chats or [chat()], last, waiting=waiting)
    return ruling.decisions, ruling.firings


def test_ordinary_attention_is_no_decision_at_all():
    assert outcome(score(surprise=2.99)) == ([], [])


def test_rare_attention_with_history_evidence_and_confidence_fires():
    decisions, firings = outcome(score())
    assert [d.reason for d in decisions] == ["surprise"] and decisions[0].fired
    assert firings[0].chat_id == 1 and firings[0].facts["title"] == "Story a1"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"authors_24h": 6}, "evidence"),  # six reported authors count 4.8
        ({"posts_24h": 2}, "evidence"),
        ({"history_hours": 47.0}, "warm-up"),
        ({"momentum": signal(0.9, 0.49)}, "confidence"),
    ],
)
def test_what_holds_an_alert_back_is_recorded_once_for_everybody(fields, reason):
    decisions, firings = outcome(score(**fields), chats=[chat(1), chat(2)])
    assert firings == []
    assert [(d.reason, d.chat_id, d.fired) for d in decisions] == [(reason, None, False)]


@pytest.mark.parametrize(
    ("authors", "confirmed", "fires"),
    [(5, 5, True), (5, 4, False), (6, 1, True), (6, 0, False), (7, 0, True)],
)
def test_confirmed_authors_count_fully_and_reported_ones_less(authors, confirmed, fires):
    decisions, firings = outcome(score(authors_24h=authors, confirmed_24h=confirmed))
    assert (len(firings) == 1) == fires
    if not fires:
        assert decisions[0].detail == f"20 posts by {authors} authors ({confirmed} confirmed) in 24 h"


def test_the_facts_say_how_many_authors_are_confirmed():
    assert outcome(score(confirmed_24h=4))[1][0].facts["confirmed"] == 4


def test_a_new_story_waits_for_no_warm_up():
    young = narrative(earliest_post_at=NOW - timedelta(hours=23))
    decisions, firings = outcome(score(history_hours=2.0, momentum=signal(0.9, 0.2)), young)
    assert decisions[0].reason == "new story" and len(firings) == 1


def test_a_new_story_still_needs_evidence():
    young = narrative(earliest_post_at=NOW - HOUR)
    assert outcome(score(authors_24h=4), young)[1] == []


def test_cooldown_holds_for_the_chat_that_was_alerted_only():
    decisions, firings = outcome(score(), last=fired_before(23.9), chats=[chat(1), chat(2)])
    assert {d.chat_id: d.reason for d in decisions} == {1: "cooldown", 2: "surprise"}
    assert [f.chat_id for f in firings] == [2]


def test_the_cooldown_says_until_when():
    decisions, _ = outcome(score(), last=fired_before(20))
    assert decisions[0].detail == "until 2026-11-20 16:00 UTC"


def test_growth_by_one_breaks_the_cooldown_after_an_hour():
    assert outcome(score(surprise=4.6), last=fired_before(1.5))[0][0].reason == "escalated"
    assert outcome(score(surprise=4.6), last=fired_before(0.5))[1] == []
    assert outcome(score(surprise=4.4), last=fired_before(1.5))[1] == []


def test_a_repeated_cycle_makes_the_same_firing():
    assert outcome(score())[1][0].id == outcome(score())[1][0].id


@given(hours=st.floats(0, 60), grown=st.floats(-2, 5), authors=st.integers(0, 20), posts=st.integers(0, 30))
def test_no_two_firings_inside_a_cooldown_unless_escalated(hours, grown, authors, posts):
    now = score(surprise=max(0.0, 3.5 + grown), authors_24h=authors, posts_24h=posts)
    decisions, firings = outcome(now, last=fired_before(hours))
    assert all(d.reason for d in decisions)
    if firings and hours < 24:
        assert decisions[0].reason == "escalated" and grown >= 1 and hours >= 1


def carried(regulars=0, strangers=0, hours=1, confirmed=True):
    return Voices(
        regulars=regulars,
        regulars_confirmed=regulars if confirmed else 0,
        strangers=strangers,
        strangers_confirmed=strangers if confirmed else 0,
        hours=hours,
    )


def looks(category, value):
    traces = (Trace(sign="near-copies", value=1.0, weight=0.6, count=12, of=20),)
    return Coordination(value=value, confidence=0.4, category=category, traces=traces, n=20)


YOUNG = narrative(earliest_post_at=NOW - 2 * HOUR)
OLD = narrative(earliest_post_at=NOW - 20 * 24 * HOUR)


@pytest.mark.parametrize(
    ("voices", "fires"),
    [
        (carried(regulars=7), True),
        (carried(regulars=7, confirmed=False), False),  # reported only: they count 5.6
        (carried(regulars=6, strangers=4), False),
        (carried(regulars=6, strangers=5), True),
        (carried(strangers=34), False),
        (carried(strangers=35), True),
        (carried(strangers=23, hours=2), False),
        (carried(strangers=24, hours=2), True),
        (carried(strangers=13, hours=9), False),
        (carried(strangers=14, hours=9), True),
        (None, True),  # too young ourselves to know anybody
    ],
)
def test_a_story_told_by_strangers_waits_until_enough_of_them_joined(voices, fires):
    decisions, firings = outcome(score(voices=voices), YOUNG)
    assert (len(firings) == 1) == fires
    if not fires:
        assert [(d.reason, d.chat_id) for d in decisions] == [("confirmation", None)]


def test_what_is_held_for_confirmation_says_what_is_missing():
    decisions, _ = outcome(score(voices=carried(regulars=1, strangers=6)), YOUNG)
    assert decisions[0].detail == (
        "7 independent authors, 1 of them known for long; new ones joined in 1 h: waits for more of either"
    )


def test_a_story_that_was_held_is_told_when_confirmed_though_its_peak_is_over():
    calmer = score(surprise=2.2, voices=carried(regulars=7))
    assert outcome(calmer, YOUNG) == ([], [])
    assert outcome(calmer, YOUNG, waiting={"a1"})[1]
    assert outcome(score(surprise=2.0, ratio=2.9), YOUNG, waiting={"a1"}) == ([], [])


def test_a_story_that_was_held_and_stays_loud_is_told_though_nothing_of_it_surprises_any_more():
    loud = score(surprise=0.0, ratio=3.0, voices=carried(regulars=7))
    assert outcome(loud, YOUNG) == ([], [])
    assert outcome(loud, YOUNG, waiting={"a1"})[1]


@pytest.mark.parametrize(
    ("voices", "ratio", "fires"),
    [
        (carried(regulars=15), 3.0, True),
        (carried(regulars=15), 2.9, False),
        (carried(regulars=14), 9.0, False),
        (carried(regulars=14, strangers=5), 3.0, True),
        (carried(strangers=40), 9.0, False),
        (None, 9.0, False),
    ],
)
def test_a_new_story_told_by_very_many_is_news_though_no_hour_of_it_stands_out(voices, ratio, fires):
    flat = score(surprise=0.5, ratio=ratio, voices=voices)
    assert bool(outcome(flat, YOUNG)[1]) == fires
    assert not outcome(flat, OLD)[1]


def test_signs_of_coordination_make_each_voice_count_less():
    ten = {"voices": carried(regulars=10)}
    assert outcome(score(**ten, coordination=looks("low", 0.28)), YOUNG)[1]
    decisions, firings = outcome(score(**ten, coordination=looks("medium", 0.31)), YOUNG)
    assert not firings and [d.reason for d in decisions] == ["confirmation"]


@pytest.mark.parametrize(("hours", "fires"), [(24, True), (25, False), (None, False)])
def test_an_old_story_that_is_back_after_a_quiet_week_is_news_again(hours, fires):
    back = NOW - hours * HOUR if hours else None
    told = outcome(score(back_since=back, history_hours=20.0), OLD)
    assert bool(told[1]) == fires
    if fires:
        assert told[1][0].facts["reason"] == "new story"
        assert told[1][0].facts["back_since"] == back.isoformat()


@pytest.mark.parametrize(
    ("found", "fires"),
    [(looks("medium", 0.5), True), (looks("high", 0.7), False), (looks("critical", 0.9), False)],
)
def test_what_looks_coordinated_is_not_told(found, fires):
    decisions, firings = outcome(score(coordination=found))
    assert (len(firings) == 1) == fires
    if not fires:
        assert decisions[0].reason == "coordination"
        assert decisions[0].detail == f"{found.category}: near-copies 12 of 20"


def test_the_facts_say_how_coordinated_it_looks():
    facts = outcome(score(coordination=looks("medium", 0.5)))[1][0].facts
    assert facts["coordination"]["category"] == "medium"
