"""What a narrative is measured by: samples of one segment, or counts of one query."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Count, QuestionKind
from core.signals import measure
from core.signals.log import micros
from core.signals.segments import changed, current
from tests.core.signals.test_panel import same
from tests.core.signals.worlds import HOUR, NOW, built, log, mention, poll


def hourly(*models, first=72, **fields):
    """A poll an hour, the oldest first; the last of them served by `models`."""
    served = [None] * (first - len(models)) + list(models)
    return [
        poll(first - i, first - i - 1, number=i, served_model=model, **fields)
        for i, model in enumerate(served)
    ]


def count(age, posts=7, *, query="q", length=1.0, known=0.0, narrative="a"):
    """Posts of the hour that began `age` hours before NOW, known `known` hours after it ended."""
    start = NOW - age * HOUR
    end = start + length * HOUR
    return Count(narrative, query, start, end, posts, end + known * HOUR)


def hours(polls, **fields):
    return built([], polls, **fields).tau[0].tolist()


def test_another_model_begins_another_series():
    panel = built([mention(i, i + 0.5) for i in range(10)], hourly("new", "new"))
    assert panel.tau[0].tolist() == [0.0] * 70 + [1.0, 1.0]
    assert panel.n.sum() == 2.0
    assert measure(panel).history_hours[0] == 2.0


@pytest.mark.parametrize("fields", [{"query": "other"}, {"version": "2"}, {"served_model": "new"}])
def test_query_model_and_version_are_what_is_compared(fields):
    assert sum(hours([*hourly(), poll(0.5, 0.0, number=99, **fields)])) == 0.5


def test_when_a_fallback_served_one_turn_the_old_series_returns():
    back = hours(hourly("fallback", None))
    assert back == [1.0] * 70 + [0.0, 1.0]


def test_a_backfilled_stretch_is_of_the_series_if_its_segment_is():
    past = [poll(30.0 + i, 29.0 + i, number=i, kind=QuestionKind.BACKFILL) for i in range(6)]
    other = poll(40.0, 39.0, number=9, kind=QuestionKind.BACKFILL, served_model="other")
    assert sum(hours([poll(1.0), *past, other])) == 7.0
    assert measure(built([], [poll(1.0), *past])).history_hours[0] == 28.0  # 7 seen, 4 h each, span 35 h


@pytest.mark.parametrize(
    "fields",
    [
        {"ok": False, "covered_from": None},
        {"covered_from": None},
        {"mode": "Top"},
        {"tool": "x_semantic_search"},
        {"kind": QuestionKind.DISCOVER},
        {"known_at": NOW + HOUR},
    ],
)
def test_what_measured_nothing_breaks_no_series(fields):
    assert sum(hours([*hourly(), poll(0.5, 0.0, number=99, **{"served_model": "new", **fields})])) == 72.0


def test_a_segment_is_new_for_three_hours_if_there_was_another():
    def was_changed(polls):
        return len(changed(log([], polls).samples, micros(NOW))) == 1

    assert was_changed(hourly("new", "new"))
    assert not was_changed(hourly(*["new"] * 5))
    assert not was_changed(hourly("fallback", None))
    assert not was_changed(hourly(first=2))
    late = [poll(9.0, 8.0, kind=QuestionKind.BACKFILL, served_model="new", known_at=NOW)]
    assert was_changed([*hourly("new"), *late])


def test_ties_of_time_do_not_go_by_who_was_known_first():
    chosen = set()
    for first in ("one", "two"):
        known = {name: NOW - HOUR / 2 if name == first else NOW for name in ("one", "two")}
        tied = [poll(1.0, served_model=name, known_at=at) for name, at in known.items()]
        samples = log([], tied).samples
        chosen |= set(samples["segment"][current(samples)].tolist())
    assert len(chosen) == 1


def test_history_is_the_span_of_hours_looked_at_not_the_minutes_seen():
    glances = [poll(h + 0.2, float(h), number=h) for h in range(60)]
    measures = measure(built([], glances))
    assert measures.history_hours[0] == 60.0
    assert measure(built([], [poll(71.0, 70.0), poll(1.0)])).history_hours[0] == 8.0


def test_counted_hours_take_the_place_of_samples():
    posts = [mention(i, i / 10 + 0.05, stance=1.0) for i in range(20)]
    panel = built(posts, hourly(), counts=[count(h, 30 + h) for h in range(1, 25)])
    assert panel.counted.tolist() == [True]
    assert panel.n[0, -24:].tolist() == [float(30 + h) for h in range(24, 0, -1)]
    assert panel.tau[0].tolist() == [0.0] * 48 + [1.0] * 24
    assert panel.timely_x[0, -1] == 31.0
    assert panel.W.sum() > 0.0  # voices stay those of posts
    assert measure(panel).counted.tolist() == [True]


def test_a_part_of_an_hour_counts_with_its_time():
    now = NOW + timedelta(minutes=30)
    panel = built([], [], now=now, hours=3, counts=[count(1), count(0, 6, length=0.5)])
    assert panel.tau[0].tolist() == [0.0, 1.0, 0.5]
    assert panel.x[0].tolist() == [0.0, 7.0, 12.0]


def test_of_an_hour_counted_again_what_was_known_last_holds():
    again = [count(1, 9, known=0.0), count(1, 4, length=0.5)]
    assert built([], [], counts=again, hours=2).n[0].tolist() == [0.0, 9.0]
    halves = [count(1, 4, length=0.5), count(0.5, 3, length=0.5)]
    assert built([], [], counts=halves, hours=2).n[0].tolist() == [0.0, 7.0]
    overlapping = [count(1, 9), count(0.7, 3, length=0.7)]
    assert built([], [], counts=overlapping, hours=2).n[0].tolist() == [0.0, 9.0]


def test_counts_not_known_yet_do_not_exist():
    later = [count(2, 5), count(1, 50, known=0.5)]
    assert built([], [], counts=later, hours=3).n.sum() == 5.0


def test_counts_of_another_query_are_another_meter():
    old = [count(h, 99, query="old") for h in range(1, 6)]
    assert built([], [], hours=6, counts=[*old[1:], count(1, 5)]).n[0].tolist() == [0.0] * 5 + [5.0]
    known_last = count(2, 99, query="older", known=0.9)
    assert built([], [], hours=6, counts=[*old[1:], known_last]).n.sum() == 99


def test_where_the_counts_meter_fell_silent_the_samples_measure_again():
    old = [count(h) for h in range(4, 40)]
    assert built([], hourly(), counts=old).counted.tolist() == [True]
    assert built([], hourly(), counts=[c for c in old if c.end < NOW - 3 * HOUR]).counted.tolist() == [False]
    assert built([], [], counts=old[5:]).counted.tolist() == [True]


def test_a_counted_burst_surprises_like_a_sampled_one():
    usual = [count(h, 20 + h % 3) for h in range(2, 72)]
    loud, calm = (measure(built([], [], counts=[*usual, count(1, n)])) for n in (200, 21))
    assert loud.surprise[0] > 3.0 > calm.surprise[0]
    assert loud.momentum.confidence[0] > 0.6
    assert loud.velocity.reproduction[0] > 1.5
    assert loud.history_hours[0] == 71.0


minutes = st.integers(1, 1400).map(lambda m: m / 20)
some_polls = st.lists(
    st.builds(
        lambda number, ab, kind, model, version, query, ok: poll(
            max(ab), min(ab), number=number, kind=kind, served_model=model, version=version, query=query,
            ok=ok, covered_from=NOW - max(ab) * HOUR if ok else None,
        ),
        st.integers(0, 9), st.tuples(minutes, minutes),
        st.sampled_from([QuestionKind.REFRESH, QuestionKind.REFRESH, QuestionKind.BACKFILL]),
        st.sampled_from(["m", "m", "n"]), st.sampled_from(["1", "1", "2"]), st.sampled_from(["q", "q", "r"]),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=12,
    unique_by=lambda p: p.id,
)  # fmt: skip
some_posts = st.lists(
    st.builds(
        lambda number, age, late, author, signature, stance: mention(
            number, age, late=late, author=author, signature=signature, stance=stance
        ),
        st.integers(1, 400), minutes, st.sampled_from([0.01, 3.0, 9.0]),
        st.sampled_from(["ann", "bob", None]), st.sampled_from([0, 0, 5, 6]),
        st.sampled_from([None, -1.0, 0.5]),
    ),
    max_size=25,
    unique_by=lambda m: m.post_id,
)  # fmt: skip
some_counts = st.lists(
    st.builds(
        lambda age, n, part: count(age, n, query="r" if part else "q", length=0.5 if part else 1.0),
        st.integers(1, 70), st.integers(0, 90), st.booleans(),
    ),
    max_size=8,
    unique_by=lambda c: (c.query, c.start),
)  # fmt: skip


def delayed(chance, row, created=None):
    """The same fact, known later but by now; a post stays in time (or late) as it was."""
    latest = NOW
    if created is not None and row.known_at - created <= 6 * HOUR:
        latest = min(NOW, created + 6 * HOUR)
    known = row.known_at + chance.random() * max(latest - row.known_at, timedelta(0))
    return (
        row._replace(known_at=known) if isinstance(row, tuple) else row.model_copy(update={"known_at": known})
    )


@settings(max_examples=120, deadline=None)
@given(some_posts, some_polls, some_counts, st.booleans(), st.randoms(use_true_random=False))
def test_shuffled_repeated_and_delayed_polls_make_the_same_series(mentions, asked, counts, metered, chance):
    counts = counts if metered else []
    again = [delayed(chance, m, m.created_at) for m in mentions] + mentions[::3]
    polls = [delayed(chance, p) for p in asked] + asked[::2]
    counted = [delayed(chance, c) for c in counts] + counts[::2]
    for rows in (again, polls, counted):
        chance.shuffle(rows)
    one = built(mentions, asked, counts=counts)
    other = built(again, polls, counts=counted)
    assert same(one, other)
    assert one.counted.tolist() == other.counted.tolist()
    first, second = measure(one), measure(other)
    for name in ("surprise", "ratio", "rate", "history_hours"):
        assert getattr(first, name).tolist() == getattr(second, name).tolist()
