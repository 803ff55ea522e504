"""The log as columns: however it is split, repeated, written down and read, it is the same log."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.models import Count, Mention
from core.signals import Log, build, measure
from core.signals.log import number, united
from core.signals.records import among, among_runs
from tests.core.signals.test_panel import same
from tests.core.signals.worlds import HOUR, NOW, log, mention, poll

IDS = ("a", "b", "old")
minutes = st.integers(1, 1400).map(lambda m: m / 20)
names = st.sampled_from(IDS)
posts = st.builds(
    lambda narrative, number, age, late, metered: mention(
        number, age, late=late, narrative=narrative, metered=metered, author=[None, "ann", "bob"][number % 3],
        stance=[None, 0.5, -1.0][number % 5 % 3], signature=[0, 7, 8, 9][number % 4],
    ),
    names, st.integers(1, 60), minutes, st.sampled_from([0.01, 3.0, 13.0, 30.0]), st.booleans(),
)  # fmt: skip
polls = st.builds(
    lambda narrative, ab, model, ok, late: poll(
        max(ab), min(ab), narrative=narrative, served_model=model, ok=ok,
        known_at=NOW - min(ab) * HOUR + late * HOUR,
    ),
    names, st.tuples(minutes, minutes), st.sampled_from(["m", "m", "n"]),
    st.sampled_from([True, True, True, False]), st.sampled_from([0.0, 0.0, 5.0]),
)  # fmt: skip
counts = st.builds(
    lambda narrative, age, n, part: Count(
        narrative, "q", NOW - age * HOUR, NOW - (age - part) * HOUR, n, NOW - (age - 1) * HOUR
    ),
    names, st.integers(1, 70), st.integers(0, 90), st.sampled_from([0.5, 1.0]),
)  # fmt: skip
finds = st.builds(
    lambda n, age, late: (str(10**18 + n), NOW - age * HOUR, NOW - (age - late) * HOUR),
    st.integers(1, 60), minutes, st.sampled_from([0.0, 8.0]),
)  # fmt: skip
facts = st.tuples(*(st.lists(kind, max_size=20) for kind in (posts, polls, finds, counts)))


def once(mentions):
    """A post is written once, at one time, whoever speaks of it."""
    first = {}
    return [first.setdefault(m.post_id, m)._replace(narrative_id=m.narrative_id) for m in mentions]


@settings(max_examples=100, deadline=None)
@given(facts, st.integers(1, 5), st.randoms(use_true_random=False))
def test_any_split_of_the_log_makes_the_same_panel(told, parts, chance):
    told = (once(told[0]), *told[1:])
    whole = log(*told, ids=IDS)
    split = [[[] for _ in told] for _ in range(parts)]
    for kind, rows in enumerate(told):
        for row in [*rows, *rows[::3]]:
            split[chance.randrange(parts)][kind].append(row)
    grown = Log(frozenset(IDS))
    for increment in split:
        grown = united([grown, log(*increment)])
    assert grown.same(whole)
    for at in (NOW, NOW - 20 * HOUR):
        one, other = (
            build(["b", "a"], each.followed({"old": "a"}), now=at, hours=72) for each in (grown, whole)
        )
        assert same(one, other)
        assert measure(one).surprise.tobytes() == measure(other).surprise.tobytes()


@settings(max_examples=60, deadline=None)
@given(facts)
def test_what_was_known_then_is_the_panel_that_was_built_then(told):
    told = (once(told[0]), *told[1:])
    then = NOW - 15 * HOUR
    known = [[row for row in rows if known_at(row) <= then] for rows in told]
    one, other = (build(["a", "b"], log(*rows), now=then, hours=48) for rows in (told, known))
    assert same(one, other)


def known_at(row):
    return row[2] if isinstance(row, tuple) and len(row) == 3 else row.known_at


@settings(max_examples=60, deadline=None)
@given(facts)
def test_pages_say_all_that_is_known_of_a_narrative(told):
    whole = log(once(told[0]), told[1], [], told[3], ids=IDS)
    pages = whole.pages(IDS)
    assert united([Log.read(id_, page) for id_, page in pages.items()]).same(whole)
    assert Log.read("a", pages["a"]).mentioned() == whole.only(["a"]).mentioned()


def test_a_post_told_anew_takes_the_place_of_what_was_said_of_it():
    before = log([mention(1, 5.0, author=None), mention(2, 4.0), mention(1, 5.0, narrative="b")], ids="ab")
    rest, about = before.parted(["1000000000000000001"])
    assert ([m.post_id[-1] for m in rest.mentioned()], rest.spoken_of(about)) == (["2"], frozenset("ab"))
    after = united([rest, log([mention(1, 5.0, author="ann")])])
    assert [m.author for m in after.mentioned()] == ["ann", "author2"]


def test_what_is_told_again_keeps_its_first_time_and_fills_what_was_missing():
    first = mention(1, 5.0, author=None, metered=False)
    again = mention(1, 5.0, late=2.0, author="ann", stance=0.5, signature=3, confirmed=True)
    (row,) = log([again, first], ids="a").mentioned()
    assert row == first._replace(metered=True, author="ann", stance=0.5, signature=3, confirmed=True)


def test_what_is_older_or_of_other_narratives_is_left_out():
    known = log(
        [mention(1, 50.0), mention(2, 1.0), mention(3, 1.0, narrative="b")], [poll(60.0, 55.0)], ids="ab"
    )
    assert known.first() == NOW - 60 * HOUR
    recent = known.since(NOW - 24 * HOUR).only(["a"])
    assert (recent.ids, [m.post_id[-1] for m in recent.mentioned()], len(recent.samples)) == (
        frozenset("a"), ["2"], 0
    )  # fmt: skip
    assert recent.first() is None


@pytest.mark.parametrize("page", [b"", b"not a page", log([mention(1, 1.0)], ids="a").pages("a")["a"][:-9]])
def test_a_broken_page_is_refused(page):
    with pytest.raises(BadInput, match="narrative a"):
        Log.read("a", page)


def test_posts_of_one_millisecond_are_kept_apart_and_in_order():
    rows = [mention(n, 1.0) for n in (3, 1, 2)]
    assert [m.post_id[-1] for m in log(rows, ids="a").mentioned()] == ["1", "2", "3"]
    assert number(rows[0].post_id) == 10**18 + 3
    assert np.all(log(rows).mentions["at"] == log(rows).mentions["at"][0])


def test_a_late_post_and_a_lost_poll_change_the_past_only_when_known():
    late = mention(1, 30.5, late=29.0)
    known = log([late], [poll(40.0, known_at=NOW - 2 * HOUR)])
    seen = [build(["a"], known, now=NOW - timedelta(hours=h), hours=48).n.sum() for h in (3, 2, 1)]
    assert seen == [0.0, 0.0, 1.0]


def test_posts_that_left_count_for_the_narrative_they_left_for_and_are_metered_by_none():
    at = NOW - HOUR
    rows = [Mention("old", i, at, at, True, "ann") for i in ("1", "2")] + [
        Mention("new", "2", at, at, False, "ann")
    ]
    moved = Log.of(rows, ids=["old", "new"]).moved({("old", "2"): "new", ("other", "1"): "new"})
    assert sorted((m.narrative_id, m.post_id, m.metered) for m in moved.mentioned()) == [
        ("new", "2", False),
        ("old", "1", True),
    ]


@given(st.lists(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_what_comes_in_runs_is_found_as_each_of_it_would_be(values, known):
    told, codes = np.array(values, np.int64), np.array(sorted(known), np.int64)
    assert among_runs(told, codes).tolist() == among(told, codes).tolist()
