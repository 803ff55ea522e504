from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.models import QuestionKind
from core.plan import OVERLAP, PlanParams, questions
from tests.core.makers import HOUR, NOW, narrative, poll, score

PARAMS = PlanParams(every=HOUR, languages=("en", "zh"), refreshes=2, limit=10)


def ask(**fields):
    return questions(PARAMS, **({"narratives": [], "scores": {}, "polls": [], "now": NOW} | fields))


def refreshed(asked):
    return [q for q in asked if q.kind is QuestionKind.REFRESH]


def test_discovery_asks_once_per_language():
    asked = ask()
    assert [q.kind for q in asked] == [QuestionKind.DISCOVER] * 2
    assert "lang:en" in asked[0].query and "lang:zh" in asked[1].query


def test_a_window_overlaps_the_last_good_one_by_a_quarter():
    query = ask()[0].query
    before = poll(until=NOW - HOUR, query=query)
    assert ask(polls=[before])[0].since == NOW - HOUR - OVERLAP * HOUR


def test_a_failed_poll_moves_no_window():
    query = ask()[0].query
    good = poll(until=NOW - 3 * HOUR, query=query)
    failed = poll(until=NOW - HOUR, query=query, ok=False, covered_from=None)
    assert ask(polls=[good, failed])[0].since == NOW - 3 * HOUR - OVERLAP * HOUR


def test_after_a_long_silence_a_day_is_asked_at_most():
    query = ask()[0].query
    assert ask(polls=[poll(until=NOW - 200 * HOUR, query=query)])[0].since == NOW - timedelta(days=1)


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
