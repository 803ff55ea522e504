import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.signals.coverage import PAGE, Intervals, Slivers, coverage, seen

hours = st.floats(-5.0, 30.0).map(lambda h: round(h, 3))
pairs = st.lists(st.tuples(hours, hours), max_size=12)
EDGES = np.arange(25.0)


@given(pairs, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(ab, chance):
    again = ab + ab[: len(ab) // 2]
    chance.shuffle(again)
    assert np.array_equal(Intervals.union(again).hours_in(EDGES), Intervals.union(ab).hours_in(EDGES))


@given(pairs)
def test_the_union_covers_exactly_what_some_interval_covers(ab):
    union, at = Intervals.union(ab), np.linspace(-6.0, 31.0, 400)
    expected = [any(a <= t < b for a, b in ab) for t in at]
    assert union.covers(at).tolist() == expected


@given(pairs)
def test_hours_in_a_bucket_are_at_most_its_length(ab):
    observed = Intervals.union(ab).hours_in(EDGES)
    assert (observed >= 0.0).all()
    assert (observed <= 1.0 + 1e-9).all()


@given(pairs, st.tuples(hours, hours))
def test_more_polls_never_take_coverage_away(ab, more):
    before, after = (Intervals.union(p).hours_in(EDGES) for p in (ab, [*ab, more]))
    assert (after >= before - 1e-9).all()


def test_touching_polls_are_one_interval():
    assert Intervals.union([(0.0, 1.0), (1.0, 2.0)]).starts.tolist() == [0.0]


def test_a_sliver_joins_the_bucket_before_it():
    tau = np.array([[1.0, 0.05, 0.0, 0.0, 0.04, 0.5, 0.03]])
    joined = Slivers.find(tau, np.zeros((1, 7)), 1.0).join(tau)
    assert np.allclose(joined, [[1.05, 0.0, 0.0, 0.0, 0.0, 0.57, 0.0]])


def test_a_sliver_alone_stays_and_does_not_count_as_covered():
    tau = np.array([[0.0, 0.05, 0.0]])
    assert Slivers.find(tau, tau, 1.0).join(tau).tolist() == tau.tolist()
    assert coverage(seen(tau, tau), np.ones(3), 3.0).tolist() == [0.0]


def test_six_minutes_are_enough_and_what_we_did_not_keep_was_not_observed():
    known = seen(np.array([[0.1, 0.09]]), np.zeros((1, 2)))
    assert coverage(known, np.ones(2), 4.0).tolist() == [0.25]


def test_a_page_that_filled_in_seconds_counts_as_covered_and_joins_nothing():
    tau, n = np.array([[1.0, 0.01]]), np.array([[4.0, PAGE]])
    assert seen(tau, n).tolist() == [[True, True]]
    assert Slivers.find(tau, n, 1.0).join(tau).tolist() == tau.tolist()
