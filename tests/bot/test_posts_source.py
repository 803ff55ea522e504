"""A posts file as a source: found by our own queries, honest about what it ran, never ahead of the clock."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest

from bot.clock import AppClock
from bot.cycle import Wheel
from bot.settings import load
from bot.sources.posts import open_posts
from core.errors import BadInput, Rejected
from core.evidence import examine
from core.models import QuestionKind, Search
from storage import narratives
from tests.bot.grok_fixtures import MINUTE, NOW, QUERY, SINCE, ago, question
from tests.bot.stage import TOKEN

STORY = "The Lumo bridge was drained, $LUMO holders wait for crypto news"


def row(id, text="gm crypto", **given):
    return {"post_id": id, "author": f"a{id[-4:]}", "text": text, "likes": 3, "views": 50} | given


def written(path, *rows):
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.fixture
def opened(tmp_path):
    """A source over a file of these rows, at NOW."""

    def over(*rows, name="posts.jsonl", now=NOW):
        return open_posts(written(tmp_path / name, *rows), AppClock(now, 0.0))

    return over


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
async def test_a_refresh_finds_what_the_window_holds_newest_first(opened, name):
    rows = [row(ago(minutes)) for minutes in (5, 70, 30)]
    answer = await opened(*rows, name=name).ask(question())
    assert [claim["post_id"] for claim in answer.document["posts"]] == [ago(5), ago(30)]
    assert answer.cited == {ago(5), ago(30)}
    assert (answer.served_model, answer.status, answer.usage.cost_ticks) == ("posts-file", "completed", 0)


async def test_the_answer_says_which_search_was_run(opened):
    answer = await opened(row(ago(5))).ask(question())
    bounds = f"since_time:{int(SINCE.timestamp())} until_time:{int(NOW.timestamp())}"
    assert answer.searches == (
        Search(tool="x_keyword_search", query=f"{QUERY} {bounds}", mode="Latest", limit=10),
    )


async def test_evidence_takes_the_answer_as_it_takes_any_other(opened):
    asked = question()
    verdict = examine(asked, await opened(row(ago(5)), row(ago(30))).ask(asked), now=NOW)
    assert verdict.ok
    assert verdict.dropped == {}
    assert [post.id for post in verdict.posts] == [ago(5), ago(30)]
    assert verdict.covered_from == SINCE


async def test_a_full_page_covers_only_back_to_its_oldest(opened):
    asked = question()
    answer = await opened(*(row(ago(minutes)) for minutes in range(1, 40))).ask(asked)
    verdict = examine(asked, answer, now=NOW)
    assert verdict.returned == 10
    assert verdict.covered_from == NOW - 10 * MINUTE


async def test_a_post_is_found_only_once_it_was_seen(opened):
    late = row(ago(30), first_seen_at=(NOW + timedelta(hours=1)).isoformat())
    rows = [late, row(ago(-5)), row(ago(40))]
    for now, found in ((NOW, {ago(40)}), (NOW + timedelta(hours=2), {ago(30), ago(40)})):
        assert (await opened(*rows, now=now).ask(question())).cited == found


async def test_discovery_groups_what_belongs_together(opened):
    rows = [row(ago(minutes), STORY) for minutes in (3, 6, 9)] + [row(ago(12), "coffee and crypto, as ever")]
    asked = question(kind=QuestionKind.DISCOVER)
    answer = await opened(*rows).ask(asked, known=[("lumo-bridge", "Lumo bridge drained")])
    (group,) = examine(asked, answer, now=NOW).groups
    assert (group.slug, group.tickers) == ("lumo-bridge", ("LUMO",))
    assert group.post_ids == (ago(3), ago(6), ago(9))
    assert [claim["post_id"] for claim in answer.document["other"]] == [ago(12)]


async def test_what_is_usual_is_learnt_from_the_past_only(opened):
    """A word that everybody uses tomorrow is news today."""
    rows = [row(ago(minutes), STORY) for minutes in (3, 6)]
    tomorrow = [row(ago(-minutes), STORY) for minutes in range(1500, 1700)]
    asked = question(kind=QuestionKind.DISCOVER)
    alone = (await opened(*rows).ask(asked)).document
    assert (await opened(*rows, *tomorrow).ask(asked)).document == alone


async def test_a_backfill_is_a_flat_list(opened):
    asked = question(kind=QuestionKind.BACKFILL, narrative_id="n")
    assert len((await opened(row(ago(5))).ask(asked)).document["posts"]) == 1


async def test_top_takes_the_loudest_and_meaning_any_of_the_words(opened):
    rows = [
        row(ago(5), "crypto calm"),
        row(ago(20), "crypto loud", likes=900),
        row(ago(30), "$BTC", lang="en"),
    ]
    source = opened(*rows)
    top = await source.ask(question(mode="Top", limit=1))
    assert top.cited == {ago(20)}
    meant = await source.ask(question(tool="x_semantic_search", query="calm loud weather"))
    assert meant.cited == {ago(5), ago(20)}
    assert meant.searches[0].tool == "x_semantic_search"


async def test_the_same_question_gets_the_same_answer(opened):
    rows = [row(ago(minutes), STORY) for minutes in (3, 6)]
    asked = question(kind=QuestionKind.DISCOVER)
    assert await opened(*rows).ask(asked) == await opened(*rows).ask(asked)


async def test_a_malformed_query_is_one_failed_search(opened):
    with pytest.raises(Rejected, match="cannot be searched: There is a") as told:
        await opened(row(ago(5))).ask(question(query="(crypto"))
    assert told.value.fault == "bad query"


def test_broken_lines_are_counted_and_said(opened, caplog):
    opened(row(ago(5)), "{broken", row("12"), row(ago(5)))
    (told,) = caplog.records
    assert told.levelname == "WARNING"
    assert "'lines_skipped': 3" in told.getMessage()


def test_a_file_that_ended_before_now_is_said(opened, caplog):
    opened(row(ago(5)), now=NOW + timedelta(days=2))
    assert "ends before now" in caplog.text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "There is no posts file .* give a .jsonl"),
        (b"", "has no usable post .0 lines skipped.: each line needs post_id, text and author"),
        (b"{}\n[]\n", "has no usable post .2 lines skipped."),
        (gzip.compress(b"x" * 5000, mtime=0)[:-9], "cannot be read to its end"),
    ],
)
def test_a_file_that_will_not_do_is_one_sentence(tmp_path, content, why):
    path = tmp_path / ("posts.jsonl.gz" if content and content[:2] == b"\x1f\x8b" else "posts.jsonl")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=why):
        open_posts(path, AppClock(NOW, 0.0))


async def test_the_wheel_turns_on_a_posts_file_for_nothing(database, opened):
    words = ["alpha", "bravo", "carol", "delta", "eager", "flint", "grape", "hotel", "india", "joker"]
    said = [" ".join(f"{a}{b}" for b in words[:6]) + " crypto" for a in words]  # no two are copies
    rows = [
        row(ago(4 * n + 2), f"{text}: Lumo bridge was drained $LUMO", author=f"person{n}")
        for n, text in enumerate(said)
    ]
    settings = load(bot_token=TOKEN, xai_api_key="x-nobody-asks", database_url="sqlite:///unused.db")
    wheel = Wheel(settings=settings, database=database, source=opened(*rows), clock=AppClock(NOW, 0.0))
    outcome = await wheel.turn("one")
    assert len(outcome.posts) == 10
    assert sum(poll.cost_ticks for poll in outcome.polls) == 0
    async with database.reading() as c:
        (story,) = await narratives.live(c, since=SINCE)
    assert "lumo" in story.title.lower()
