import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Engagement
from core.signals import Beside, measure, signals_of
from core.signals.engagement import engagement, excess, growth, matured
from tests.core.signals.worlds import HOUR, NOW, counts, mention

ROWS = {"a": 0, "b": 1}


def looks(post, *told):
    """What was told of a post: (hours ago, likes), …"""
    return [Engagement(post.post_id, NOW - ago * HOUR, likes=likes) for ago, likes in told]


def world(after, *, posts=6, before=20):
    made = [mention(i, 4.0) for i in range(posts)]
    return made, [row for m in made for row in looks(m, (3.0, before), (1.0, after))]


def test_counts_that_stand_still_say_nothing():
    assert engagement(ROWS, *world(20), now=NOW).n[0] == 0.0


def test_posts_taken_up_fast_make_a_narrative_fast():
    fast, slow = (engagement(ROWS, *world(likes), now=NOW) for likes in (200, 21))
    assert fast.value[0] > 0.8 and fast.confidence[0] > 0.2
    assert slow.value[0] < 0.5
    assert (fast.n[0], fast.n[1]) == (6.0, 0.0)


def test_growth_that_age_explains_is_no_velocity():
    usual = 20 * matured(np.array([3.0]))[0] / matured(np.array([1.0]))[0]
    assert excess(np.array([20.0]), np.array([usual]), np.array([1.0]), np.array([3.0]))[0] == pytest.approx(
        0.0, abs=0.03
    )


@pytest.mark.parametrize("posts", [0, 1, 4])
def test_fewer_than_five_posts_seen_twice_say_nothing(posts):
    found = engagement(ROWS, *world(200, posts=posts), now=NOW)
    assert (found.value[0], found.confidence[0], bool(found.told[0])) == (0.5, 0.0, False)


def test_what_was_told_once_too_soon_or_too_long_ago_is_not_seen_twice():
    posts = [mention(i, 30.0) for i in range(8)]
    once = [row for m in posts for row in looks(m, (2.0, 10))]
    soon = [row for m in posts for row in looks(m, (2.0, 10), (1.9, 50))]
    old = [row for m in posts for row in looks(m, (26.0, 10), (2.0, 50))]
    future = [row for m in posts for row in looks(m, (2.0, 10), (-1.0, 90))]
    for log in (once, soon, old, future):
        assert engagement(ROWS, posts, log, now=NOW).n[0] == 0.0


def test_only_kinds_told_both_times_are_compared():
    posts = [mention(i, 4.0) for i in range(6)]
    log = [
        row
        for m in posts
        for row in (
            Engagement(m.post_id, NOW - 3 * HOUR, likes=None, reposts=5),
            Engagement(m.post_id, NOW - HOUR, likes=900, reposts=6),
        )
    ]
    assert engagement(ROWS, posts, log, now=NOW).value[0] < 0.5
    nothing = [Engagement(m.post_id, NOW - ago * HOUR, views=7) for m in posts for ago in (3, 1)]
    assert engagement(ROWS, posts, nothing, now=NOW).n[0] == 0.0


def test_order_and_repetition_change_nothing():
    posts, log = world(90)
    chance = np.random.default_rng(1)
    shuffled = [log[i] for i in chance.permutation(len(log))] + log[::2]
    one, other = engagement(ROWS, posts, log, now=NOW), engagement(ROWS, posts[::-1], shuffled, now=NOW)
    assert one.excess.tolist() == other.excess.tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7), st.floats(0, 30), st.floats(0.25, 24)))
)
def test_whatever_was_told_values_and_confidences_are_between_zero_and_one(rows):
    before, after, age, apart = (
        (np.array(c, dtype=float) for c in zip(*rows, strict=True))
        if rows
        else (np.zeros(0) for _ in range(4))
    )
    found = growth(np.zeros(len(before), dtype=np.int64), before, after, age, age + apart, rows=1)
    for values in (found.value, found.confidence):
        assert np.isfinite(values).all() and ((values >= 0.0) & (values <= 1.0)).all()


def told(**beside):
    quiet = counts(np.full((1, 100), 5.0), np.concatenate([np.ones(90), np.zeros(10)]))
    return signals_of(measure(quiet, beside=Beside(**beside)), 0)


def test_engagement_is_a_second_witness_of_velocity():
    posts, log = world(400)
    posts = [m._replace(narrative_id="0") for m in posts]
    alone, both = told(), told(mentions=posts, engagement=log)
    assert (alone.velocity.confidence, alone.engagement.confidence) == (0.0, 0.0)
    assert "fewer than 5 posts" in alone.engagement.reason
    assert both.velocity.value > 0.7 and both.velocity.confidence > 0.0
    assert "engagement of posts seen twice" in both.velocity.reason
