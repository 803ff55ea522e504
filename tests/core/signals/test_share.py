"""How much of the talk a narrative has, whether that is all it will have, how new and how lasting it is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.models import Stability
from core.signals import measure, signals_of
from core.signals.mindshare import interval, share
from core.signals.novelty import Wording, novelty
from core.signals.saturation import LATE, fewer_join, percentile
from core.signals.stability import kind, lasting
from tests.core.signals.worlds import NOW, counts, mention

T = 200


def listened(found, universe=50.0, hours=T):
    panel = counts(np.zeros((len(found), hours)), np.zeros((len(found), hours)))
    return replace(panel, found=np.asarray(found, float), universe=np.full(hours, universe))


# --- mindshare


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 2000), st.floats(0, 1))
def test_a_share_lies_in_its_interval(universe, part):
    found = np.array([float(int(universe * part))])
    low, high = interval(found, np.array([float(universe)]))
    value = share(found, np.array([float(universe)]))
    assert 0.0 <= low[0] <= high[0] <= 1.0
    if 0 < found[0] < universe:
        assert low[0] <= value[0] <= high[0]


def test_the_interval_holds_the_true_share_four_times_in_five():
    chance = np.random.default_rng(5)
    true = chance.uniform(0.02, 0.4, 4000)
    low, high = interval(chance.binomial(200, true).astype(float), np.full(4000, 200.0))
    assert ((low <= true) & (true <= high)).mean() == pytest.approx(0.8, abs=0.02)


def test_a_share_of_nothing_is_not_known():
    told = signals_of(measure(listened(np.zeros((1, T)), universe=0.0)), 0).mindshare
    assert (told.value, told.confidence, told.inputs_ok) == (0.5, 0.0, False)
    assert "no posts" in told.reason


def test_more_posts_make_a_share_surer():
    few, many = (
        signals_of(measure(listened(np.full((1, T), n), universe=10 * n)), 0).mindshare for n in (0.25, 10.0)
    )
    assert many.confidence > few.confidence
    assert many.high - many.low < few.high - few.low


# --- saturation and late


@settings(max_examples=40, deadline=None)
@given(arrays(float, (2, T), elements=st.integers(0, 5).map(float)))
def test_saturation_is_a_rank(found):
    value, hours = percentile(found, np.full(T, 20.0), 24)
    assert ((value >= 0.0) & (value <= 1.0)).all()
    assert (hours <= T).all()


def test_a_share_that_never_was_so_high_is_saturated_and_an_even_one_is_not():
    rising = np.concatenate([np.ones(150), np.full(50, 5.0)])[None, :]
    saturation = measure(listened(rising)).saturation.value[0]
    assert measure(listened(np.ones((1, T)))).saturation.value[0] < 0.9
    assert saturation > 0.85


def test_hours_before_the_first_post_are_not_its_own():
    young = np.concatenate([np.zeros(190), np.ones(10)])[None, :]
    told = signals_of(measure(listened(young)), 0).saturation
    assert (told.value, told.n, told.confidence) == (0.5, 10, None)
    assert not told.inputs_ok and "less than a day" in told.reason


def joining(today, yesterday):
    new = [mention(i, 3.0, author=f"t{i}") for i in range(today)]
    return new + [mention(100 + i, 30.0, author=f"y{i}") for i in range(yesterday)]


@pytest.mark.parametrize(
    ("today", "yesterday", "exposure", "falls"),
    [
        (3, 9, (24.0, 24.0), True),
        (9, 3, (24.0, 24.0), False),
        (3, 9, (2.0, 24.0), False),  # hardly looked today: three in two hours are many
        (3, 9, (0.0, 24.0), False),
        (0, 0, (24.0, 24.0), False),
    ],
)
def test_fewer_voices_join_per_hour_observed(today, yesterday, exposure, falls):
    assert fewer_join(joining(today, yesterday), NOW, exposure) is falls


def test_a_voice_that_spoke_before_does_not_join_again():
    again = [mention(i, 3.0, author="y1") for i in range(50)]
    assert fewer_join([*again, *joining(1, 9)], NOW, (24.0, 24.0))


def test_late_is_a_high_bar():
    assert LATE == 0.95


# --- novelty


def test_the_same_words_again_are_no_news_and_other_words_are():
    old = Wording(("aave", "sec", "probe"), 200.0)
    again, other = Wording(("aave", "sec", "probe"), 1.0), Wording(("wallet", "drained"), 1.0)
    found = novelty([old, again, other]).value
    assert found[2] > 0.95 > 0.55 > found[1]


def test_a_copy_that_comes_later_takes_no_novelty_away():
    first = Wording(("aave", "sec", "probe"), 10.0)
    alone = novelty([first]).value[0]
    assert novelty([first, Wording(first.words, 1.0)]).value[0] == pytest.approx(alone)


def test_news_gets_old():
    ages = [0.0, 24.0, 48.0, 480.0]
    found = [novelty([Wording(("a", "b"), age)]).value[0] for age in ages]
    assert found == sorted(found, reverse=True)
    assert found[2] == pytest.approx(0.75)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(Wording, st.lists(st.sampled_from("abcdefgh"), max_size=6), st.floats(0, 700)), min_size=1
    )
)
def test_novelty_is_between_zero_and_one(wordings):
    found = novelty(wordings)
    assert np.isfinite(found.value).all()
    assert ((found.value >= 0.0) & (found.value <= 1.0)).all()


# --- stability


@pytest.mark.parametrize(
    ("hours", "word"),
    [(0, "flash"), (5.9, "flash"), (6, "fresh"), (48, "persistent"), (335, "persistent"), (336, "durable")],
)
def test_what_lasts_has_a_name(hours, word):
    assert kind(hours) is Stability(word)


def test_talk_that_stopped_is_a_flash_again():
    hours = np.ones((1, 100))
    spoken = np.concatenate([np.ones(40), np.zeros(60)])[None, :]
    assert lasting(spoken, hours, np.array([100.0]), 1.0)[0] == 0.0


def test_hours_nobody_looked_at_are_no_silence():
    looked = np.tile([1.0, 0.0], 50)[None, :]
    assert lasting(looked, looked, np.array([99.0]), 1.0)[0] == 99.0


def test_a_young_narrative_lasts_no_longer_than_it_is_known():
    assert lasting(np.ones((1, 50)), np.ones((1, 50)), np.array([2.5]), 1.0)[0] == 3.0


@settings(max_examples=50, deadline=None)
@given(arrays(bool, (1, 60)), arrays(bool, (1, 60)))
def test_one_more_hour_of_talk_never_shortens_it(spoken, looked):
    known = np.array([60.0])
    before = lasting(spoken.astype(float), looked.astype(float), known, 1.0)
    after = lasting(np.ones((1, 60)), looked.astype(float), known, 1.0)
    assert after[0] >= before[0]
