"""What holds for every signal, whatever was polled: the house rules of `signals.md` 4.0."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.signals import measure
from core.signals.windows import compare
from tests.core.signals.worlds import built, counts, mention, poll

HOURS = 60
SIGNALS = ("momentum", "velocity", "sentiment", "mindshare", "saturation")
ages = st.integers(1, 20 * HOURS).map(lambda n: n / 20)
posts = st.lists(
    st.builds(
        lambda number, age, late, author, stance: mention(
            number, age, late=late, author=author, stance=stance
        ),
        st.integers(1, 400),
        ages,
        st.sampled_from([0.1, 3.0, 9.0]),
        st.sampled_from(["ann", "bob", "cy", None]),
        st.sampled_from([None, -1.0, 0.5]),
    ),
    max_size=40,
    unique_by=lambda m: m.post_id,
)
polls = st.lists(st.tuples(ages, ages).map(lambda ab: poll(max(ab), min(ab))), max_size=10)


def told(measures):
    """Every value with its confidence, where it has one."""
    for name in SIGNALS:
        signal = getattr(measures, name)
        yield name, signal.value
        if hasattr(signal, "confidence"):
            yield name, signal.confidence


@settings(max_examples=80, deadline=None)
@given(posts, polls)
def test_whatever_was_polled_values_and_confidences_are_between_zero_and_one(mentions, asked):
    panel = built(mentions, asked, hours=HOURS)
    measures = measure(panel)
    for name, values in told(measures):
        assert ((values >= 0.0) & (values <= 1.0)).all(), name
    for window in compare(panel, measures.profile, measures.prior).values():
        assert 0.0 <= window.confidence[0] <= 1.0
        assert window.ratio[0] > 0.0


@settings(max_examples=60, deadline=None)
@given(posts, polls, st.randoms(use_true_random=False))
def test_order_and_repetition_of_polls_change_no_signal(mentions, asked, chance):
    again, asked_again = mentions + mentions[::2], asked + asked[::2]
    chance.shuffle(again)
    chance.shuffle(asked_again)
    one, other = (measure(built(m, p, hours=HOURS)) for m, p in ((mentions, asked), (again, asked_again)))
    for (name, first), (_, second) in zip(told(one), told(other), strict=True):
        assert first.tolist() == second.tolist(), name
    assert one.surprise.tolist() == other.surprise.tolist()


@settings(max_examples=60, deadline=None)
@given(arrays(float, HOURS, elements=st.integers(5, 60).map(float)), st.integers(3, 20))
def test_hours_that_were_not_observed_are_not_hours_without_posts(n, gap):
    n[-gap:] = 0.0
    tau = np.ones(HOURS)
    tau[-gap:] = 0.0
    silent, missed = measure(counts(n)), measure(counts(n, tau))
    assert silent.momentum.value[0] < 0.35
    assert silent.momentum.confidence[0] > 0.0
    assert (missed.momentum.value[0], missed.momentum.confidence[0]) == (0.5, 0.0)


@settings(max_examples=60, deadline=None)
@given(arrays(float, HOURS, elements=st.integers(5, 60).map(float)))
def test_an_hour_nobody_looked_into_leaves_the_momentum_of_the_others(n):
    tau = np.ones(HOURS)
    tau[-1] = 0.0
    n[-3:-1] = 240.0
    n[-1] = 0.0
    loud = measure(counts(n, tau)).momentum
    assert loud.value[0] > 0.7
    assert loud.coverage[0] == pytest.approx(2 / 3)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(5, 20), st.floats(0.002, 0.09))
def test_the_shorter_the_time_a_page_spans_the_more_it_surprises(seed, page, span):
    n, tau = np.random.default_rng(seed).poisson(8.0, 200).astype(float), np.ones(200)
    n[-1], tau[-1] = page, span
    shorter = tau.copy()
    shorter[-1] = span / 2
    slow, fast = measure(counts(n, tau)), measure(counts(n, shorter))
    assert fast.surprise[0] > slow.surprise[0] > 0.0
    assert fast.momentum.value[0] > slow.momentum.value[0] > 0.5
    assert slow.momentum.coverage[0] == 1.0
