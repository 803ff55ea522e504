from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choosing import ALIVE
from core.models import Phase, Poll, QuestionKind
from core.plan import BACKFILLS, OVERLAP, REMEMBERS, PlanParams, measured, questions
from tests.core.makers import HOUR, NOW, narrative, poll, score

DAY = 24 * HOUR
PARAMS = PlanParams(every=HOUR, languages=("en", "zh"), refreshes=2, limit=10)


def ask(**fields):
    return questions(PARAMS, **({"narratives": [], "scores": {}, "polls": [], "now": NOW} | fields))


def refreshed(asked):
    return [q for q in asked if q.kind is QuestionKind.REFRESH]


def about(query, asked):
    return next(q for q in asked if (q.query, q.meters) == (query, True))


def test_discovery_asks_once_per_language():
    asked = ask()
    assert [q.kind for q in asked] == [QuestionKind.DISCOVER] * 2
    assert "lang:en" in asked[0].query and "lang:zh" in asked[1].query


def test_a_window_overlaps_the_last_good_one_by_a_quarter():
    query = ask()[0].query
    before = poll(until=NOW - HOUR, query=query)
    assert about(query, ask(polls=[before])).since == NOW - HOUR - OVERLAP * HOUR


def test_a_failed_poll_moves_no_window():
    query = ask()[0].query
    good = poll(until=NOW - 3 * HOUR, query=query)
    failed = poll(until=NOW - HOUR, query=query, ok=False, covered_from=None)
    assert about(query, ask(polls=[good, failed])).since == NOW - 3 * HOUR - OVERLAP * HOUR


def test_after_a_long_silence_a_day_is_asked_at_most():
    query = ask()[0].query
    asked = ask(polls=[poll(until=NOW - 200 * HOUR, query=query)])
    assert about(query, asked).since == NOW - timedelta(days=1)


def test_what_was_asked_by_rank_or_of_the_past_moves_no_window():
    query = ask()[0].query
    beside = [
        poll(until=NOW - HOUR, query=query, mode="Top"),
        poll(until=NOW - HOUR, query=query, tool="x_semantic_search"),
        poll(QuestionKind.BACKFILL, until=NOW - HOUR, narrative_id="x"),
    ]
    asked = ask(narratives=[narrative("x")], polls=beside)
    assert about(query, asked).since == NOW - 1.25 * HOUR
    assert refreshed(asked)[0].since == NOW - timedelta(days=1)


def test_a_new_narrative_is_asked_about_its_past_day():
    question = refreshed(ask(narratives=[narrative("x")]))[0]
    assert question.narrative_id == "x" and question.since == NOW - timedelta(days=1)


def test_the_lively_one_goes_before_the_quiet_one():
    stories = [narrative("quiet"), narrative("lively"), narrative("dull")]
    scores = {"quiet": score("quiet", score=5, surprise=0), "lively": score("lively", score=80, surprise=5),
              "dull": score("dull", score=4, surprise=0)}  # fmt: skip
    polls = [poll(QuestionKind.REFRESH, NOW - HOUR, narrative_id=n.id) for n in stories]
    assert refreshed(ask(narratives=stories, scores=scores, polls=polls))[0].narrative_id == "lively"


def test_a_merged_or_silent_narrative_is_not_asked_about():
    gone = [narrative("m", redirect_to="x"), narrative("s", last_post_at=NOW - timedelta(days=4))]
    assert refreshed(ask(narratives=gone)) == []


@given(st.lists(st.integers(0, 72), min_size=3, max_size=12))
def test_no_narrative_starves(waits):
    """Whoever waited longest among equals is asked."""
    stories = [narrative(f"n{i:02d}") for i in range(len(waits))]
    scores = {n.id: score(n.id, score=10, surprise=0) for n in stories}
    polls = [
        poll(QuestionKind.REFRESH, NOW - w * HOUR, narrative_id=n.id)
        for n, w in zip(stories, waits, strict=True)
    ]
    chosen = {q.narrative_id for q in refreshed(ask(narratives=stories, scores=scores, polls=polls))}
    longest = sorted((min(w, 24) for w in waits), reverse=True)[:2]
    assert sorted((min(waits[int(i[1:])], 24) for i in chosen), reverse=True) == longest


# --- turn after turn


def quiet(id, **fields):
    return score(id, **({"score": 10, "surprise": 0.0, "phase": Phase.QUIET} | fields))


def answered(question, now, *, model="m", full=False, ok=True):
    """The poll that a question leaves behind; `full`: only its last quarter of an hour was seen."""
    seen = max(question.since, question.until - HOUR / 4) if full else question.since
    return Poll(
        id=f"{now:%d%H%M}{question.kind}{question.narrative_id}{question.query}{question.mode}{question.until}",
        cycle_id=f"{now:%d%H%M}",
        kind=question.kind,
        narrative_id=question.narrative_id,
        tool=question.tool,
        query=question.query,
        mode=question.mode,
        limit=question.limit,
        since=question.since,
        until=question.until,
        ok=ok,
        covered_from=seen if ok and question.meters else None,
        served_model=model if ok else None,
        version="2" if ok else "1",
        known_at=now,
    )


def turns(params, count, *, model=lambda turn: "m", full=False, ok=lambda question: True, **facts):
    """What is asked in `count` turns; each turn knows what the log of the ones before it remembers."""
    log, asked = [], []
    for turn in range(count):
        now = NOW + turn * params.every
        known = [p for p in log if p.until >= now - REMEMBERS]
        found = questions(params, **({"scores": {}, "narratives": []} | facts), polls=known, now=now)
        log += [answered(q, now, model=model(turn), full=full, ok=ok(q)) for q in found]
        asked.append(found)
    return asked


def alive(*ids):
    return [narrative(id, last_post_at=NOW + 365 * DAY) for id in ids]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 8), st.sampled_from(Phase)), min_size=1, max_size=9),
    st.integers(1, 5),
)
def test_over_two_hundred_turns_nobody_waits_longer_than_a_bound(liveliness, slots):
    stories = alive(*(f"n{i}" for i in range(len(liveliness))))
    scores = {
        n.id: score(n.id, score=s, surprise=p, phase=phase)
        for n, (s, p, phase) in zip(stories, liveliness, strict=True)
    }
    params = PlanParams(every=HOUR, languages=("en",), refreshes=slots)
    seen = dict.fromkeys(scores, 0)
    bound = 12 + 40 * len(stories) / slots
    for turn, asked in enumerate(turns(params, 200, narratives=stories, scores=scores)):
        seen |= {q.narrative_id: turn for q in refreshed(asked)}
        assert turn - min(seen.values()) <= bound
        assert len(refreshed(asked)) == min(slots, len(stories))


def test_a_hot_narrative_is_asked_about_every_turn_and_the_quiet_ones_take_turns():
    stories = alive("hot", "a", "b", "c", "d", "e")
    scores = {n.id: quiet(n.id) for n in stories} | {"hot": quiet("hot", surprise=2.0)}
    per_turn = [[q.narrative_id for q in refreshed(asked)] for asked in turns(
        PARAMS.model_copy(update={"refreshes": 4}), 10, narratives=stories, scores=scores
    )]  # fmt: skip
    assert all(ids[0] == "hot" and len(ids) == 4 for ids in per_turn)
    assert all(set(one[1:] + two[1:]) == set("abcde") for one, two in pairwise(per_turn))


@pytest.mark.parametrize("phase", [Phase.EMERGING, Phase.ACCELERATING])
def test_a_phase_that_rises_is_hot_too(phase):
    stories = alive("hot", "a", "b")
    scores = {"hot": quiet("hot", phase=phase), "a": quiet("a", score=90), "b": quiet("b", score=90)}
    polls = [poll(QuestionKind.REFRESH, NOW - HOUR, narrative_id=n.id) for n in stories]
    assert refreshed(ask(narratives=stories, scores=scores, polls=polls))[0].narrative_id == "hot"


@pytest.mark.parametrize("slots", [1, 2, 3, 4, 5])
def test_hot_ones_get_three_quarters_of_the_places(slots):
    hot, still = alive(*(f"h{i}" for i in range(6))), alive(*(f"q{i}" for i in range(6)))
    scores = {n.id: quiet(n.id, score=90, surprise=6.0) for n in hot} | {n.id: quiet(n.id) for n in still}
    params = PlanParams(every=HOUR, languages=("en",), refreshes=slots)
    asked = turns(params, 80, narratives=hot + still, scores=scores)
    ids = [q.narrative_id for one in asked for q in refreshed(one)]
    assert sum(i.startswith("h") for i in ids) == 60 * slots and len(ids) == 80 * slots


def test_places_the_hot_ones_leave_are_taken_and_the_other_way_round():
    hot, still = alive("h1", "h2", "h3", "h4"), alive("q1", "q2", "q3", "q4")
    heat = {n.id: quiet(n.id, surprise=6.0) for n in hot} | {n.id: quiet(n.id) for n in still}
    params = PARAMS.model_copy(update={"refreshes": 4})
    for stories in (hot, still):
        asked = questions(params, narratives=stories, scores=heat, polls=[], now=NOW)
        assert {q.narrative_id for q in refreshed(asked)} == {n.id for n in stories}


def test_a_narrative_that_is_never_answered_does_not_hold_up_the_others():
    stories = alive("bad", "a", "b", "c")
    asked = turns(
        PlanParams(every=HOUR, languages=("en",), refreshes=1), 12,
        narratives=stories, scores={n.id: quiet(n.id) for n in stories},
        ok=lambda q: q.narrative_id != "bad",
    )  # fmt: skip
    ids = [q.narrative_id for one in asked for q in refreshed(one)]
    assert all(ids.count(n.id) == 3 for n in stories)


# --- extras


EXTRAS = PlanParams(every=HOUR, languages=("en", "zh"), refreshes=0, extras_per_day=8)


def extras(asked):
    return [q for q in asked if q.kind is QuestionKind.DISCOVER and not q.meters]


def test_no_extras_unless_they_are_wanted():
    assert not any(extras(asked) for asked in turns(PARAMS, 48))


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 60), st.sampled_from([30, 60, 120]))
def test_extras_are_spread_evenly_over_the_day(per_day, minutes):
    every = timedelta(minutes=minutes)
    params = EXTRAS.model_copy(update={"extras_per_day": per_day, "every": every, "languages": LANGUAGES})
    counts = [len(extras(one)) for one in turns(params, 2 * (DAY // every))]
    assert abs(sum(counts) - 2 * per_day) <= 1
    for start in range(len(counts) - 8):
        fair = per_day * (8 * every) / DAY
        assert abs(sum(counts[start : start + 8]) - fair) < 2


LANGUAGES = ("en", "zh", "ja", "ko", "ru", "es", "tr")


def test_extras_take_turns_by_language_and_by_rank_and_meaning():
    asked = [q for one in turns(EXTRAS, 24) for q in extras(one)]
    kinds = [(q.tool, q.query) for q in asked]
    assert len(kinds) == 8 and len(set(kinds)) == 4 and kinds[:4] == kinds[4:]
    assert {q.mode for q in asked if q.tool == "x_keyword_search"} == {"Top"}


def test_an_extra_looks_back_six_hours_by_rank_and_a_day_by_meaning():
    for asked in turns(EXTRAS, 25):
        for q in extras(asked):
            assert q.until - q.since == (DAY if q.tool == "x_semantic_search" else 6 * HOUR)
            assert q.narrative_id is None and ("lang:" in q.query) is (q.mode == "Top")


def test_extras_missed_in_a_silence_are_not_made_up_for():
    (first,) = [q for one in turns(EXTRAS, 3) for q in extras(one)][:1]
    before = answered(first, NOW - 30 * HOUR)
    assert len(extras(questions(EXTRAS, narratives=[], scores={}, polls=[before], now=NOW))) == 1


# --- money


def everything(**fields):
    """A turn with all there is to ask."""
    params = PlanParams(
        every=HOUR, languages=("en", "zh"), refreshes=4, extras_per_day=24, backfills_per_day=9
    )
    stories = alive("hot", "warm", "a", "b")
    scores = {n.id: quiet(n.id) for n in stories} | {"hot": quiet("hot", surprise=5.0)}
    begun = [
        poll(
            QuestionKind.REFRESH, NOW - HOUR, narrative_id=n.id, query=n.query, served_model="m",
            known_at=NOW - HOUR,
        )
        for n in stories
    ]  # fmt: skip
    given_ = {"narratives": stories, "scores": scores, "polls": begun, "now": NOW} | fields
    return questions(params, **given_)


def worth(question):
    return (
        question.kind.value if question.meters else "extra",
        question.narrative_id == "hot" and question.kind is QuestionKind.REFRESH,
    )


def test_all_is_asked_in_the_order_of_its_worth():
    assert [worth(q) for q in everything()] == [
        *[("discover", False)] * 2,
        ("refresh", True),
        *[("refresh", False)] * 3,
        *[("backfill", False)] * 2,
        ("extra", False),
    ]


@given(st.integers(-3, 20))
def test_less_money_is_shared_by_finding_and_following(allowance):
    whole, asked = everything(), everything(allowance=allowance)
    assert len(asked) == min(max(0, allowance), len(whole)) and all(q in whole for q in asked)
    kinds = [worth(q)[0] for q in asked]
    if 0 < allowance < len(whole):
        assert abs(kinds[:4].count("discover") - kinds[:4].count("refresh")) <= 1
        assert ("backfill" in kinds) == (allowance >= 5)


def test_without_money_nothing_is_asked():
    assert everything(allowance=0) == []


def test_money_for_one_search_a_turn_is_shared_by_all_there_is_to_ask():
    log, asked = [], []
    for turn in range(12):
        now = NOW + turn * HOUR
        (one,) = ask(polls=log, now=now, narratives=alive("x", "y"), allowance=1)
        log.append(answered(one, now))
        asked.append(one.narrative_id or ("en" if "lang:en" in one.query else "zh"))
    assert {asked.count(subject) for subject in ("x", "y", "en", "zh")} == {3}


def test_languages_take_turns_where_there_is_money_for_one():
    log, asked = [], []
    for turn in range(6):
        now = NOW + turn * HOUR
        (one,) = ask(polls=log, now=now, allowance=1)
        log.append(answered(one, now))
        asked.append(one)
    assert ["lang:en" in q.query for q in asked] == [True, False] * 3
    assert all(q.until - q.since == 2.25 * HOUR for q in asked[2:])


# --- backfill


FILLING = PlanParams(every=HOUR, languages=("en",), refreshes=1, backfills_per_day=8)


def filled(asked):
    return [q for one in asked for q in one if q.kind is QuestionKind.BACKFILL]


def test_a_new_narratives_past_is_known_within_hours():
    stories = alive("x")
    asked = turns(FILLING, 12, narratives=stories, full=True)
    assert [len(filled([one])) for one in asked] == [0, 2, 2, 1] + [0] * 8
    assert [NOW - q.until for q in filled(asked)] == [h * HOUR for h in (3, 6, 12, 24, 48)]
    for q in filled(asked):
        assert q.until - q.since == 2 * HOUR and q.meters and q.limit == FILLING.limit
        assert (q.query, q.narrative_id) == (stories[0].query, "x")


def test_nothing_is_asked_of_a_past_that_the_first_refresh_saw():
    assert filled(turns(FILLING, 30, narratives=alive("x"))) == []


def test_another_model_begins_another_past():
    asked = turns(FILLING, 40, narratives=alive("x"), model=lambda turn: "m" if turn < 20 else "n", full=True)
    before, after = filled(asked[:21]), filled(asked[21:])
    assert len(before) == len(after) == 5
    assert [q.until for q in after] == [q.until + 20 * HOUR for q in before]


def test_a_failed_backfill_is_tried_once_more():
    asked = filled(
        turns(
            FILLING.model_copy(update={"backfills_per_day": 99}), 30,
            narratives=alive("x"), full=True, ok=lambda q: q.kind is not QuestionKind.BACKFILL,
        )
    )  # fmt: skip
    assert len(asked) == 10 and len({q.until for q in asked}) == 5


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 12), st.integers(1, 8))
def test_backfills_keep_to_their_budget(per_day, count):
    params = FILLING.model_copy(update={"backfills_per_day": per_day, "refreshes": 5})
    asked = turns(params, 72, narratives=alive(*(f"n{i}" for i in range(count))), full=True)
    spent = [len(filled([one])) for one in asked]
    assert max(spent) <= BACKFILLS
    assert all(sum(spent[i : i + 24]) <= per_day for i in range(len(spent)))
    whole = filled(asked)
    assert len({(q.narrative_id, q.until) for q in whole}) == len(whole) <= 5 * count


def test_the_liveliest_is_filled_first():
    scores = {"a": quiet("a", score=5), "b": quiet("b", score=95)}
    params = FILLING.model_copy(update={"refreshes": 2})
    asked = turns(params, 3, narratives=alive("a", "b"), scores=scores, full=True)
    assert [q.narrative_id for q in filled(asked)] == ["b"] * 4


def test_a_query_that_changed_has_no_past_before_its_first_refresh():
    (story,) = alive("x")
    log = [answered(refreshed(turns(FILLING, 1, narratives=[story])[0])[0], NOW, full=True)]
    other = story.model_copy(update={"query": "another"})
    for asked_about, count in ((story, 2), (other, 0)):
        found = questions(FILLING, narratives=[asked_about], scores={}, polls=log, now=NOW + HOUR)
        assert len(filled([found])) == count


# --- the counts meter


def test_the_meter_counts_by_the_same_urge():
    stories = alive("hot", "old", "new", "fresh")
    scores = {n.id: quiet(n.id) for n in stories} | {"hot": quiet("hot", surprise=3.0)}
    last = {"hot": NOW - HOUR, "old": NOW - 9 * HOUR, "fresh": NOW - HOUR}
    chosen = measured(PARAMS, stories, scores, last=last, now=NOW, count=3)
    assert [n.id for n in chosen] == ["hot", "new", "old"]


def test_the_meter_does_not_count_what_is_over():
    gone = [narrative("m", redirect_to="x"), narrative("s", last_post_at=NOW - ALIVE - HOUR)]
    assert measured(PARAMS, gone, {}, last={}, now=NOW, count=9) == []


# --- what people were told of -----------------------------------------------------------------------------

STORIES = [narrative(f"n{i}") for i in range(9)]
FOUR = PlanParams(every=HOUR, languages=("en",), refreshes=4, limit=10)


def followed(told, polls=(), params=FOUR, now=NOW, stories=STORIES):
    asked = questions(params, narratives=stories, scores={}, polls=polls, now=now, told=told)
    return [(q.narrative_id, q.purpose) for q in refreshed(asked)]


def asked_before(minutes, *ids):
    return [
        poll(QuestionKind.REFRESH, until=NOW - timedelta(minutes=minutes), narrative_id=id, id=f"p{id}")
        for id in ids
    ]


def test_what_people_were_told_of_is_asked_first_and_its_cost_is_the_alerts():
    asked = followed({"n8": [NOW - HOUR]}, asked_before(60, "n8"))
    assert asked[0] == ("n8", "grading")
    assert len(asked) == 4 and {purpose for _, purpose in asked[1:]} == {"refresh"}


def test_it_is_asked_once_an_hour_however_often_the_wheel_turns():
    often = FOUR.model_copy(update={"every": timedelta(minutes=15)})
    assert ("n8", "grading") not in followed({"n8": [NOW - HOUR]}, asked_before(45, "n8"), often)
    assert ("n8", "grading") in followed({"n8": [NOW - HOUR]}, asked_before(50, "n8"), often)


@pytest.mark.parametrize(("hours", "grades"), [(0, True), (3.5, True), (5, False), (21, True), (26, False)])
def test_every_hour_of_both_windows_is_looked_at(hours, grades):
    asked = followed({"n8": [NOW - hours * HOUR]})
    assert (("n8", "grading") in asked) is grades


def test_between_the_windows_it_is_followed_as_hot_ones_are():
    assert followed({"n0": [NOW - 10 * HOUR]}, asked_before(61, "n0"))[0] == ("n0", "refresh")


def test_many_alerts_leave_a_place_for_the_others():
    told = {f"n{i}": [NOW - HOUR] for i in range(6)}
    asked = followed(told)
    assert [purpose for _, purpose in asked] == ["grading"] * 3 + ["refresh"]
    assert len({id for id, _ in asked}) == 4


def test_of_many_the_longest_waiting_comes_first():
    told = {f"n{i}": [NOW - HOUR] for i in range(5)}
    polls = asked_before(60, "n0", "n1") + asked_before(120, "n4")
    assert [id for id, purpose in followed(told, polls) if purpose == "grading"] == ["n2", "n3", "n4"]


def test_a_narrative_that_is_gone_costs_nothing():
    assert followed({"gone": [NOW]}) == followed({})


# --- what many tell and nobody has measured


def found(count, authors=12):
    """Stories that discovery found, each told by one author more than the one before."""
    stories = alive(*(f"f{i}" for i in range(count)))
    return stories, {n.id: quiet(n.id, original_authors_24h=authors + i) for i, n in enumerate(stories)}


def test_what_most_tell_is_measured_at_once_though_alerts_are_being_graded():
    stories, scores = found(3)
    asked = questions(
        FOUR, narratives=[*STORIES, *stories], scores=scores, polls=(), now=NOW,
        told={n.id: [NOW - HOUR] for n in STORIES},
    )  # fmt: skip
    ids = [(q.narrative_id, q.purpose) for q in refreshed(asked)]
    assert ids[:2] == [("f2", "refresh"), ("f1", "refresh")]
    assert [purpose for _, purpose in ids[2:]] == ["grading"] * 2


@pytest.mark.parametrize(("looks", "first"), [(1, True), (2, True), (3, False)])
def test_after_three_looks_it_waits_like_any_other(looks, first):
    stories, scores = found(1)
    others = alive("a", "b", "c", "d")
    heat = {n.id: quiet(n.id, surprise=6.0) for n in others}
    polls = asked_before(60, "f0", "a", "b", "c", "d")
    polls += [p for n in range(1, looks) for p in asked_before(60 + 60 * n, "f0")]
    asked = questions(FOUR, narratives=[*stories, *others], scores=scores | heat, polls=polls, now=NOW)
    assert (refreshed(asked)[0].narrative_id == "f0") is first


def test_what_is_surprising_already_is_looked_at_again_before_what_only_more_tell():
    stories, scores = found(3)
    scores["f0"] = quiet("f0", original_authors_24h=6, surprise=2.4)
    polls = asked_before(60, "f0")
    asked = questions(FOUR, narratives=stories, scores=scores, polls=polls, now=NOW)
    assert [q.narrative_id for q in refreshed(asked)][:2] == ["f0", "f2"]


def test_what_few_tell_has_no_first_place():
    stories, scores = found(1, authors=4)
    asked = questions(
        FOUR.model_copy(update={"refreshes": 1}), narratives=[*stories, *STORIES], scores=scores, polls=(),
        now=NOW, told={"n8": [NOW - HOUR]},
    )  # fmt: skip
    assert [q.narrative_id for q in refreshed(asked)] != ["f0"]


@pytest.mark.parametrize("slots", [1, 2, 3, 4])
def test_however_much_is_found_hot_ones_keep_their_share_of_the_other_half(slots):
    stories, scores = found(200)
    hot = alive(*(f"h{i}" for i in range(6)))
    params = PlanParams(every=HOUR, languages=("en",), refreshes=slots)
    heat = {n.id: quiet(n.id, surprise=6.0) for n in hot}
    asked = turns(params, 40, narratives=[*stories, *hot], scores=scores | heat)
    ids = [q.narrative_id for one in asked for q in refreshed(one)]
    assert len(ids) == 40 * slots
    assert 20 * slots <= sum(id.startswith("f") for id in ids) <= 30 * slots
