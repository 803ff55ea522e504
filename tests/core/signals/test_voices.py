"""Sentiment and breadth: what voices say and how many they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.signals import measure, signals_of
from core.signals.breadth import breadth, effective_authors
from core.signals.opinion import settled
from tests.core.signals.worlds import built, mention, poll

names = st.lists(st.sampled_from(["ann", "bob", "cy", "di", None]), max_size=40)


def mood(stances):
    posts = [mention(i, 0.5 + i / 20, stance=s) for i, s in enumerate(stances)]
    return measure(built(posts, [poll(10.0)]))


def test_agreement_is_a_high_value_and_doubt_a_low_one():
    assert mood([0.8] * 30).sentiment.value[0] > 0.8
    assert mood([-0.8] * 30).sentiment.value[0] < 0.2


def test_few_voices_are_shrunk_and_unsure():
    few, many = mood([1.0] * 2).sentiment, mood([1.0] * 40).sentiment
    assert 0.5 < few.value[0] < many.value[0]
    assert few.confidence[0] < 0.3 < 0.8 < many.confidence[0]


def test_opposed_voices_are_polarised_and_not_neutral_silence():
    split = mood([1.0, -1.0] * 15)
    assert split.sentiment.disagreement[0] == pytest.approx(1.0)
    assert signals_of(split, 0).sentiment.reason == "opinions are polarised"


def test_without_voices_the_week_speaks_with_no_confidence():
    posts = [mention(i, 20.0 + i / 20, stance=1.0) for i in range(20)]
    signal = signals_of(measure(built(posts, [poll(60.0)])), 0).sentiment
    assert signal.value > 0.6
    assert signal.confidence == 0.0
    assert "week" in signal.reason


def test_where_grok_said_nothing_the_lexicon_speaks():
    posts = [mention(i, 0.5 + i / 20, stance=None, tone=0.8) for i in range(30)]
    measures = measure(built(posts, [poll(10.0)]))
    assert measures.sentiment.value[0] > 0.8
    assert measures.sentiment.voices[0] == pytest.approx(30.0)


def test_grok_is_believed_before_the_lexicon():
    posts = [mention(i, 0.5 + i / 20, stance=0.8, tone=-0.2) for i in range(30)]
    assert measure(built(posts, [poll(10.0)])).sentiment.value[0] > 0.8


def test_a_stance_that_the_lexicon_contradicts_weighs_half():
    doubted = [mention(i, 0.5, stance=1.0, tone=-0.5) for i in range(10)]
    plain = [mention(i + 10, 0.5, stance=-1.0) for i in range(10)]
    measures = measure(built(doubted + plain, [poll(10.0)]))
    assert measures.sentiment.value[0] < 0.4
    assert measures.sentiment.voices[0] == pytest.approx(15**2 / 12.5)


def test_a_post_many_liked_outweighs_one_nobody_did_but_not_five():
    loud = [mention(0, 0.5, stance=1.0, engagement=10**6)]
    quiet = [mention(i + 1, 0.5, stance=-1.0, engagement=0) for i in range(6)]
    assert measure(built(loud + quiet[:1], [poll(10.0)])).sentiment.value[0] > 0.5
    assert measure(built(loud + quiet, [poll(10.0)])).sentiment.value[0] < 0.5


@given(
    st.lists(st.tuples(*[st.none() | st.floats(-1, 1)] * 2, st.none() | st.integers(0, 10**9)), max_size=20)
)
def test_a_weight_is_at_most_five_and_a_stance_is_one_that_was_told(posts):
    columns = [
        np.array([np.nan if v is None else v for v in column], float) for column in zip(*posts, strict=True)
    ]
    stance, weight = settled(*(columns or [np.zeros(0)] * 3))
    assert ((weight >= 0.5) & (weight <= 5.0)).all()
    for (grok, lexicon, _), s in zip(posts, stance, strict=True):
        assert s == (lexicon if grok is None else grok) or (grok is lexicon is None and np.isnan(s))


@given(names)
def test_effective_authors_are_at_most_the_authors(authors):
    known = set(authors) - {None}
    assert 0.0 <= effective_authors(authors) <= len(known) + 1e-9
    assert 0.0 <= breadth(effective_authors(authors)) <= 1.0


def test_one_loud_author_is_hardly_more_than_one():
    assert effective_authors(["ann"] * 50 + ["bob", "cy"]) < 1.1
    assert effective_authors(["ann", "bob", "cy", "di"]) == 4.0


def test_posts_without_an_author_prove_no_voice():
    assert breadth(effective_authors([None] * 10)) == 0.0
