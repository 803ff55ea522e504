from hypothesis import given
from hypothesis import strategies as st

from core.models import Coordination
from core.trending import ranking, set_aside, weight
from tests.core.makers import change, narrative, score


def ranked(changes, earlier=(), **fields):
    scores = [score(f"n{i}", rank=i + 1, changes={"24h": c}) for i, c in enumerate(changes)]
    before = [score(f"n{i}", rank=i + 1, changes={"24h": c}) for i, c in enumerate(earlier)]
    told = {s.narrative_id: narrative(s.narrative_id) for s in scores}
    return ranking(scores, told, "24h", earlier=before, **fields)


def test_the_surest_big_move_leads():
    rows = ranked([change(ratio=9, confidence=0.1), change(ratio=4, confidence=0.8)])
    assert [r.narrative.id for r in rows] == ["n1", "n0"]


def test_two_posts_are_not_a_trend():
    assert ranked([change(posts=2, authors=2)]) == []
    assert ranked([change(posts=30, authors=1)]) == []


def test_a_minimum_hides_rows_and_renumbers_none():
    rows = ranked([change(ratio=1.1), change(ratio=5), change(ratio=3)], minimum=2)
    assert [(r.place, r.narrative.id) for r in rows] == [(1, "n1"), (2, "n2")]


def test_moves_are_told_against_the_earlier_list():
    rows = ranked([change(ratio=2), change(ratio=5)], earlier=[change(ratio=5), change(ratio=2)])
    assert [(r.narrative.id, r.moved) for r in rows] == [("n1", 1), ("n0", -1)]


def test_a_place_gained_because_others_left_is_a_move_too():
    changes = [change(ratio=5), change(ratio=4), change(ratio=3)]
    earlier = [score(f"n{i}", rank=i + 1, changes={"24h": c}) for i, c in enumerate(changes)]
    rows = ranking(
        [score("n2", changes={"24h": changes[2]})], {"n2": narrative("n2")}, "24h", earlier=earlier
    )
    assert [(row.place, row.moved) for row in rows] == [(1, 2)]


def test_a_newcomer_moved_from_nowhere():
    assert ranked([change()])[0].moved is None


@given(st.floats(1, 50), st.floats(0, 1), st.integers(0, 500), st.floats(1, 2))
def test_a_bigger_move_never_weighs_less(ratio, confidence, authors, more):
    small = change(ratio=ratio, confidence=confidence, authors=authors)
    assert weight(change(ratio=ratio * more, confidence=confidence, authors=authors)) >= weight(small)


def coordinated(id, category, value, **fields):
    found = Coordination(value=value, confidence=0.5, category=category, n=30)
    return score(id, coordination=found, **fields)


def test_what_looks_critical_is_set_aside_and_leaves_no_gap():
    scores = [coordinated("bad", "critical", 0.9, changes={"24h": change(ratio=20)}), score("good")]
    told = {s.narrative_id: narrative(s.narrative_id) for s in scores}
    assert [(r.place, r.narrative.id) for r in ranking(scores, told, "24h")] == [(1, "good")]
    assert [n.id for n, _ in set_aside(scores, told, "24h")] == ["bad"]
    assert set_aside(scores, told, "7d") == []


def test_a_coordinated_rise_counts_less_and_a_fall_does_not_count_less():
    scores = [coordinated("loud", "high", 0.7, changes={"24h": change(ratio=4)}), score("calm", rank=2)]
    scores[1] = scores[1].model_copy(update={"changes": {"24h": change(ratio=3)}})
    told = {s.narrative_id: narrative(s.narrative_id) for s in scores}
    assert [r.narrative.id for r in ranking(scores, told, "24h")] == ["calm", "loud"]
    assert weight(change(ratio=0.5), 0.5) == weight(change(ratio=0.5))
