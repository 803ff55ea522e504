"""The series rests on posts and when they were learnt: the order of rows and answers changes nothing."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence import EPOCH_MS
from core.models import Answer, Count, Cycle, Excerpt, Question, QuestionKind, Search, Usage
from core.observing import Reply
from core.pipeline import History, turn
from tests.core.makers import HOUR, NOW
from tests.core.signals.worlds import log

STORIES = (
    ("QRLN", "Quorlen bridge", ("drained overnight", "exploit confirmed", "team pauses withdrawals")),
    ("ZYPT", "Zyptal mainnet", ("goes live on friday", "validators signed up", "claims open soon")),
    ("", "Harbour Clearing House", ("lists bitcoin options", "opens custody desk", "files for licence")),
)
FILLERS = (
    "reading the forum thread now", "my uncle asked about it", "screens everywhere this morning",
    "volume looks odd to me", "waiting for a statement", "liquidity thin since yesterday",
    "nobody at the desk expected this", "charts tell another story", "sleepless night ahead",
    "two auditors replied already", "funding flipped again",
)  # fmt: skip
HOURS = 4
START = NOW - HOURS * HOUR

spoken = st.lists(
    st.tuples(
        st.integers(0, HOURS * 60 - 1),  # the minute it was written
        st.integers(0, len(STORIES) - 1),
        st.integers(1, 6),  # its author
        st.sampled_from([None, -0.6, 0.4]),
    ),
    min_size=12,
    max_size=40,
)


def post(number, minute, story, author, stance):
    """A post as a model claims it, with when it was written."""
    at = START + timedelta(minutes=minute, seconds=number)
    ticker, name, happenings = STORIES[story]
    text = f"{name} {happenings[number % 3]}, {FILLERS[number % 11]} {FILLERS[(number * 7 + author) % 11]}"
    return {
        "at": at,
        "story": story,
        "claim": {
            "post_id": str((round(at.timestamp() * 1000) - EPOCH_MS << 22) + number),
            "author": f"voice{author}",
            "excerpt": f"${ticker} {text}" if ticker else text,
            "sentiment": stance,
            "likes": number,
        },
    }


def answer(question, document, found):
    search = Search(tool=question.tool, query=question.query, mode=question.mode, limit=10)
    return Reply(
        question,
        Answer(
            response_id=f"{question.query} {question.until:%H}",
            served_model="grok-4.3",
            status="completed",
            searches=(search,),
            cited=frozenset(each["claim"]["post_id"] for each in found),
            document=document,
            usage=Usage(searches=1, posts_fetched=len(found)),
        ),
    )


def replies(posts, narratives, now):
    """What discovery and every narrative's refresh find of the last hour and a quarter."""
    span = {"since": now - 1.25 * HOUR, "until": now}
    recent = [each for each in posts if span["since"] <= each["at"] <= now][-10:]
    question = Question(kind=QuestionKind.DISCOVER, query="crypto", **span)
    yield answer(question, {"narratives": list(groups(recent)), "other": []}, recent)
    for narrative in narratives:
        question = Question(
            kind=QuestionKind.REFRESH, query=narrative.query, narrative_id=narrative.id, **span
        )
        found = [each for each in recent if speaks_of(each["claim"]["excerpt"], narrative)]
        yield answer(question, {"posts": [each["claim"] for each in found]}, found)


def groups(posts):
    for story in sorted({each["story"] for each in posts}):
        ticker, title, _ = STORIES[story]
        claims = [each["claim"] for each in posts if each["story"] == story]
        yield {
            "slug": f"s-{story}",
            "title": title,
            "summary": title,
            "tickers": [ticker] if ticker else [],
            "posts": claims,
        }


def speaks_of(text, narrative):
    named = [f"${ticker}" for ticker in narrative.tickers] + list(narrative.terms)
    return any(word.casefold() in text.casefold() for word in named)


@dataclass(frozen=True)
class Past(History):
    """A history whose log is kept as facts, in some order."""

    mentions: tuple = ()
    counts: tuple = ()
    discovered: tuple = ()

    @property
    def read(self):
        ids = {n.id for n in self.narratives} | set(self.redirects)
        return replace(self, log=log(self.mentions, self.polls, self.discovered, self.counts, ids=ids))


def remembered(history, outcome):
    """The history with what a turn added, as storage keeps it."""
    texts = {each.id: each.text for each in outcome.posts}
    known = {**history.known, **{each.id: each for each in outcome.posts}}
    owned = {row.post_id for row in (*history.mentions, *outcome.mentions)}
    discovery = {each.id for each in outcome.polls if each.kind is QuestionKind.DISCOVER}
    before = {row[0] for row in history.discovered}
    fresh = {s.post_id: s for s in outcome.sightings if s.poll_id in discovery and s.post_id not in before}
    found = [(id, known[id].created_at, each.known_at) for id, each in fresh.items()]
    narratives = {n.id: n for n in (*history.narratives, *outcome.narratives)}
    return replace(
        history,
        narratives=tuple(n for n in narratives.values() if n.redirect_to is None),
        redirects={n.id: n.redirect_to for n in narratives.values() if n.redirect_to},
        mentions=(*history.mentions, *outcome.mentions),
        polls=(*history.polls, *outcome.polls),
        discovered=(*history.discovered, *found),
        previous={score.narrative_id: score for score in outcome.scores},
        known=known,
        loose={id: each for id, each in known.items() if id not in owned},
        recent=tuple(Excerpt(id, each.text, each.signature, each.junk) for id, each in known.items()),
        said={**history.said, **texts},
    )


def lived(posts):
    """What is known before the last turn."""
    history = Past()
    for hour in range(1, HOURS):
        now = START + hour * HOUR
        cycle = Cycle(id=f"t{hour}", started_at=now, known_at=now, params_hash="p")
        history = remembered(
            history, turn(history.read, list(replies(posts, history.narratives, now)), cycle=cycle, now=now)
        )
    counts = [
        Count(n.id, n.query, START + h * HOUR, START + (h + 1) * HOUR, 3 * h, START + (h + 1) * HOUR)
        for n in history.narratives[::2]
        for h in range(HOURS - 1)
    ]
    return replace(history, counts=tuple(counts))


def scores(history, asked):
    cycle = Cycle(id="last", started_at=NOW, known_at=NOW, params_hash="p")
    return {score.narrative_id: score for score in turn(history.read, asked, cycle=cycle, now=NOW).scores}


def plain(scores):
    """Scores to nine digits: the last ones of a sum depend on how its rows lie in memory."""
    return {
        id: json.loads(s.model_dump_json(), parse_float=lambda f: round(float(f), 9))
        for id, s in scores.items()
    }


def shuffled(rows, chance, repeated=True):
    """The rows in another order, some of them twice."""
    again = [*rows, *(row for row in rows if repeated and chance.random() < 0.4)]
    chance.shuffle(again)
    return again


def mixed(history, chance):
    """The same log as it reads when turns were committed in any order, some of them twice."""
    return replace(
        history,
        narratives=shuffled(history.narratives, chance, repeated=False),
        mentions=shuffled(history.mentions, chance),
        polls=shuffled(history.polls, chance),
        counts=shuffled(history.counts, chance),
        discovered=shuffled(history.discovered, chance),
        known=dict(shuffled(history.known.items(), chance)),
        loose=dict(shuffled(history.loose.items(), chance)),
        recent=shuffled(history.recent, chance, repeated=False),
        said=dict(shuffled(history.said.items(), chance)),
    )


def claimed(spoken):
    return [post(number, *each) for number, each in enumerate(sorted(spoken, key=lambda s: s[0]), 1)]


@settings(max_examples=20, deadline=None)
@given(spoken, st.randoms(use_true_random=False))
def test_the_order_and_repetition_of_a_log_change_no_score(spoken, chance):
    posts = claimed(spoken)
    history = lived(posts)
    asked = list(replies(posts, history.narratives, NOW))
    assert plain(scores(mixed(history, chance), asked)) == plain(scores(history, asked))


@settings(max_examples=20, deadline=None)
@given(spoken, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_come_changes_no_score(spoken, chance):
    posts = claimed(spoken)
    history = lived(posts)
    asked = list(replies(posts, history.narratives, NOW))
    assert plain(scores(history, shuffled(asked, chance, repeated=False))) == plain(scores(history, asked))


@settings(max_examples=20, deadline=None)
@given(spoken, st.randoms(use_true_random=False))
def test_an_answer_that_came_an_hour_late_changes_no_score(spoken, chance):
    """All of it is known by now, and nothing came later than an alert would have waited for."""
    posts = claimed(spoken)
    history = lived(posts)
    late = {poll.known_at: timedelta(minutes=chance.randint(0, 59)) for poll in history.polls}
    delayed = replace(
        history,
        mentions=[row._replace(known_at=row.known_at + late[row.known_at]) for row in history.mentions],
        polls=[p.model_copy(update={"known_at": p.known_at + late[p.known_at]}) for p in history.polls],
        discovered=[(id, at, known + late[known]) for id, at, known in history.discovered],
    )
    asked = list(replies(posts, history.narratives, NOW))
    assert plain(scores(mixed(delayed, chance), asked)) == plain(scores(history, asked))


def test_these_worlds_have_narratives_and_measured_hours():
    posts = claimed([(minute, minute % 3, minute % 5 + 1, 0.4) for minute in range(0, 240, 7)])
    history = lived(posts)
    found = scores(history, list(replies(posts, history.narratives, NOW)))
    assert len(found) == len(STORIES)
    assert all(score.posts_24h and score.history_hours for score in found.values())
    assert {score.meter for score in found.values()} == {"samples", "counts"}
