"""An old picture is still shown, and believed less and less."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aging import HALF, aged, data_age, share
from core.models import Change
from tests.core import makers
from tests.core.makers import NOW, signal

HOUR = timedelta(hours=1)
ages = st.timedeltas(timedelta(0), timedelta(days=60))
intervals = st.timedeltas(timedelta(minutes=1), timedelta(days=1))
SIGNALS = ("momentum", "velocity", "sentiment", "mindshare", "engagement")
CONFIDENT = (*SIGNALS, "breadth", "changes")


def change(confidence):
    return Change(ratio=3.0, confidence=confidence, posts=9, authors=5, coverage=0.9)


@pytest.mark.parametrize(("hours", "left"), [(0, 1.0), (2, 1.0), (8, 0.5), (14, 0.25), (2 + 24, 1 / 16)])
def test_full_for_two_intervals_then_half_as_sure_every_six_hours(hours, left):
    assert share(hours * HOUR, every=HOUR) == pytest.approx(left)


def test_where_it_is_looked_more_rarely_a_picture_keeps_longer():
    assert share(4 * HOUR, every=2 * HOUR) == 1.0 > share(4 * HOUR, every=HOUR)


@given(ages, ages, intervals)
def test_older_is_never_surer(younger, more, every):
    assert 0.0 < share(younger + more, every=every) <= share(younger, every=every) <= 1.0
    if younger >= 2 * every:
        assert share(younger + HALF, every=every) == pytest.approx(share(younger, every=every) / 2)


def test_confidences_fall_and_everything_else_stays_as_it_was_measured():
    score = makers.score(
        "a1",
        breadth=signal(0.6, None),
        mindshare=signal(0.1),
        engagement=signal(0.7, 0.3),
        changes={"24h": change(0.8), "1h": change(0.0)},
    )
    old = aged(score, 0.5)
    for name in SIGNALS:
        before = getattr(score, name)
        assert getattr(old, name) == before.model_copy(update={"confidence": before.confidence / 2})
    assert old.breadth == score.breadth, "what had no confidence gets none"
    assert old.changes == {"24h": change(0.4), "1h": change(0.0)}
    assert old.model_copy(update={n: getattr(score, n) for n in CONFIDENT}) == score
    assert aged(score, 1.0) == score


def test_the_age_counts_from_when_x_was_last_seen():
    assert data_age(NOW - 3 * HOUR, NOW) == 3 * HOUR
    assert data_age(None, NOW) == timedelta(0)
