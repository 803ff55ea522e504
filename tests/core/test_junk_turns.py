"""Junk in a turn: it is kept and known for what it is, and is no part of any narrative."""

from dataclasses import replace
from datetime import timedelta

from core.evidence import EPOCH_MS
from core.models import Answer, Cycle, Question, QuestionKind, Search, Usage
from core.observing import Reply
from core.pipeline import History, turn
from tests.core.makers import HOUR, NOW, narrative

CYCLE = Cycle(id="c", started_at=NOW, known_at=NOW, params_hash="x")
TALK = (
    "Quorlen bridge drained overnight, the team pauses withdrawals",
    "Quorlen bridge: exploit confirmed by two auditors just now",
    "My uncle has funds on the Quorlen bridge, sleepless night",
    "What happened at Quorlen bridge is worse than the last exploit",
)
FARMS = tuple(
    f"🎁 $QRLN Quorlen bridge airdrop is LIVE, first {n}00 wallets only. Follow, repost and drop your address"
    for n in range(1, 5)
)


def posts(*texts, first=1):
    """One post a minute, each by an author of its own."""
    for n, text in enumerate(texts, first):
        at = NOW - timedelta(minutes=50 - n)
        yield {
            "post_id": str((round(at.timestamp() * 1000) - EPOCH_MS << 22) + n),
            "author": f"voice{n}",
            "excerpt": text,
        }


def asked(kind, claims, document, **fields):
    question = Question(kind=kind, query="q", since=NOW - HOUR, until=NOW, **fields)
    search = Search(tool=question.tool, query="q", mode="Latest", limit=50)
    return Reply(
        question,
        Answer(
            response_id="r",
            served_model="grok-4.3",
            status="completed",
            searches=(search,),
            cited=frozenset(claim["post_id"] for claim in claims),
            document=document,
            usage=Usage(searches=1, posts_fetched=len(claims)),
        ),
    )


def discovery(claims, **group):
    base = {"slug": "s", "title": "Quorlen bridge", "summary": "", "tickers": []}
    return asked(
        QuestionKind.DISCOVER, claims, {"narratives": [base | group | {"posts": claims}], "other": []}
    )


def happened(reply, **known):
    return turn(History(**known), [reply], cycle=CYCLE, now=NOW)


def test_an_airdrop_flood_founds_no_narrative_and_is_kept():
    outcome = happened(discovery(list(posts(*FARMS)), tickers=["QRLN"]))
    assert outcome.narratives == outcome.mentions == outcome.scores == ()
    assert {post.junk for post in outcome.posts} == {"airdrop farm"}
    assert len(outcome.posts) == len(FARMS)


def test_a_narrative_counts_the_talk_and_not_the_junk_about_it():
    alone = happened(discovery(list(posts(*TALK)))).scores[0]
    beside = happened(discovery([*posts(*TALK), *posts(*FARMS, first=11)])).scores[0]
    assert (beside.posts_24h, beside.authors_24h, beside.evidence) == (4, 4, alone.evidence)
    assert beside.score == alone.score


def test_what_a_refresh_finds_of_junk_is_no_rate():
    known = narrative("a1", title="Quorlen bridge", tickers=("QRLN",), query="q")
    claims = [*posts(*TALK), *posts(*FARMS, first=11)]
    reply = asked(QuestionKind.REFRESH, claims, {"posts": claims}, narrative_id="a1")
    outcome = happened(reply, narratives=[known])
    kept = {post.id: post for post in outcome.posts}
    assert len(kept) == len(claims)
    assert all(kept[mention.post_id].junk is None for mention in outcome.mentions)


def test_junk_is_told_by_the_words_that_are_kept():
    """A post first told without words is judged when they come."""
    (claim,) = posts(FARMS[0])
    wordless = happened(discovery([claim | {"excerpt": ""}])).posts[0]
    assert wordless.junk is None
    again = replace(History(), known={wordless.id: wordless})
    told = turn(again, [discovery([claim])], cycle=CYCLE, now=NOW).posts[0]
    assert told.junk == "airdrop farm"
