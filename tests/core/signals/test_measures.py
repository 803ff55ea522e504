"""What every signal promises, whatever was or was not observed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.signals import measure, signals_of
from core.signals.completeness import ENOUGH, Completeness
from tests.core.signals.worlds import NOW, built, counts, mention, poll, steady

T = 80
some_counts = arrays(float, (3, T), elements=st.integers(0, 200).map(float))
some_tau = arrays(float, (3, T), elements=st.sampled_from([0.0, 0.05, 0.3, 1.0, 1.0, 1.0]))
rates = st.floats(0.2, 40.0)


def poisson(seed, rate, hours=T):
    return np.random.default_rng(seed).poisson(rate, hours).astype(float)


@settings(max_examples=60, deadline=None)
@given(some_counts, some_tau)
def test_values_and_confidences_are_between_zero_and_one(n, tau):
    measures = measure(counts(n * (tau > 0), tau))
    for signal in (measures.momentum, measures.velocity, measures.sentiment):
        for values in (signal.value, signal.confidence):
            assert np.isfinite(values).all()
            assert ((values >= 0.0) & (values <= 1.0)).all()
    assert np.isfinite(measures.surprise).all()
    assert (measures.surprise >= 0.0).all()
    assert np.isfinite(measures.ratio).all()


@settings(max_examples=30, deadline=None)
@given(some_counts, st.integers(25, T))
def test_no_data_is_neutral_without_confidence(n, gap):
    n[0, -gap:] = 0.0
    tau = np.ones(n.shape)
    tau[0, -gap:] = 0.0
    measures = measure(counts(n, tau))
    signals = signals_of(measures, 0)
    assert (signals.momentum.value, signals.momentum.confidence) == (0.5, 0.0)
    assert (signals.velocity.value, signals.velocity.confidence) == (0.5, 0.0)
    assert (signals.sentiment.value, signals.sentiment.confidence) == (0.5, 0.0)
    assert not signals.momentum.inputs_ok
    assert measures.surprise[0] == 0.0


@settings(max_examples=60, deadline=None)
@given(arrays(float, T, elements=st.integers(30, 300).map(float)), st.integers(2, 50))
def test_multiplying_all_counts_hardly_moves_momentum(n, factor):
    one, many = (measure(counts(c)).momentum.value[0] for c in (n, n * factor))
    assert abs(one - many) <= 0.05


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), rates, st.data())
def test_a_poll_that_adds_whole_buckets_never_lowers_confidence(seed, rate, data):
    n = poisson(seed, rate)
    seen = data.draw(arrays(bool, T, elements=st.booleans()))
    added = data.draw(arrays(bool, T, elements=st.booleans()))
    seen[-1] = True
    before, after = (
        measure(counts(n * known, known.astype(float))).momentum.confidence[0]
        for known in (seen, seen | added)
    )
    assert after >= before - 1e-9


@pytest.mark.parametrize(
    ("rate", "now", "value"), [(50, 50, 0.5), (50, 100, 0.67), (50, 200, 0.8), (50, 25, 0.33)]
)
def test_the_value_says_how_many_times_the_usual(rate, now, value):
    momentum = measure(counts(steady(rate, last=(now,) * 3))).momentum
    assert momentum.value[0] == pytest.approx(value, abs=0.015)
    assert momentum.confidence[0] > 0.9


def test_a_steady_narrative_reproduces_itself():
    measures = measure(counts(steady(20)))
    assert measures.velocity.reproduction[0] == pytest.approx(1.0, abs=0.05)
    assert measures.velocity.value[0] == pytest.approx(0.5, abs=0.05)


def test_a_sampled_narrative_grows_as_fast_as_the_whole():
    growing = 200.0 * 1.2 ** np.arange(72)[-72:] / 1.2**60
    whole, sample = (measure(counts(growing * part)).velocity.reproduction[0] for part in (1.0, 0.2))
    assert whole > 1.3
    assert sample == pytest.approx(whole, rel=0.1)


def test_a_quiet_hour_that_was_observed_is_not_one_that_was_not():
    quiet = steady(20, last=(0, 0, 0))
    unseen = np.ones(336)
    unseen[-3:] = 0.0
    observed, missed = measure(counts(quiet)), measure(counts(quiet, unseen))
    assert observed.momentum.value[0] < 0.1
    assert observed.momentum.confidence[0] > 0.2
    assert (missed.momentum.value[0], missed.momentum.confidence[0]) == (0.5, 0.0)


def test_gaps_in_the_past_do_not_make_the_present_look_busy():
    gappy = np.ones(336)
    gappy[10:320:2] = 0.0
    measures = measure(counts(steady(10) * gappy, gappy))
    assert measures.ratio[0] == pytest.approx(1.0, abs=0.1)
    assert measures.rate[0] == pytest.approx(10.0, abs=0.5)


def test_an_old_burst_does_not_become_the_usual():
    n = steady(10)
    n[200:204] = 500.0
    assert measure(counts(n)).rate[0] < 13.0


def test_the_hour_of_day_is_part_of_what_is_usual():
    daily = np.where((np.arange(336) % 24) < 12, 5.0, 40.0)
    assert NOW.hour == 12  # the last hour is a busy one
    many = np.tile(np.roll(daily, 12 - 336 % 24), (20, 1))
    profile = measure(counts(many)).profile
    assert profile.max() / profile.min() > 3.0
    assert profile.mean() == pytest.approx(1.0)


def test_a_young_narrative_is_compared_with_its_peers_and_less_sure():
    n, tau = np.full((6, 336), 5.0), np.ones((6, 336))
    n[0, :-4], tau[0, :-4] = 0.0, 0.0
    n[0, -4:], n[1, -4:] = 25.0, 25.0
    measures = measure(counts(n, tau))
    assert measures.prior[0] == pytest.approx(5.0, rel=0.01)
    assert measures.momentum.confidence[0] < 0.5 < measures.momentum.confidence[1]
    assert measures.ratio[0] > 2.0
    assert "4 h of own history" in signals_of(measures, 0).momentum.reason


def test_late_posts_do_not_raise_an_alert():
    polls = [poll(70.0)]
    usual = [mention(i, 69 - i / 5, author=f"u{i}") for i in range(345)]
    prompt = [mention(1000 + i, 0.9 - i / 100) for i in range(40)]
    loud, calm = (measure(built(usual + extra, polls)) for extra in (prompt, []))
    assert loud.surprise[0] > 3.0 > calm.surprise[0]


def test_without_own_polls_momentum_is_the_share_of_discovery_posts():
    ours = [mention(i, 0.1 * i, metered=False) for i in range(1, 21)]
    others = [
        (str(5 * 10**17 + i), NOW - (i % 70 + 0.5) * (NOW - ours[9].created_at), NOW) for i in range(700)
    ]
    finds = [(m.post_id, m.created_at, m.known_at) for m in ours] + others
    measures = measure(built(ours, [], discovered=finds))
    signal = signals_of(measures, 0).momentum
    assert not measures.polled[0]
    assert signal.value > 0.7
    assert 0.0 < signal.confidence < 0.5
    assert signal.n == 20
    assert "discovery" in signal.reason
    assert measures.rate[0] == 0.0


def test_a_share_that_stays_the_same_is_no_momentum():
    ours = [mention(i, 0.5 + i % 70, metered=False) for i in range(140)]
    finds = [(m.post_id, m.created_at, m.known_at) for m in ours]
    finds += [
        (str(10**17 + i), NOW - (0.5 + i % 70) * (NOW - mention(0, 1.0).created_at), NOW) for i in range(700)
    ]
    measures = measure(built(ours, [], discovered=finds))
    assert measures.momentum.value[0] == pytest.approx(0.5, abs=0.07)
    assert measures.share[0] == pytest.approx(140 / 840, abs=0.02)


def test_searches_that_return_a_choice_measure_nothing_but_shares():
    choice = Completeness(theta=0.1, posts=ENOUGH)
    panel = replace(counts(np.full((2, T), 8.0)), universe=np.full(T, 20.0), found=np.full((2, T), 2.0))
    plain, chosen = measure(panel), measure(panel, choice)
    assert plain.polled.all() and not chosen.polled.any()
    assert ((chosen.momentum.confidence > 0) & (chosen.momentum.confidence <= choice.theta)).all()
    assert "a choice of posts" in signals_of(chosen, 0).momentum.reason
    assert not measure(panel, Completeness(theta=0.9, posts=500)).chosen


def test_counts_of_x_are_trusted_whatever_searches_return():
    panel = replace(counts(np.full((1, T), 8.0)), counted=np.array([True]))
    plain, chosen = measure(panel), measure(panel, Completeness(theta=0.1, posts=ENOUGH))
    assert (chosen.momentum.confidence == plain.momentum.confidence).all() and chosen.polled.all()
