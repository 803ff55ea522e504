"""Less is asked for while the model fetches more than twice what it was asked to."""

import math

from hypothesis import given
from hypothesis import strategies as st

from bot.sources.grok.restraint import KEPT, OVERRUNS, Restraint


def note(restraint, *fetched, planned=10):
    return [restraint.note(planned=planned, fetched=each) for each in fetched]


def test_three_overruns_in_a_row_halve_the_limit():
    restraint = Restraint()
    assert restraint.limit(10) == 10
    assert note(restraint, 21, 30, math.inf) == [0, 0, 1]
    assert [restraint.limit(wanted) for wanted in (10, 5, 3, 1)] == [5, 2, 1, 1]


def test_twice_the_plan_is_no_overrun_and_ends_a_row():
    restraint = Restraint()
    assert note(restraint, 21, 21, 20, 21, 21, 0, 21, 21) == [0] * 8
    assert restraint.limit(10) == 10


def test_the_limit_falls_on_while_overruns_go_on_but_never_below_one():
    restraint = Restraint()
    limits = []
    for _ in range(6):
        limits.append(restraint.limit(10))
        note(restraint, *[1000] * OVERRUNS, planned=limits[-1])
    assert limits == [10, 5, 2, 1, 1, 1]


def test_ten_calls_that_keep_to_their_plan_take_one_halving_back():
    restraint = Restraint()
    note(restraint, *[99] * 2 * OVERRUNS)
    assert restraint.limit(10) == 2
    assert note(restraint, *[2] * KEPT, planned=2) == [0] * (KEPT - 1) + [-1]
    assert restraint.limit(10) == 5
    assert note(restraint, *[5] * (KEPT - 1), 99, *[5] * (KEPT - 1), planned=5) == [0] * (2 * KEPT - 1)
    assert note(restraint, 5, planned=5) == [-1] and restraint.limit(10) == 10
    assert note(restraint, *[10] * 3 * KEPT) == [0] * 3 * KEPT


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(0, 500)), max_size=80),
    st.integers(1, 50),
)
def test_a_limit_is_between_one_and_what_was_wanted_and_comes_back(calls, wanted):
    restraint = Restraint()
    for planned, fetched in calls:
        note(restraint, fetched, planned=planned)
        assert 1 <= restraint.limit(wanted) <= wanted
    note(restraint, *[0] * KEPT * (len(calls) + 1))
    assert restraint.limit(wanted) == wanted
