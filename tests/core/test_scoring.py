from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.models import Count, Phase
from core.points import parts, total, whole
from core.scoring import rank
from core.signals import build, measure
from tests.core.makers import narrative
from tests.core.signals.worlds import HOUR, NOW, log, mention, poll

HOURS = 240


def posts(id_, per_hour, *, hours=HOURS, first=0, now_factor=1, authors=50):
    """An even stream of posts, `now_factor` times as dense in the last two hours."""
    found, number = [], first
    for hour in range(hours):
        many = per_hour * (now_factor if hour < 2 else 1)
        for k in range(many):
            age = hour + (k + 0.5) / many
            found.append(mention(number, age, narrative=id_, author=f"{id_}{number % authors}"))
            number += 1
    return found


def ranked(streams, *, narratives=None, previous=None, polls=None, discovered=()):
    mentions = [m for stream in streams.values() for m in stream]
    polls = [poll(HOURS, narrative=id_) for id_ in streams] if polls is None else polls
    panel = build(list(streams), log(mentions, polls, discovered), now=NOW, hours=HOURS)
    listed = narratives or [narrative(id_, earliest_post_at=NOW - HOURS * HOUR) for id_ in streams]
    return rank(listed, panel, measure(panel), mentions, previous or {}, cycle_id="c1", now=NOW)


def test_what_moves_comes_first_and_size_does_not_matter():
    big, moving, flat = (
        posts("big", 9),
        posts("move", 3, first=5000, now_factor=6),
        posts("flat", 3, first=9000),
    )
    scores = ranked({"big": big, "flat": flat, "move": moving})
    assert scores[0].narrative_id == "move"
    assert [s.rank for s in scores] == [1, 2, 3]
    assert scores[0].ratio > 3.0
    assert scores[0].surprise >= 3.0
    assert scores[0].phase is Phase.ACCELERATING
    assert not scores[0].is_new


def test_a_score_says_how_it_came_about():
    (score,) = ranked({"a": posts("a", 4)})
    assert score.momentum.value == pytest.approx(0.5, abs=0.05)
    assert score.baseline_per_hour == pytest.approx(4.0, abs=0.3)
    assert score.posts_24h == 96
    assert score.authors_24h == 50
    assert score.history_hours == HOURS
    assert set(score.changes) == {"1h", "4h", "24h", "7d", "30d"}
    assert score.changes["24h"].posts == 96
    assert score.changes["7d"].posts == 4 * 168
    assert score.breadth.confidence is None
    assert score.cycle_id == "c1"
    assert score.as_of == NOW


def test_an_author_is_confirmed_by_any_post_of_the_day():
    stream = [
        mention(1, 1.0, author="ann"),
        mention(2, 2.0, author="ann", confirmed=True),
        mention(3, 3.0, author="bob", confirmed=True),
        mention(4, 4.0, author="cy"),
        mention(5, 5.0, author=None, confirmed=True),
        mention(6, 30.0, author="cy", confirmed=True),
    ]
    twice = [stream[3], stream[3]._replace(confirmed=True, known_at=NOW)]
    (score,) = ranked({"a": stream})
    assert (score.authors_24h, score.confirmed_24h) == (3, 2)
    assert ranked({"a": stream + twice})[0].confirmed_24h == 3


def test_a_score_says_what_it_was_measured_by():
    counts = [Count("b", "q", NOW - HOUR, NOW, 40, NOW)]
    panel = build(["a", "b"], log([], [poll(HOURS)], counts=counts), now=NOW, hours=HOURS)
    scores = rank([narrative("a"), narrative("b")], panel, measure(panel), [], {}, cycle_id="c1", now=NOW)
    assert {s.narrative_id: s.meter for s in scores} == {"a": "samples", "b": "counts"}


def test_below_the_gate_a_narrative_is_listed_as_new_after_the_others():
    few = [mention(i, 1.0 + i, narrative="few", author=f"f{i}") for i in range(6)]
    scores = ranked({"few": few, "flat": posts("flat", 2, first=1000)})
    assert [s.narrative_id for s in scores] == ["flat", "few"]
    assert scores[1].is_new
    assert not scores[0].is_new


def test_hardly_observed_narratives_do_not_pass_the_gate():
    stream = posts("a", 4, hours=6)
    scores = ranked(
        {"a": stream, "flat": posts("flat", 1, first=1000)}, polls=[poll(6.0), poll(HOURS, narrative="flat")]
    )
    assert [s.narrative_id for s in scores] == ["flat", "a"]


def test_what_is_too_little_to_show_comes_last_and_is_not_new():
    lonely = [mention(i, 1.0 + i, narrative="lonely", author="one") for i in range(8)]
    some = [mention(100 + i, 1.0 + i, narrative="some", author=f"s{i}") for i in range(5)]
    scores = ranked({"lonely": lonely, "some": some})
    assert [(s.narrative_id, s.is_new) for s in scores] == [("some", True), ("lonely", False)]


def test_a_story_of_today_is_new():
    stream = posts("a", 4, hours=20)
    young = narrative("a", earliest_post_at=NOW - 20 * HOUR)
    assert ranked({"a": stream}, narratives=[young])[0].is_new


@pytest.mark.parametrize(("before", "is_back"), [(0, True), (2, True), (3, False)])
def test_a_story_is_back_after_a_week_with_hardly_any_post(before, is_back):
    earlier = [mention(900 + i, 60.0 + i, author=f"e{i}") for i in range(before)]
    ancient = mention(990, 24.0 * 8, author="first")
    today = [mention(i, 20.0 - i, author=f"u{i}") for i in range(6)]
    old = narrative("a", earliest_post_at=NOW - 8 * 24 * HOUR)
    (score,) = ranked({"a": [ancient, *earlier, *today]}, narratives=[old])
    assert score.back_since == (NOW - 20 * HOUR if is_back else None)


def test_a_story_of_today_is_not_back():
    today = [mention(i, 20.0 - i, author=f"u{i}") for i in range(6)]
    young = narrative("a", earliest_post_at=NOW - 20 * HOUR)
    assert ranked({"a": today}, narratives=[young])[0].back_since is None


def test_a_campaign_of_copies_does_not_pass_the_gate():
    copies = [mention(i, 0.1 + i / 10, signature=77) for i in range(60)]
    (score,) = ranked({"a": copies})
    assert (score.posts_24h, score.near_copies_24h) == (60, 59)
    assert score.breadth.value < 0.2
    assert not score.is_new


def test_the_evidence_shows_the_newest_voices_and_the_earliest_post_last():
    stream = [mention(i, 10.0 - i, author=f"u{i}") for i in range(8)]
    stream.append(mention(90, 0.5, author="u7"))  # newer than u7's other post
    stream.append(mention(91, 0.4, signature=5, author="first"))
    stream.append(mention(92, 0.3, signature=5, author="copy"))
    (score,) = ranked({"a": stream})
    shown = [int(id_) - 10**18 for id_ in score.evidence]
    assert shown == [91, 90, 6, 5, 0]


def test_a_merged_narrative_has_no_score():
    merged = narrative("a", redirect_to="b")
    scores = ranked({"a": posts("a", 1), "b": posts("b", 1, first=900)}, narratives=[merged, narrative("b")])
    assert [s.narrative_id for s in scores] == ["b"]


def test_equal_scores_go_by_share_of_voice_then_id():
    finds = [("7", NOW - HOUR, NOW)] * 1
    loud = [mention(7 - 10**18, 1.0, narrative="b", metered=False)]
    scores = ranked({"c": [], "a": [], "b": loud}, discovered=finds, polls=[])
    assert [s.narrative_id for s in scores][-2:] == ["a", "c"]


def test_the_last_score_decides_how_the_phase_goes_on():
    stream = posts("a", 4, now_factor=6)
    hot = ranked({"a": stream})[0].model_copy(
        update={"phase": Phase.PEAKING, "leaning": Phase.FADING, "as_of": NOW - HOUR, "peak_ratio": 9.0}
    )
    (calm,) = ranked({"a": posts("a", 4)}, previous={"a": hot})
    assert calm.phase is Phase.FADING
    assert calm.peak_ratio == pytest.approx(9.0 * 0.5 ** (1 / 24))


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_and_repetition_of_mentions_change_no_score(chance):
    streams = {"a": posts("a", 1, now_factor=9, hours=60), "b": posts("b", 2, first=900, hours=60)}
    again = {id_: stream + stream[::3] for id_, stream in streams.items()}
    for stream in again.values():
        chance.shuffle(stream)
    assert ranked(again) == ranked(streams)


made_up = st.builds(
    parts, st.floats(-50, 50), st.floats(0, 50), st.floats(0, 1), independence=st.floats(0.5, 1)
)


@given(made_up)
def test_parts_add_up_to_a_score_between_0_and_100(made):
    assert 0.0 <= total(made) <= 100.0
    assert sum(made.values()) == pytest.approx(total(made), abs=1e-9)
    assert sum(whole(made).values()) == round(total(made))
    assert all(abs(whole(made)[name] - points) < 1.0 for name, points in made.items())


def test_the_score_of_a_narrative_is_the_sum_of_its_parts():
    for score in ranked({"a": posts("a", 4, now_factor=6), "b": posts("b", 2, first=900)}):
        assert sum(score.parts.values()) == pytest.approx(score.score)


def test_a_narrative_outside_the_panel_is_named():
    with pytest.raises(BadInput, match="zzz"):
        ranked({"a": posts("a", 1)}, narratives=[narrative("zzz")])


def test_measures_of_another_time_are_refused():
    panel = build(["a"], log(), now=NOW, hours=24)
    with pytest.raises(BadInput, match="built at `now`"):
        rank([], panel, measure(panel), [], {}, cycle_id="c", now=NOW + timedelta(hours=1))


def test_copies_by_several_authors_take_half_of_what_they_score_off():
    ring = [
        mention(5000 + i, 1.0 + i / 600, author=f"ring{i % 6}", signature=77, narrative="b")
        for i in range(90)
    ]
    streams = {"a": posts("a", 4, now_factor=4), "b": posts("b", 4, first=9000, now_factor=4) + ring}
    calm, loud = sorted(ranked(streams), key=lambda s: s.narrative_id)
    assert (calm.coordination.category, loud.coordination.category) == ("low", "high")
    assert loud.score < 0.8 * calm.score


def test_who_tells_a_loud_young_story_is_known_once_there_are_regulars():
    streams = {"a": posts("a", 4, hours=20, now_factor=6), "flat": posts("flat", 3, first=9000)}
    young = [narrative("a", earliest_post_at=NOW - 20 * HOUR), narrative("flat")]
    mentions = [m for stream in streams.values() for m in stream]
    panel = build(
        list(streams), log(mentions, [poll(HOURS, narrative=n) for n in streams]), now=NOW, hours=HOURS
    )
    told = {"cycle_id": "c1", "now": NOW}
    known = rank(young, panel, measure(panel), mentions, {}, regulars=frozenset({"a1", "a2"}), **told)
    voices = {s.narrative_id: s.voices for s in known}
    assert (voices["a"].regulars, voices["flat"]) == (2, None)
    assert all(s.voices is None for s in rank(young, panel, measure(panel), mentions, {}, **told))


def test_coordination_that_breaks_takes_nothing_else_with_it(monkeypatch):
    streams = {"a": posts("a", 4), "b": posts("b", 2, first=9000)}
    whole = ranked(streams)

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("core.signals.coordination.coordinations", broken)
    without = ranked(streams)
    assert [s.coordination.reason for s in without] == ["coordination could not be computed"] * 2
    assert [s.coordination.value for s in without] == [None, None]
    assert [s.ratio for s in without] == [s.ratio for s in whole]
