import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.signals import measure
from tests.bench import naive_score
from tests.bench.score import columns
from tests.core.signals.worlds import counts, steady


def noisy(seed=0, rate=10.0, rows=1, hours=336):
    return np.random.default_rng(seed).poisson(rate, (rows, hours)).astype(float)


def surprise(n, tau=None):
    return measure(counts(n, tau)).surprise


def test_a_burst_surprises_and_the_usual_does_not():
    usual = noisy()
    usual[0, -1] = 10.0
    burst = usual.copy()
    burst[0, -1] = 60.0
    assert surprise(usual)[0] == 0.0
    assert surprise(burst)[0] > 4.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 100), st.integers(0, 100))
def test_more_posts_never_surprise_less(seed, few, more):
    one, other = noisy(seed), noisy(seed)
    one[0, -1], other[0, -1] = few, few + more
    assert surprise(other)[0] >= surprise(one)[0] - 1e-9


def test_what_happened_before_surprises_less():
    calm, bursty = noisy(1), noisy(1)
    bursty[0, 40:320:40] = 60.0
    calm[0, -1] = bursty[0, -1] = 60.0
    assert surprise(bursty)[0] < surprise(calm)[0] / 2


def test_the_present_takes_no_part_in_its_own_tail():
    short, long = noisy(2), noisy(2)
    short[0, -1] = 60.0
    long[0, -3:] = 60.0
    assert surprise(long)[0] >= surprise(short)[0] > 4.0


def test_an_hour_that_lasts_surprises_more_than_one_that_came_alone():
    alone, lasting = noisy(2), noisy(2)
    alone[0, -1] = lasting[0, -1] = 30.0
    lasting[0, -3:-1] = 30.0
    assert surprise(lasting)[0] > surprise(alone)[0] + 0.3


@pytest.mark.parametrize("rate", [0.2, 3.0, 500.0])
def test_the_quick_arithmetic_says_what_a_plain_loop_says(rate):
    chance = np.random.default_rng(7)
    seen = np.where(chance.random((20, 168)) < 0.1, 0.0, chance.uniform(0.1, 1.0, (20, 168)))
    panel = counts(np.where(seen > 0.0, noisy(7, rate, rows=20, hours=168), 0.0), seen)
    fast, plain = measure(panel), naive_score.measure(panel)
    for name, values in columns(fast).items():
        assert values == pytest.approx([row[name] for row in plain], abs=2e-5), name


def test_unobserved_hours_are_not_quiet_ones():
    n, seen = noisy(3, rate=2.0), np.ones((1, 336))
    n[0, -1] = 9.0
    seen[0, 20:300] = np.arange(280) % 2
    missing, silent = surprise(n * seen, seen)[0], surprise(n * seen)[0]
    assert missing < silent


def test_false_alarms_on_steady_noise_are_rare():
    alarms = surprise(noisy(4, rows=2000)) >= 3.0
    assert alarms.mean() < 0.005


def test_a_sparse_narrative_needs_more_than_a_second_post():
    n = np.zeros((1, 336))
    n[0, ::30] = 1.0
    n[0, -1] = 2.0
    assert surprise(n)[0] < 3.0


def test_the_first_narrative_ever_has_a_defined_and_cautious_surprise():
    few, many = (surprise(steady(0, hours=5, last=(posts,)), np.ones(5))[0] for posts in (5.0, 40.0))
    assert few < 3.0 <= many


def test_a_young_narrative_borrows_the_tail_of_its_peers():
    n, seen = noisy(5, rows=6), np.ones((6, 336))
    n[0, :-10], seen[0, :-10] = 0.0, 0.0
    n[:, -1] = 45.0
    found = surprise(n, seen)
    assert 3.0 < found[0] < found[1:].max()


def test_an_unobserved_present_surprises_nobody():
    n, seen = noisy(6), np.ones((1, 336))
    seen[0, -3:] = 0.0
    assert surprise(n * seen, seen)[0] == 0.0
