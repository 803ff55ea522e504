from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import Phase
from core.phases import Reading, pointed_at, stand
from tests.core.makers import score

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALM = Reading(1.0, 0.0, 1.0, observed=True)
GROWING = Reading(2.0, 2.5, 1.4, observed=True)
SOARING = Reading(6.0, 5.0, 1.8, observed=True)
HIGH = Reading(5.0, 4.5, 1.0, observed=True)
FALLING = Reading(1.6, 1.2, 0.6, observed=True)
UNSEEN = Reading(1.0, 0.0, 1.0, observed=False)


def live(*readings, previous=None):
    """The standings of one narrative, cycle by cycle, an hour apart."""
    standings = []
    for i, reading in enumerate(readings):
        at = NOW + i * HOUR
        standings.append(stand(reading, previous, now=at))
        s = standings[-1]
        previous = score(
            phase=s.phase, leaning=s.leaning, phase_since=s.since, peak_ratio=s.peak_ratio, as_of=at
        )
    return standings


def phases(*readings):
    return [s.phase.value for s in live(*readings)]


def test_a_story_goes_through_its_phases():
    seen = phases(CALM, GROWING, GROWING, SOARING, HIGH, HIGH, FALLING, FALLING, CALM, CALM)
    assert seen == [
        "quiet", "quiet", "emerging", "accelerating", "accelerating", "peaking", "peaking",
        "fading", "fading", "quiet",
    ]  # fmt: skip


def test_one_odd_cycle_changes_nothing():
    assert phases(CALM, GROWING, CALM, GROWING, CALM) == ["quiet"] * 5


def test_acceleration_is_believed_at_once():
    assert phases(SOARING) == ["accelerating"]


def test_a_new_phase_starts_when_it_is_agreed():
    standings = live(CALM, GROWING, GROWING, GROWING)
    assert [s.since for s in standings] == [NOW, NOW, NOW + 2 * HOUR, NOW + 2 * HOUR]


def test_an_unobserved_cycle_is_not_a_quiet_one():
    assert phases(SOARING, UNSEEN, UNSEEN, UNSEEN) == ["accelerating"] * 4
    assert phases(CALM, GROWING, UNSEEN, GROWING)[-1] == "emerging"


def test_the_peak_is_halved_every_day():
    previous = score(peak_ratio=8.0, as_of=NOW - 24 * HOUR)
    assert stand(CALM, previous, now=NOW).peak_ratio == pytest.approx(4.0)


def test_what_was_hot_and_is_usual_again_fades():
    assert pointed_at(CALM, Phase.PEAKING, peak=2.0) is Phase.FADING


def test_below_a_peak_that_never_stood_out_nothing_fades():
    assert pointed_at(Reading(0.6, -1.0, 0.6, observed=True), Phase.QUIET, peak=1.0) is Phase.QUIET


def test_without_polls_of_its_own_a_narrative_emerges_at_most():
    assert pointed_at(Reading(9.0, 3.0, None, observed=True), Phase.QUIET, peak=0.0) is Phase.EMERGING
    assert pointed_at(Reading(1.0, 0.1, None, observed=True), Phase.EMERGING, peak=0.0) is Phase.QUIET


readings = st.builds(
    Reading,
    st.floats(0.0, 20.0),
    st.floats(-3.0, 8.0),
    st.one_of(st.none(), st.floats(0.1, 5.0)),
    st.booleans(),
)


@given(st.lists(readings, min_size=2, max_size=12))
def test_a_phase_is_entered_only_when_two_cycles_agree_or_it_accelerates(story):
    standings = live(*story)
    for before, after in pairwise(standings):
        if after.phase is not before.phase:
            assert after.phase is Phase.ACCELERATING or after.phase is before.leaning
            assert after.phase is after.leaning
        else:
            assert after.since == before.since


def test_a_narrative_seen_for_the_first_time_is_taken_as_it_is():
    fast = Reading(ratio=4.0, z=2.5, reproduction=None, observed=True)
    assert stand(fast, None, now=NOW).phase is Phase.EMERGING
