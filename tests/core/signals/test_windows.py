import numpy as np
import pytest

from core.signals import measure
from core.signals.windows import compare
from tests.core.signals.worlds import counts, steady


def windows(panel):
    measures = measure(panel)
    return compare(panel, measures.profile, measures.prior)


def test_a_steady_narrative_is_as_usual_in_every_window():
    for comparison in windows(counts(steady(5, hours=24 * 120))).values():
        assert comparison.ratio[0] == pytest.approx(1.0, abs=0.05)
        assert comparison.coverage[0] == pytest.approx(1.0)


def test_a_day_of_four_times_the_posts_shows_in_the_day():
    found = windows(counts(steady(10, hours=24 * 30, last=(40,) * 24)))
    assert found["24h"].ratio[0] == pytest.approx(4.0, rel=0.05)
    assert found["1h"].ratio[0] > 3.0  # compared with the two weeks before that hour
    assert 1.2 < found["7d"].ratio[0] < 1.8
    assert found["24h"].confidence[0] > 0.95


def test_a_panel_shorter_than_the_window_shows_as_coverage():
    month = windows(counts(steady(10)))["30d"]
    assert month.coverage[0] == pytest.approx(336 / 720)
    assert month.confidence[0] < 336 / 720


def test_few_posts_are_shrunk_to_the_usual_and_unsure():
    n = np.zeros(24 * 20)
    n[-2:] = 1.0
    day = windows(counts(n))["24h"]
    assert day.confidence[0] < 0.5


def test_nothing_observed_is_a_ratio_of_one_without_confidence():
    for comparison in windows(counts(np.zeros(400), np.zeros(400))).values():
        assert (comparison.ratio[0], comparison.confidence[0], comparison.coverage[0]) == (1.0, 0.0, 0.0)
