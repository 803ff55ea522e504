"""What people think of alerts moves the order stories are told in, within bounds, and nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts import feedback
from core.models import Feedback, Verdict
from tests.core.makers import NOW, chat, narrative, score
from tests.core.rule_makers import attention, judged

DAY = timedelta(days=1)
verdicts = st.sampled_from(Verdict)


def said(verdict, narrative_id="a1", at=NOW, **changed):
    fields = {"chat_id": 1, "firing_id": "f1", "user_id": 1, "rule": "plain", "tickers": ()} | changed
    return Feedback(verdict=verdict, narrative_id=narrative_id, at=at, **fields)


def weight(given, narrative_id="a1", rules=(), tickers=(), now=NOW, redirects=None):
    known = feedback.taste(given, now, redirects)
    return feedback.weighed(known, feedback.subjects(narrative_id, rules, tickers))


@pytest.mark.parametrize(
    ("verdict", "factor"),
    [(Verdict.UP, 2**0.25), (Verdict.KNEW, 2**-0.125), (Verdict.DOWN, 2**-0.25), (Verdict.SPAM, 2**-0.5)],
)
def test_a_verdict_moves_its_story_by_so_much(verdict, factor):
    told = weight([said(verdict)])
    assert told.factor == pytest.approx(factor)
    assert told.because == ((("story", "a1"), pytest.approx(factor)),)


def test_without_an_opinion_a_story_weighs_one():
    assert weight([]) == (1.0, ()) and weight([said(Verdict.UP)], "b2") == (1.0, ())


def test_a_verdict_is_half_as_much_a_month_later():
    assert weight([said(Verdict.SPAM, at=NOW - 30 * DAY)]).factor == pytest.approx(
        weight([said(Verdict.DOWN)]).factor
    )


def test_a_verdict_is_about_the_tickers_and_the_rule_too():
    given = [said(Verdict.DOWN, tickers=("ABC",), rule="r1")]
    assert (
        weight(given, "other", tickers=("ABC",)).factor < 1
        and weight(given, "other", rules=["r1"]).factor < 1
    )
    assert weight(given, "other", tickers=("XYZ",)).factor == 1


def test_a_verdict_on_a_merged_story_is_one_on_its_survivor():
    assert weight([said(Verdict.UP, "old")], "a1", redirects={"old": "a1"}).factor > 1


@given(st.lists(st.tuples(verdicts, st.sampled_from(["a1", "b2"]), st.integers(0, 400)), max_size=40))
def test_whatever_people_say_a_story_weighs_between_a_half_and_two(given):
    rows = [said(v, n, NOW - age * DAY, tickers=("ABC",)) for v, n, age in given]
    for id in ("a1", "b2", "c3"):
        assert 0.5 <= weight(rows, id, ["plain"], ["ABC"]).factor <= 2.0


def ruled(tastes, budget=1):
    scores = [score("a1", surprise=3.6), score("b2", surprise=3.5, rank=2)]
    return judged(
        scores, [narrative("a1"), narrative("b2")], [chat(1)],
        allows=[attention(budget=budget)], tastes=tastes,
    )  # fmt: skip


def test_what_people_like_goes_first_when_the_budget_is_short():
    liked = {1: feedback.taste([said(Verdict.UP, "b2", rule="-")], NOW)}
    assert [f.narrative_id for f in ruled({}).firings] == ["a1"]
    assert [f.narrative_id for f in ruled(liked).firings] == ["b2"]


def test_feedback_changes_neither_what_is_an_alert_nor_its_facts():
    spam = {1: feedback.taste([said(Verdict.SPAM, id, rule="-") for id in ("a1", "b2")] * 9, NOW)}
    place = {"place"}
    facts = [
        {f.narrative_id: {k: v for k, v in f.facts.items() if k not in place} for f in ruled(t, 9).firings}
        for t in ({}, spam)
    ]
    assert facts[0] == facts[1] and len(facts[0]) == 2


def test_a_week_is_summed_up_with_what_goes_sooner_and_later():
    told = feedback.week(
        [
            said(Verdict.UP, "a1", NOW - DAY), said(Verdict.UP, "a1", NOW - DAY, user_id=2),
            said(Verdict.SPAM, "b2", NOW - DAY, tickers=("ABC",)), said(Verdict.DOWN, "c3", NOW - 8 * DAY),
        ],
        NOW,
    )  # fmt: skip
    assert told.counts == {Verdict.UP: 2, Verdict.DOWN: 0, Verdict.KNEW: 0, Verdict.SPAM: 1}
    assert told.sooner == (("story", "a1"),)
    assert set(told.later) == {("story", "b2"), ("ticker", "ABC")}
    assert feedback.week([], NOW) is None
