from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.models import QuestionKind
from core.signals import build, measure
from core.signals.log import Log
from tests.core.signals.worlds import HOUR, NOW, built, mention, poll

ARRAYS = ("n", "tau", "ok", "x", "v", "timely_x", "timely_v", "S", "W", "W2", "SS", "found", "universe")


def same(one, other):
    return all(np.array_equal(getattr(one, a), getattr(other, a)) for a in ARRAYS)


def test_an_unobserved_hour_is_missing_and_an_observed_empty_one_is_zero():
    panel = built([], [poll(2.0, 1.0)], hours=3)
    assert panel.ok.tolist() == [[False, True, False]]
    assert panel.n.tolist() == [[0.0, 0.0, 0.0]]


def test_half_an_hour_observed_stands_for_twice_its_posts():
    panel = built([mention(i, 0.1 + i / 100) for i in range(5)], [poll(0.5)], hours=1)
    assert (panel.n.item(), panel.tau.item(), panel.x.item()) == (5.0, 0.5, 10.0)
    assert panel.v.item() == 5 * 4 + 0.25 * (10 * 0.5) ** 2


def test_a_full_poll_saw_only_back_to_its_oldest_post():
    oldest = mention(1, 0.25)
    panel = built([oldest], [poll(6.0, covered_from=oldest.created_at)], hours=6)
    assert panel.tau.tolist() == [[0.0] * 5 + [0.25]]
    assert panel.n.sum() == 1.0


def test_a_failed_poll_saw_nothing():
    assert not built([], [poll(6.0, covered_from=None, ok=False)]).ok.any()


def test_only_the_narratives_own_refresh_polls_cover_it():
    polls = [poll(6.0, kind=QuestionKind.DISCOVER), poll(6.0, narrative="b")]
    panel = built([], polls, ids=("a", "b"), hours=6)
    assert panel.tau.sum(1).tolist() == [0.0, 6.0]


def test_posts_outside_the_covered_time_do_not_count():
    panel = built([mention(1, 0.2), mention(2, 0.8)], [poll(0.5)], hours=1)
    assert panel.n.item() == 1.0


def test_only_metered_posts_count():
    panel = built([mention(1, 0.2), mention(2, 0.3, metered=False)], [poll(1.0)], hours=1)
    assert panel.n.item() == 1.0


def test_near_copies_count_once_and_empty_texts_each():
    copies = [mention(i, 0.1 * i, signature=7) for i in range(1, 5)]
    wordless = [mention(i, 0.05 * i, signature=0) for i in range(5, 8)]
    assert built(copies + wordless, [poll(1.0)], hours=1).n.item() == 1 + 3


def test_an_author_counts_for_three_posts_an_hour_and_unknown_ones_for_each():
    loud = [mention(i, 0.05 * i, author="ann") for i in range(1, 8)]
    unknown = [mention(i, 0.02 * i, author=None) for i in range(11, 16)]
    assert built(loud + unknown, [poll(1.0)], hours=1).n.item() == 3 + 5


def test_a_post_over_six_hours_late_enters_the_baseline_and_not_the_alert():
    panel = built([mention(1, 30.5, late=1.0), mention(2, 30.5, late=7.0)], [poll(40.0)], hours=48)
    assert (panel.x.sum(), panel.timely_x.sum()) == (2.0, 1.0)


def test_what_is_not_known_yet_does_not_exist():
    panel = built([mention(1, 0.5, late=2.0)], [poll(1.0, known_at=NOW + HOUR)], hours=2)
    assert (panel.n.sum(), panel.tau.sum()) == (0.0, 0.0)


def test_the_running_hour_counts_with_its_covered_time():
    now = NOW + timedelta(minutes=30)
    panel = built([], [poll(2.0, until=-0.5)], now=now, hours=3)
    assert panel.tau.tolist() == [[1.0, 1.0, 0.5]]
    assert panel.window(1.0).weights.tolist() == [0.5, 0.5]


def test_an_hour_younger_than_six_minutes_belongs_to_the_one_before():
    now = NOW + timedelta(minutes=3)
    panel = built([], [poll(1.0, until=-0.05)], now=now, hours=2)
    assert np.allclose(panel.tau, [[0.0, 1.05]])
    assert panel.hod.tolist() == [10, 11]


def test_an_author_has_one_voice_in_six_hours_the_newest():
    posts = [
        mention(1, 5.0, author="ann", stance=-1.0),
        mention(2, 1.0, author="ann", stance=0.5),
        mention(3, 2.0, author="bob", stance=1.0),
        mention(4, 7.0, author="ann", stance=-0.5),
    ]
    panel = built(posts, [poll(12.0)], hours=12)
    assert panel.W[:, -6:].sum() == 2.0
    assert panel.S[:, -6:].sum() == 1.5
    assert panel.S.sum() == 1.0


def test_shares_count_posts_that_discovery_found_once_each():
    posts = [mention(1, 0.5, metered=False), mention(2, 0.6, metered=False)]
    finds = [(p.post_id, p.created_at, p.known_at) for p in posts[:1]] * 2
    finds.append(("99", NOW - 0.7 * HOUR, NOW))
    panel = built(posts, [], discovered=finds, hours=1)
    assert (panel.found.item(), panel.universe.item()) == (1.0, 2.0)


ages = st.integers(1, 1200).map(lambda m: m / 20)
posts = st.lists(
    st.builds(
        lambda number, age, late, author, signature, stance, metered: mention(
            number, age, late=late, author=author, signature=signature, stance=stance, metered=metered
        ),
        st.integers(1, 400), ages, st.sampled_from([0.1, 3.0, 9.0]), st.sampled_from(["ann", "bob", None]),
        st.sampled_from([0, 0, 5, 6]), st.sampled_from([None, -1.0, 0.5]), st.booleans(),
    ),
    max_size=30,
    unique_by=lambda m: m.post_id,
)  # fmt: skip
polls = st.lists(st.tuples(ages, ages).map(lambda ab: poll(max(ab), min(ab))), max_size=8)


@settings(max_examples=60, deadline=None)
@given(posts, polls, st.randoms(use_true_random=False))
def test_order_and_repetition_of_posts_and_polls_change_nothing(mentions, asked, chance):
    again, asked_again = mentions + mentions[::2], asked + asked[::2]
    chance.shuffle(again)
    chance.shuffle(asked_again)
    one, other = built(mentions, asked), built(again, asked_again)
    assert same(one, other)
    assert measure(one).surprise.tolist() == measure(other).surprise.tolist()


@settings(max_examples=60, deadline=None)
@given(posts, polls)
def test_nothing_is_counted_that_was_not_observed(mentions, asked):
    panel = built(mentions, asked)
    assert (panel.n[~panel.ok] == 0.0).all()
    assert (panel.timely_x <= panel.x).all()
    assert panel.n.sum() <= sum(m.metered for m in mentions)


def test_bad_input_says_what_to_do():
    with pytest.raises(BadInput, match="time zone"):
        build(["a"], Log(), now=datetime(2026, 1, 1), hours=3)
    with pytest.raises(BadInput, match="at least 1"):
        build(["a"], Log(), now=NOW, hours=0)
    with pytest.raises(BadInput, match="twice"):
        build(["a", "a"], Log(), now=NOW, hours=3)


def test_a_panel_of_no_narratives_is_measured():
    assert measure(build([], Log(), now=NOW, hours=72)).surprise.shape == (0,)
