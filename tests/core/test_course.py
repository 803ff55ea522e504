"""What a picture shows of a story, hour by hour: what was not looked at is a gap."""

import doctest
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import course as module
from core.course import HOURS, course
from core.errors import BadInput
from tests.core.signals.worlds import HOUR, NOW, log, mention, poll


def of(mentions=(), polls=(), *, earliest=NOW - 4 * HOUR, now=NOW):
    return course("a", log(mentions, polls, ids=["a"]), earliest=earliest, now=now)


def test_an_hour_nobody_looked_at_is_a_gap_and_a_quiet_one_a_zero():
    made = of([mention(1, 0.5)], [poll(1.0), poll(3.0, 2.0)])
    assert made.rates == (None, 0.0, None, 1.0)
    assert made.edges == tuple(NOW - hours * HOUR for hours in (4, 3, 2, 1, 0))


def test_half_an_hour_observed_tells_the_rate_of_the_hour():
    assert of([mention(i, 0.2 + i / 100) for i in range(3)], [poll(0.5)]).rates[-1] == 6.0


def test_a_glance_of_a_minute_is_too_little_to_speak_of_an_hour():
    assert of([mention(1, 1.51)], [poll(1.52, 1.5)]).rates == (None, None, None, None)
    assert not of().observed


def test_near_copies_count_once():
    assert of([mention(i, 0.1 * i, signature=7) for i in range(1, 6)], [poll(1.0)]).rates[-1] == 1.0


def test_it_begins_with_the_earliest_post_or_two_days_ago():
    assert len(of(earliest=NOW - 90 * timedelta(minutes=1)).rates) == 2
    assert len(of(earliest=NOW - 100 * HOUR).rates) == HOURS
    assert len(of(earliest=NOW).rates) == 1


def test_the_hour_that_goes_on_ends_with_the_next_ten_minutes():
    made = of(polls=[poll(1.0)], now=NOW + timedelta(minutes=23))
    assert made.edges[-1] == NOW + timedelta(minutes=30) and made.edges[-2] == NOW


def test_a_now_without_a_zone_is_refused():
    with pytest.raises(BadInput):
        of(now=NOW.replace(tzinfo=None))


def test_its_example_holds():
    assert doctest.testmod(module) == (0, 4)


@given(st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_gaps_are_the_hours_without_a_look_whatever_was_said_in_them(looked, spoken):
    posts = [mention(hour + 1, hour + 0.5) for hour in spoken]
    made = of(posts, [poll(h + 1.0, float(h), number=h) for h in looked], earliest=NOW - 12 * HOUR)
    wanted = [float(h in spoken) if h in looked else None for h in reversed(range(12))]
    assert list(made.rates) == wanted
