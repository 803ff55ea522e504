"""Sentiment and breadth: what voices say and how many they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.signals import measure, signals_of
from core.signals.breadth import breadth, effective_authors
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
