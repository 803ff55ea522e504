"""What was counted for a merged narrative counts for the one that survived."""

from core.models import Cycle, Excerpt, Mention, Poll, QuestionKind
from core.pipeline import History, turn
from core.signals import measures
from tests.core import makers
from tests.core.makers import HOUR, NOW, narrative
from tests.core.signals.worlds import log

CYCLE = Cycle(id="c", started_at=NOW, known_at=NOW, params_hash="x")


def mention(narrative_id, post_id, metered=False, author="ann"):
    return Mention(narrative_id, post_id, NOW - HOUR, NOW - HOUR, metered, author)


def poll(narrative_id, covered_from):
    return Poll(
        id=f"p{narrative_id}", cycle_id="b", kind=QuestionKind.REFRESH, narrative_id=narrative_id, query="q",
        mode="Latest", limit=10, since=covered_from, until=NOW, ok=True, covered_from=covered_from,
        known_at=NOW,
    )  # fmt: skip


def scored(mentions, polls, redirects):
    known = log(mentions, polls, ids=["c", *redirects])
    history = History(narratives=[narrative("c")], redirects=redirects, log=known, polls=polls)
    (score,) = turn(history, [], cycle=CYCLE, now=NOW).scores
    return score


def test_the_posts_of_merged_narratives_count_once_for_the_survivor():
    rows = [mention("a", "1", True), mention("b", "1"), mention("c", "1"), mention("b", "2", author="bob")]
    apart = scored(rows, [poll("c", NOW - 5 * HOUR)], {})
    joined = scored(rows, [poll("c", NOW - 5 * HOUR)], {"a": "b", "b": "c"})
    assert (apart.posts_24h, joined.posts_24h) == (1, 2)
    assert joined.changes["24h"].posts > apart.changes["24h"].posts


def test_the_polls_of_a_merged_narrative_are_no_coverage_of_the_survivor():
    polls = [poll("c", NOW - 3 * HOUR), poll("a", NOW - 20 * HOUR)]
    assert scored([], polls, {"a": "c"}).history_hours == scored([], polls[:1], {}).history_hours


def test_what_a_merged_ones_polls_metered_is_evidence_and_no_rate():
    told = log([mention("new", "1", metered=True), mention("old", "2", metered=True)], ids=["new", "old"])
    rows = told.followed({"new": "old"}).mentioned()
    assert [(row.narrative_id, row.metered) for row in rows] == [("old", False), ("old", True)]


def test_what_is_new_is_told_by_what_was_spoken_of_before():
    old = narrative("old", title="Aave probe closed", last_post_at=NOW - 20 * 24 * HOUR)
    young = narrative("c", title="Aave probe closed", earliest_post_at=NOW - HOUR)
    alone, again = (
        turn(History(narratives=[young], remembered=past), [], cycle=CYCLE, now=NOW).scores[0]
        for past in ((), (old,))
    )
    assert not alone.novelty.inputs_ok and "no earlier narrative" in alone.novelty.reason
    assert again.novelty.value < 0.6 < alone.novelty.value


def test_a_turn_says_which_measures_broke(monkeypatch):
    def broken(*_):
        raise ValueError("a defect")

    monkeypatch.setattr(measures, "velocity", broken)
    made = turn(History(narratives=[narrative("c")]), [], cycle=CYCLE, now=NOW)
    assert made.broken == {"velocity": 1}
    assert made.scores[0].velocity.reason == "velocity could not be computed"


# --- splitting, falling silent ---------------------------------------------------------------------------

KORVANE = (
    "Korvane validators halt $KRVN withdrawals without a word",
    "Why did Korvane stop paying out? $KRVN holders want answers tonight",
    "Exchanges pause $KRVN deposits while Korvane nodes are patched",
    "Korvane restarts slowly, only two of nine $KRVN nodes are back",
)
SOLMIRA = (
    "Solmira auditors publish the $SLMR treasury report",
    "The treasury of Solmira holds less than it said, $SLMR slides",
    "A lawyer explains what the Solmira audit means for $SLMR",
    "Founders of Solmira answer the auditors, $SLMR unlock postponed",
)


def split(stored_under="whole"):
    """A turn in which `whole`, some of whose rows stand under another id, becomes two."""
    texts = {str(n): text for n, text in enumerate([*(KORVANE * 3), *(SOLMIRA * 2)])}
    rows = [
        Mention(stored_under, id, NOW - (11 - int(id) % 10) * HOUR, NOW - HOUR, True, f"w{int(id) % 7}")
        for id in texts
    ]
    chatter = [f"thought {n} about lunch and weather" for n in range(400)]
    history = History(
        narratives=[narrative("whole", title="Korvane and Solmira", tickers=("KRVN", "SLMR"))],
        redirects={} if stored_under == "whole" else {stored_under: "whole"},
        log=log(rows, [], ids={"whole", stored_under}),
        recent=[Excerpt(f"c{n}", text, 0) for n, text in enumerate([*chatter, *texts.values()])],
        said=texts,
    )
    return turn(history, [], cycle=CYCLE, now=NOW)


def test_a_split_scores_each_post_once_and_hands_the_moves_to_storage():
    done = split()
    old, new = sorted(done.narratives, key=lambda n: n.split_from or "")
    assert {score.narrative_id: score.posts_24h for score in done.scores} == {old.id: 12, new.id: 8}
    assert {(move.origin, move.to) for move in done.moves} == {("whole", new.id)}
    assert {move.post_id for move in done.moves} == {str(n) for n in range(12, 20)}


def test_what_was_stored_under_a_merged_id_moves_from_there():
    assert {move.origin for move in split(stored_under="elder").moves} == {"elder"}


def silent(since, polled):
    history = History(
        narratives=[narrative("a", last_post_at=since)], polls=[makers.poll(until=polled, id="p")]
    )
    return [event.kind for event in turn(history, [], cycle=CYCLE, now=NOW).events]


def test_a_narrative_is_recorded_as_dormant_once_also_after_a_standstill():
    just, long_ago, lately = NOW - 7 * 24 * HOUR, NOW - 9 * 24 * HOUR, NOW - 6 * 24 * HOUR
    assert silent(just, polled=NOW - HOUR) == ["DORMANT"]
    assert silent(long_ago, polled=NOW - HOUR) == []  # was told then
    assert silent(long_ago, polled=NOW - 3 * 24 * HOUR) == ["DORMANT"]  # we were not looking then
    assert silent(lately, polled=NOW - HOUR) == []
