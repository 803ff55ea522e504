"""Every question a turn plans is one search at xAI, and its answer is worth what such a question is worth."""

from datetime import timedelta

import pytest
import pytest_asyncio

from bot.sandbox.world import simulated_world
from bot.sandbox.xai import XaiServer
from bot.sources.grok import answers, wire
from core import plan
from core.evidence import examine
from core.models import Poll, QuestionKind
from core.narratives.query import semantic_query
from tests.bot.grok_fixtures import NOW, question
from tests.core.makers import narrative
from tests.sandbox.xai_client import KEY, good

HOUR = timedelta(hours=1)
WORLD = simulated_world(seed=3, start=NOW - timedelta(days=4), days=4.5)
STORY = narrative("n1", query="($BTC OR bitcoin) -filter:nativeretweets")


@pytest_asyncio.fixture
async def xai():
    server = await XaiServer.start(world=WORLD, now=lambda: NOW, api_key=KEY)
    yield server
    await server.stop()


def planned(model):
    """All a turn asks an hour after the first refresh of a narrative, which came back full."""
    begun = Poll(
        id="p", cycle_id="c", kind=QuestionKind.REFRESH, narrative_id="n1", query=STORY.query, mode="Latest",
        limit=10, since=NOW - 25 * HOUR, until=NOW - HOUR, ok=True, covered_from=NOW - 1.2 * HOUR,
        served_model=model, version=wire.VERSION, known_at=NOW - HOUR,
    )  # fmt: skip
    params = plan.PlanParams(
        every=HOUR, languages=("en", "zh"), refreshes=2, extras_per_day=24, backfills_per_day=9
    )
    return plan.questions(params, narratives=[STORY], scores={}, polls=[begun], now=NOW)


async def put(server, asked, **options):
    """The answer to one question, as the client reads it."""
    return answers.parse(await good(server, wire.body(asked, model="grok-4.3", **options)))


async def test_every_planned_question_is_one_search_as_it_was_planned(xai):
    asked = planned("grok-4.3")
    assert [q.kind.value for q in asked] == ["discover"] * 2 + ["refresh"] + ["backfill"] * 2 + ["discover"]
    grouped = set()
    for each in asked:
        answer = await put(xai, each)
        verdict = examine(each, answer, now=NOW)
        (made,) = xai.calls[-1].searches
        assert verdict.ok and verdict.returned and answer.version == wire.VERSION
        assert made["tool"] == each.tool and made["error"] is None
        assert made["arguments"].get("mode") == (each.mode if each.tool == "x_keyword_search" else None)
        assert (verdict.covered_from is not None) is each.meters
        grouped |= {each.kind for _ in verdict.groups}
        assert all(each.since <= post.created_at <= each.until for post in verdict.posts)
    assert grouped == {QuestionKind.DISCOVER}


async def test_a_backfill_is_the_same_sample_as_the_refresh_it_stands_beside(xai):
    _, _, refresh, backfill, *_ = planned("grok-4.3")
    segments = set()
    for each in (refresh, backfill):
        answer = await put(xai, each)
        segments.add((each.query, answer.served_model, answer.version))
    first, second = (call.request for call in xai.calls)
    assert len(segments) == 1
    assert first["input"][0] == second["input"][0] and first["text"] == second["text"]
    assert first["prompt_cache_key"] == second["prompt_cache_key"]


@pytest.mark.parametrize("plain", [False, True], ids=["by schema", "in words"])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_is_close_in_meaning_is_found_and_grouped(xai, plain, language):
    asked = question(
        QuestionKind.DISCOVER,
        tool="x_semantic_search",
        query=semantic_query(language),
        since=NOW - 24 * HOUR,
    )
    verdict = examine(asked, await put(xai, asked, plain=plain), now=NOW)
    (made,) = xai.calls[-1].searches
    assert verdict.ok and verdict.posts and verdict.covered_from is None
    assert made["arguments"]["query"] == asked.query
    assert (made["arguments"]["from_date"], made["arguments"]["to_date"]) == ("2026-11-19", "2026-11-21")


async def test_the_posts_people_reacted_to_most_are_evidence_and_no_measure(xai):
    asked = question(
        QuestionKind.DISCOVER, query="(crypto OR $BTC) lang:en", mode="Top", since=NOW - 6 * HOUR
    )
    verdict = examine(asked, await put(xai, asked), now=NOW)
    assert verdict.groups and verdict.returned == 10 and verdict.covered_from is None
