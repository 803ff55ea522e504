"""Topics people follow: what is asked for them, which known story they are, and their place in a turn."""

import pytest

from core import plan
from core.errors import BadInput
from core.models import QuestionKind
from core.narratives.topics import is_told_by, topic_narrative
from tests.core.makers import HOUR, NOW, chat, narrative, poll, score
from tests.core.rule_makers import judged

PARAMS = plan.PlanParams(every=HOUR, refreshes=4)


def asked(followed, polls=(), others=(), **fields):
    found = plan.questions(
        PARAMS, narratives=others, scores={}, polls=polls, now=NOW, followed=followed, **fields
    )
    return [q for q in found if q.kind is QuestionKind.REFRESH]


@pytest.mark.parametrize(
    ("topic", "query"),
    [
        ("zk proofs", '(("zk" "proofs")) -filter:nativeretweets'),
        ("$jup", "($JUP) -filter:nativeretweets"),
        ("velumex", '("velumex") -filter:nativeretweets'),
        ("量子计算", '("量子计算") -filter:nativeretweets'),
    ],
)
def test_a_topic_is_asked_for_by_all_its_words(topic, query):
    assert topic_narrative(topic, NOW).query == query


@pytest.mark.parametrize("topic", ["crypto", "$BTC", "$", "bitcoin price", "a b c d e f g", "?!"])
def test_what_would_find_everything_or_nothing_is_refused(topic):
    with pytest.raises(BadInput):
        topic_narrative(topic, NOW)


def test_the_same_topic_is_the_same_narrative_however_it_is_written():
    assert topic_narrative("ZK  Proofs", NOW).id == topic_narrative("zk proofs", NOW).id


def test_a_known_story_of_that_slug_title_or_ticker_is_used():
    story = narrative(slug="zk-proofs", title="Proofs everywhere", tickers=("ZKP",))
    assert is_told_by("zk proofs", story) and is_told_by("$zkp", story)
    assert is_told_by("proofs everywhere", story)
    assert not is_told_by("zk", story) and not is_told_by("$BTC", narrative(tickers=("BTC",)))


def test_a_followed_topic_is_polled_though_nobody_ever_posted_about_it():
    topic = topic_narrative("zk proofs", NOW - 30 * 24 * HOUR)
    (question,) = asked([topic])
    assert (question.narrative_id, question.query, question.purpose) == (topic.id, topic.query, "following")
    assert asked([]) == []


def test_what_was_looked_at_within_the_hour_waits_and_the_longest_waiting_come_first():
    topics = [topic_narrative(f"topic {name}", NOW) for name in ("alpha", "bravo", "tango")]
    polls = [
        poll(QuestionKind.REFRESH, until=NOW - n * HOUR, narrative_id=t.id, query=t.query)
        for n, t in zip((0.5, 3, 2), topics, strict=True)
    ]  # fmt: skip
    assert [q.narrative_id for q in asked(topics, polls)] == [topics[1].id, topics[2].id]


def test_followed_topics_get_half_of_the_places_and_all_in_turn():
    topics = [topic_narrative(f"topic {name}", NOW) for name in ("alpha", "bravo", "tango", "kilo", "lima")]
    others = [narrative(f"n{i}", first_seen_at=NOW - 9 * HOUR) for i in range(9)]
    questions = asked(topics, others=others)
    assert [q.purpose for q in questions] == ["following"] * 2 + ["refresh"] * 2


def test_within_the_budget_a_topic_does_not_push_out_discovery():
    found = plan.questions(
        PARAMS, narratives=[], scores={}, polls=[], now=NOW, followed=[topic_narrative("zk proofs", NOW)],
        allowance=2,
    )  # fmt: skip
    assert QuestionKind.DISCOVER in {q.kind for q in found} and len(found) == 2


def test_a_topic_is_no_new_story_though_it_is_newly_looked_at():
    topic = topic_narrative("zk proofs", NOW - HOUR)
    found = score(topic.id, surprise=6.0, history_hours=1.0)
    ruling = judged([found], [topic], [chat()])
    assert not ruling.firings
    young = narrative(topic.id, earliest_post_at=NOW - HOUR)
    assert judged([found], [young], [chat()]).firings
