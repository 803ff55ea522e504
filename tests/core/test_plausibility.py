"""Ids nobody but X makes: what their low bits usually are is learned, and a change is noticed."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import plausibility
from core.plausibility import KNOWN, NEW, drift

REAL = Path(__file__).parents[3] / "shared/data/x_kol_stream_a/posts.jsonl.gz"
START = 1_990_000_000_000_000_000


def made(rng, number, *, machines=60, turns=512):
    """Ids as X makes them: few machines, few turns, rising times."""
    times = (START >> 22) + np.sort(rng.integers(0, 10**8, number))
    machine = 352 + rng.integers(0, machines, number)
    turn = rng.integers(0, turns, number)
    return (times << 22 | machine << 12 | turn).tolist()


def written(ids):
    return [str(id) for id in ids]


LIES = {
    "zero bits": lambda rng, id: id >> 22 << 22,
    "zero digits": lambda rng, id: id // 10**6 * 10**6,
    "any bits": lambda rng, id: id >> 22 << 22 | int(rng.integers(0, 1 << 22)),
    "through a float": lambda rng, id: int(float(id)),
    "same ending": lambda rng, id: id // 10**6 * 10**6 + 234_567,
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("number", [NEW, 100])
def test_invented_ids_are_noticed(lie, number):
    rng = np.random.default_rng(7)
    for _ in range(10):
        ids = made(rng, 2_000 + number)
        found = drift(written(ids[:2_000]), [str(LIES[lie](rng, id)) for id in ids[2_000:]])
        assert found is not None and found.strength > plausibility.STRENGTH
        assert (found.known, found.new) == (2_000, number)
        assert abs(found.was - found.now) > 0.1


@pytest.mark.parametrize("lie", ["zero bits", "zero digits", "any bits"])
def test_a_tenth_of_invented_ids_among_a_hundred_is_noticed(lie):
    rng = np.random.default_rng(8)
    ids = made(rng, 2_100)
    new = [str(LIES[lie](rng, id)) for id in ids[2_000:2_010]] + written(ids[2_010:])
    assert drift(written(ids[:2_000]), new)


@pytest.mark.parametrize(("known", "number"), [(2_000, 30), (2_000, 200), (200, 30), (250, 120)])
def test_ids_of_the_same_kind_are_hardly_ever_called_strange(known, number, monkeypatch):
    monkeypatch.setattr(plausibility, "STRENGTH", 2.0)  # what is told by chance once in a hundred batches
    rng = np.random.default_rng(9)
    alarms = 0
    for _ in range(200):
        ids = made(rng, known + number)
        alarms += drift(written(ids[:known]), written(ids[known:])) is not None
    assert alarms <= 2


def test_what_wandered_before_may_wander_again():
    """X moves its load between machines: half of the ids of an hour may come from one centre."""
    rng = np.random.default_rng(10)
    parts = [made(rng, 50, machines=m) for m in (8, 60, 30, 16) * 12]
    ids = [id for part in parts for id in part]
    assert drift(written(ids[:2_000]), written(made(rng, 60, machines=8))) is None
    steady = made(rng, 2_000)
    assert drift(written(steady), written(made(rng, 60, machines=8))) is not None


def test_too_few_ids_say_nothing():
    rng = np.random.default_rng(11)
    known, zeros = written(made(rng, KNOWN)), [str(id >> 22 << 22) for id in made(rng, NEW)]
    assert drift(known, zeros)
    assert drift(known[1:], zeros) is None
    assert drift(known, zeros[1:]) is None
    assert drift(known, zeros[1:] + zeros[1:]) is None
    assert drift(known + zeros, zeros) is None  # they are known already: overlapping windows bring them again
    assert drift([], []) is None


ids = st.integers(0, 10**20 - 1).map(str)


@given(st.lists(ids, min_size=KNOWN, max_size=230), st.lists(ids, max_size=80))
@settings(max_examples=20, deadline=None)
def test_any_ids_get_an_answer(recent, new):
    found = drift(recent, new)
    assert found is None or 0 <= found.was <= 1


def real_ids():
    if not REAL.exists():
        pytest.skip(f"needs {REAL}: real posts are not part of this repository")
    with gzip.open(REAL, "rt", encoding="utf-8") as file:
        posts = [json.loads(line) for line in file]
    return [post["post_id"] for post in sorted(posts, key=lambda post: post["first_seen_at"])]


def test_real_ids_in_the_order_they_arrived_are_not_called_strange():
    seen = real_ids()
    starts = range(2_000, len(seen) - 100, 100)
    told = [drift(seen[at - 2_000 : at], seen[at : at + 100]) for at in starts]
    assert sum(found is not None for found in told) <= 0.01 * len(told)


@pytest.mark.parametrize("lie", LIES)
def test_invented_ids_among_real_ones_are_noticed(lie):
    seen, rng = real_ids(), np.random.default_rng(12)
    starts = range(2_000, len(seen) - 60, 1_000)
    told = [
        drift(seen[at - 2_000 : at], [str(LIES[lie](rng, int(id))) for id in seen[at : at + 60]])
        for at in starts
    ]
    assert all(told)
