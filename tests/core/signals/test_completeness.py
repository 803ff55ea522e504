"""Completeness: what a second look finds that the first one missed."""

import random
from datetime import timedelta

import pytest

from core.models import Poll, QuestionKind
from core.signals.completeness import ENOUGH, Completeness, Find, completeness, overlaps
from tests.core.makers import NOW

MINUTE = timedelta(minutes=1)


def poll(number, since, until, **changes):
    facts = {
        "id": f"p{number}", "cycle_id": f"c{number}", "kind": QuestionKind.REFRESH, "narrative_id": "n1",
        "query": "q", "mode": "Latest", "limit": 10, "since": NOW + since * MINUTE,
        "until": NOW + until * MINUTE, "ok": True, "covered_from": NOW + since * MINUTE,
        "served_model": "m", "known_at": NOW + until * MINUTE,
    }  # fmt: skip
    return Poll(**facts | changes)


def test_only_time_that_was_covered_before_counts():
    first, second = poll(1, 0, 60), poll(2, 45, 105)
    assert overlaps([second, first]) == [("p2", second.known_at, [(NOW + 45 * MINUTE, NOW + 60 * MINUTE)])]
    finds = [
        Find("p2", NOW + 50 * MINUTE, first.known_at),  # known from the first
        Find("p2", NOW + 55 * MINUTE, second.known_at),  # missed by the first
        Find("p2", NOW + 70 * MINUTE, second.known_at),  # new time
        Find("p1", NOW + 50 * MINUTE, first.known_at),
    ]
    assert completeness(overlaps([first, second]), finds) == Completeness(theta=2 / 4, posts=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"narrative_id": "n2"},
        {"query": "another"},
        {"served_model": "m2"},
        {"version": "9"},
        {"covered_from": None},
        {"kind": QuestionKind.DISCOVER},
    ],
)
def test_polls_of_another_segment_overlap_nothing(changes):
    assert overlaps([poll(1, 0, 60), poll(2, 45, 105, **changes)]) == []


@pytest.mark.parametrize(("share", "low", "high"), [(1.0, 0.98, 1.0), (0.5, 0.42, 0.58), (0.1, 0.04, 0.2)])
def test_a_search_that_returns_a_random_share_is_told_by_that_share(share, low, high):
    rng = random.Random(7)
    polls = [poll(i, 45 * i, 45 * i + 60) for i in range(120)]
    first_known, finds = {}, []
    posts = [NOW + rng.uniform(0, 45 * 121) * MINUTE for _ in range(4000)]
    for p in polls:
        for number, at in enumerate(posts):
            if p.since <= at < p.until and rng.random() < share:
                first_known.setdefault(number, p.known_at)
                finds.append(Find(p.id, at, first_known[number]))
    told = completeness(overlaps(polls), finds)
    assert low <= told.theta <= high and told.posts > ENOUGH
    assert told.is_choice == (share < 0.3)


def test_the_order_of_polls_and_finds_changes_nothing():
    rng = random.Random(3)
    polls = [poll(i, 40 * i, 40 * i + 60) for i in range(12)]
    finds = [
        Find(p.id, p.until - rng.random() * 60 * MINUTE, p.known_at - MINUTE) for p in polls for _ in "abc"
    ]
    told = completeness(overlaps(polls), finds)
    for _ in range(5):
        rng.shuffle(polls)
        rng.shuffle(finds)
        assert completeness(overlaps(polls), finds) == told


def test_few_posts_conclude_nothing():
    assert completeness([], []) == Completeness(0.5, 0) and not Completeness(0.01, ENOUGH - 1).is_choice
