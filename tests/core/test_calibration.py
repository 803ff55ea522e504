"""Confidence learnt from outcomes: nothing from few, a sigmoid from 200, steps from 1,000."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calibration import brier, calibrated, fit
from core.models import Calibration
from tests.core.makers import NOW


def outcomes(n, truth, seed=7):
    """Confidences and hits that come true as often as `truth` says."""
    rng = np.random.default_rng(seed)
    sure = rng.uniform(0.05, 0.95, n)
    return [(float(c), bool(h)) for c, h in zip(sure, rng.uniform(size=n) < truth(sure), strict=True)]


def over(sure):
    """Half as sure would have been right."""
    return 0.5 * sure


def test_few_outcomes_teach_nothing():
    learnt = fit(outcomes(199, over), NOW)
    assert (learnt.method, learnt.n) == ("identity", 199)
    assert calibrated(learnt, 0.83) == 0.83


@pytest.mark.parametrize(("n", "method"), [(200, "platt"), (999, "platt"), (1000, "isotonic")])
def test_the_method_follows_from_the_number_of_outcomes(n, method):
    learnt = fit(outcomes(n, over), NOW)
    assert (learnt.method, learnt.n, learnt.at) == (method, n, NOW)


@pytest.mark.parametrize("n", [400, 2000])
def test_confidence_that_was_too_high_comes_down_to_what_came_true(n):
    learnt = fit(outcomes(n, over), NOW)
    fresh = outcomes(5000, over, seed=8)
    shown = [(calibrated(learnt, sure), hit) for sure, hit in fresh]
    assert brier(shown) < brier(fresh) - 0.05
    assert calibrated(learnt, 0.8) == pytest.approx(0.4, abs=0.1)


def test_what_was_right_already_stays_nearly_as_it_was():
    learnt = fit(outcomes(900, lambda sure: sure), NOW)
    assert all(calibrated(learnt, sure) == pytest.approx(sure, abs=0.1) for sure in (0.2, 0.5, 0.8))


def test_confidence_that_misleads_is_worth_the_mean_and_never_turned_round():
    learnt = fit(outcomes(500, lambda sure: 1 - sure), NOW)
    assert learnt.slope == 0.0
    assert calibrated(learnt, 0.9) == calibrated(learnt, 0.1) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize("hit", [True, False])
def test_a_streak_can_be_learnt_from(n, hit):
    learnt = fit([(c, hit) for c, _ in outcomes(n, over)], NOW)
    assert calibrated(learnt, 0.5) == pytest.approx(float(hit), abs=0.01)


def test_outcomes_parted_cleanly_do_not_break_it():
    learnt = fit([(c, c > 0.5) for c, _ in outcomes(300, over)], NOW)
    assert calibrated(learnt, 1.0) <= 1.0 and calibrated(learnt, 0.0) >= 0.0


def test_what_has_no_confidence_keeps_none():
    assert calibrated(fit(outcomes(300, over), NOW), None) is None


def test_the_order_of_outcomes_changes_nothing():
    seen = outcomes(1200, over)
    assert fit(seen, NOW) == fit(seen[::-1], NOW)
    assert fit(seen[:300], NOW) == fit(seen[:300][::-1], NOW)


PLATT, STEPS = fit(outcomes(300, over), NOW), fit(outcomes(1500, over), NOW)


@settings(max_examples=50)
@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([PLATT, STEPS]))
def test_it_stays_within_bounds_and_keeps_the_order(one, other, learnt):
    low, high = sorted((one, other))
    assert 0.0 <= calibrated(learnt, low) <= calibrated(learnt, high) + 1e-12 <= 1.0 + 1e-12


@pytest.mark.parametrize("learnt", [PLATT, STEPS])
def test_plain_numbers_survive_storage(learnt):
    kept = Calibration.model_validate(learnt.model_dump(mode="json"))
    assert [calibrated(kept, c) for c in (0.0, 0.3, 1.0)] == [calibrated(learnt, c) for c in (0.0, 0.3, 1.0)]


def test_the_score_by_hand():
    assert brier([]) is None
    assert brier([(1.0, True), (0.5, False)]) == pytest.approx(0.125)


def test_what_starts_turns_the_wheel_and_sends_loads_neither_fitting_nor_drawing():
    program = "import sys, bot.app; print({'scipy', 'sklearn', 'matplotlib'} & set(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert ran.stdout.strip() == "set()"
