"""What the server accepts and answers, field by field as documented."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.world import World, created_at
from bot.sandbox.xai import XaiServer
from bot.sandbox.xai.price import ticks
from bot.sandbox.xai.schema import fit, violations
from core.narratives.query import semantic_query
from tests.sandbox.xai_client import (
    DISCOVER,
    KEY,
    NOW,
    POST,
    QUERY,
    REFRESH,
    SINCE,
    ask,
    body,
    cited,
    claimed,
    document,
    good,
    message,
    prompt,
    serving,
)

RECORDED = (
    Path(__file__).parents[2] / "../shared/contract/grok/recorded/37-x_search.grok-4.5.final-response.json"
)


@pytest.fixture
async def server():
    async with serving() as running:
        yield running


def refresh(query="($QRLN OR Quarlen)", **options):
    return body(prompt(query, task="refresh", **options), schema=REFRESH)


@pytest.mark.parametrize(
    ("key", "status", "sentence"), [(None, 401, None), ("wrong", 400, "Incorrect API key provided: xai-****")]
)
async def test_a_missing_key_is_401_and_a_wrong_one_400(server, key, status, sentence):
    got, _, answer = await ask(server, key=key)
    assert got == status
    assert (answer is None) if sentence is None else sentence in answer["error"]
    assert server.billed_ticks == 0


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"model": "grok-99"}, 404, "grok-99 does not exist"),
        ({"search_parameters": {"mode": "on"}}, 410, "Live search is deprecated"),
        ({"input": ...}, 400, "missing field `input`"),
        ({"input": []}, 400, "missing field `input`"),
        ({"input": [{"role": "robot", "content": "x"}]}, 400, "unknown role"),
        ({"tools": {"type": "x_search"}}, 400, "tools"),
        (
            {"tools": [{"type": "x_search", "allowed_x_handles": ["a"], "excluded_x_handles": ["b"]}]},
            400,
            "both",
        ),
        ({"tools": [{"type": "x_search", "excluded_x_handles": ["a"] * 21}]}, 400, "20 handles"),
        ({"include": ["everything"]}, 400, "unknown variant `everything`"),
        ({"tool_choice": "maybe"}, 400, "tool_choice"),
        ({"reasoning": {"effort": "xhigh"}}, 400, "reasoning.effort"),
        ({"model": "grok-4.7", "reasoning": {"effort": "none"}}, 400, "reasoning.effort"),
        ({"text": {"format": {"type": "yaml"}}}, 400, "text.format"),
        ({"text": {"format": {"type": "json_schema", "name": "x"}}}, 400, "json_schema needs"),
    ],
)
async def test_a_bad_request_gets_the_documented_refusal(server, changes, status, sentence):
    got, _, answer = await ask(server, body(**changes))
    assert got == status
    assert sentence in answer["error"]
    assert server.calls[0].status == status
    assert server.billed_ticks == 0


async def test_a_body_that_is_not_an_object_is_refused(server):
    assert (await ask(server, [1]))[0] == 400


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "OBJECT"}, '/type: "OBJECT" is not valid'),
        ({"type": "object", "properties": {"a": {"type": "STRING"}}}, "/properties/a/type"),
        ({"type": "object", "properties": {"a": True}}, "/properties/a"),
        ({"type": "array", "items": [{"type": "string"}]}, "prefixItems"),
        ({"enum": []}, "enum has no variants"),
        ({"anyOf": []}, "anyOf has no variants"),
        ({"type": "array", "minContains": 1}, "minContains"),
    ],
)
async def test_a_schema_outside_the_dialect_is_refused(server, schema, reason):
    status, _, answer = await ask(server, body(schema=schema))
    assert status == 400
    assert answer["code"] == "invalid-argument"
    assert "Schema validation failed" in answer["error"]
    assert reason in answer["error"]


async def test_the_answer_has_the_structure_of_the_recorded_one(server):
    if not RECORDED.exists():
        pytest.skip("needs ../shared/contract/grok beside the repository")
    real = json.loads(RECORDED.read_text("utf-8"))
    ours = await good(server, body(text=..., prompt_cache_key=...))
    assert _structure(ours) == _structure(real)


def _structure(value):
    """Keys and kinds, without the contents; of lists what their first item of each type is like."""
    if isinstance(value, dict):
        free = ("tools", "format")  # mirror the request
        return {
            key: None if key in free else _structure(part) for key, part in value.items() if part is not None
        }
    if isinstance(value, list):
        return {str(item.get("type")): _structure(item) for item in value if isinstance(item, dict)}
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


async def test_discovery_fits_its_schema_and_claims_only_what_was_cited(server):
    answer = await good(server)
    found = document(answer)
    assert fit(found, DISCOVER) == found
    assert found["narratives"]
    ids = claimed(answer)
    assert set(ids) <= set(cited(answer))
    assert len(ids) == len(set(ids))
    assert cited(answer) == server.calls[0].returned_ids
    assert all(SINCE <= created_at(int(post_id)) <= NOW for post_id in ids)


async def test_the_story_of_the_hour_becomes_a_narrative(server):
    narratives = document(await good(server))["narratives"]
    bridge = next(n for n in narratives if "Quarlen" in n["title"] or "QRLN" in n["tickers"])
    assert len(bridge["posts"]) >= 3
    assert bridge["stance"] == "bearish"


async def test_a_known_narrative_keeps_its_slug(server):
    content = prompt(
        "bridge exploit", known=[("qrln-hack", "Quarlen bridge hack"), ("other", "Something else")]
    )
    assert "qrln-hack" in [n["slug"] for n in document(await good(server, body(content)))["narratives"]]


async def test_chinese_posts_become_narratives_too(server):
    content = prompt("(跨链桥 OR 空投 OR 交易所 OR 稳定币) lang:zh")
    answer = await good(server, body(content))
    assert document(answer)["narratives"]
    assert all(3 <= len(n["slug"]) <= 48 for n in document(answer)["narratives"])


async def test_a_refresh_lists_every_post_flat(server):
    answer = await good(server, refresh(limit=5))
    assert list(document(answer)) == ["posts"]
    assert claimed(answer) == cited(answer) == server.calls[0].returned_ids
    assert len(claimed(answer)) == 5


async def test_no_search_returns_more_than_ten_rows(server):
    answer = await good(server, refresh(limit=50))
    assert len(claimed(answer)) == 10
    assert json.loads(answer["output"][1]["input"])["limit"] == "50"


async def test_the_tool_call_shows_its_arguments_as_strings(server):
    answer = await good(server)
    call = answer["output"][1]
    assert (call["type"], call["name"]) == ("custom_tool_call", "x_keyword_search")
    assert json.loads(call["input"]) == {
        "query": f"{QUERY} since_time:{int(SINCE.timestamp())} until_time:{int(NOW.timestamp())}",
        "limit": "10",
        "mode": "Latest",
    }


async def test_posts_are_billed_as_often_as_they_are_fetched(server):
    answer = await good(server, refresh(times=2))
    usage = answer["usage"]
    assert usage["server_side_tool_usage_details"]["x_search_calls"] == 2
    assert usage["server_side_tool_usage_details"]["x_posts_fetched"] == 20
    assert len(cited(answer)) == 10
    assert usage["cost_in_usd_ticks"] == server.billed_ticks == server.calls[0].billed_ticks
    assert usage["cost_in_usd_ticks"] == ticks(
        "grok-4.3",
        input_tokens=usage["input_tokens"],
        cached_tokens=usage["input_tokens_details"]["cached_tokens"],
        output_tokens=usage["output_tokens"],
        posts=20,
    )


async def test_a_repeated_prompt_key_finds_more_in_the_cache(server):
    first, second = [(await good(server))["usage"] for _ in range(2)]
    assert second["input_tokens_details"]["cached_tokens"] > first["input_tokens_details"]["cached_tokens"]
    assert second["input_tokens"] == first["input_tokens"]


async def test_tool_choice_none_searches_nothing_and_has_no_tool_usage(server):
    answer = await good(server, body(tool_choice="none"))
    assert "server_side_tool_usage_details" not in answer["usage"]
    assert [item["type"] for item in answer["output"]] == ["reasoning", "message"]
    assert document(answer) == {"narratives": []}


@pytest.mark.parametrize(
    "content", ["What moves crypto today?", "[1]", '{"task":"discover"}', '{"searches":7}']
)
async def test_words_without_searches_are_answered_without_sources(server, content):
    answer = await good(server, body(content, text=...))
    assert not message(answer)["annotations"]
    assert message(answer)["text"]
    assert server.calls[0].searches == []


async def test_plain_text_cites_inline_unless_told_not_to(server):
    inline = message(await good(server, body(text=..., include=[])))
    note = inline["annotations"][0]
    assert inline["text"][note["start_index"] : note["end_index"]] == f"[[1]]({note['url']})"
    assert note["title"] == "1"
    plain = message(await good(server, body(text=...)))
    assert "[[" not in plain["text"]
    assert [(a["start_index"], a["end_index"], a["title"]) for a in plain["annotations"]] == [
        (0, 0, a["url"]) for a in plain["annotations"]
    ]


async def test_a_malformed_query_finds_nothing_and_says_why_in_the_log(server):
    answer = await good(server, body(prompt('"never closed')))
    assert cited(answer) == []
    assert "never closed" in server.calls[0].searches[0]["error"]


async def test_the_tools_own_filters_hold(server):
    tomorrow = (NOW + timedelta(days=1)).date().isoformat()
    yesterday = (NOW - timedelta(days=1)).date().isoformat()
    for dates, some in (
        ({"from_date": yesterday, "to_date": tomorrow}, True),
        ({"to_date": yesterday}, False),
        ({"to_date": f"{yesterday}T00:00:00Z"}, True),  # no plain date: not applied
    ):
        answer = await good(server, refresh() | {"tools": [{"type": "x_search", **dates}]})
        assert bool(cited(answer)) is some
    author = document(await good(server, refresh()))["posts"][0]["author"]
    only = await good(server, refresh() | {"tools": [{"type": "x_search", "allowed_x_handles": [author]}]})
    assert {post["author"] for post in document(only)["posts"]} == {author}
    without = await good(
        server, refresh() | {"tools": [{"type": "x_search", "excluded_x_handles": [author]}]}
    )
    assert author not in {post["author"] for post in document(without)["posts"]}


async def test_a_semantic_search_is_looser(server):
    query = "quarlen unicorns validators"
    assert not cited(await good(server, refresh(query)))
    answer = await good(server, refresh(query, tool="x_semantic_search"))
    assert cited(answer) == claimed(answer) == server.calls[1].returned_ids != []


async def test_a_semantic_search_has_its_dates_and_no_mode_among_its_arguments(server):
    answer = await good(server, refresh("a sentence on bridges", tool="x_semantic_search", limit=7))
    call = answer["output"][1]
    assert call["name"] == "x_semantic_search" and json.loads(call["input"]) == {
        "query": "a sentence on bridges",
        "limit": "7",
        "from_date": "2026-11-22",
        "to_date": "2026-11-23",
        "min_score_threshold": "0.1",
    }


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_our_own_sentences_find_posts_of_the_stated_days_only(server, language):
    content = json.loads(prompt(semantic_query(language), tool="x_semantic_search"))
    found = cited(await good(server, body(json.dumps(content))))
    assert found and {f"{created_at(int(i)):%Y-%m-%d}" for i in found} == {"2026-11-22"}
    content["searches"][0] |= {"from_date": "2026-11-20", "to_date": "2026-11-21"}
    before = cited(await good(server, body(json.dumps(content))))
    assert before and {f"{created_at(int(i)):%Y-%m-%d}" for i in before} == {"2026-11-20"}


async def test_words_that_look_like_operators_mean_nothing_in_a_sentence(server):
    query = 'bridge exploit OR -"since:2030-01-01 ((from:nobody'
    assert cited(await good(server, refresh(query, tool="x_semantic_search")))


async def test_top_posts_are_those_people_reacted_to_most(server):
    def likes(answer):
        return [post["likes"] + 2 * post["reposts"] + post["replies"] for post in document(answer)["posts"]]

    top, latest = [await good(server, refresh(QUERY, mode=mode)) for mode in ("Top", "Latest")]
    assert likes(top) == sorted(likes(top), reverse=True) and sum(likes(top)) > sum(likes(latest))
    assert json.loads(top["output"][1]["input"])["mode"] == "Top" and claimed(top) == cited(top)


async def test_another_model_may_serve_without_a_word(server):
    assert (await good(server, body(model="grok-4-fast-non-reasoning")))["model"] == "grok-4.3"
    server.served_model = "grok-4.7"
    answer = await good(server)
    assert answer["model"] == "grok-4.7"
    assert answer["usage"]["cost_in_usd_ticks"] > server.calls[0].billed_ticks


async def test_store_and_key_are_mirrored(server):
    answer = await good(server)
    assert (answer["store"], answer["prompt_cache_key"], answer["tool_choice"]) == (
        False,
        "intern-test",
        "required",
    )
    assert (await good(server, body(store=...)))["store"] is True


def test_an_answer_is_made_to_fit():
    given = {
        "narratives": [
            {"slug": "NO", "title": "x" * 99, "extra": 1, "posts": [{"post_id": 5, "likes": None}]}
        ]
        * 12
    }
    found = fit(given, DISCOVER)["narratives"]
    assert len(found) == 10
    assert set(found[0]) == {"slug", "title", "summary", "tickers", "stance", "posts"}
    assert (found[0]["title"], found[0]["stance"], found[0]["tickers"]) == ("x" * 80, "bullish", [])
    assert set(found[0]["posts"][0]) == set(POST["properties"])


def test_optional_and_referenced_parts_of_a_schema_are_understood():
    schema = {
        "type": "object",
        "properties": {
            "a": {"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]},
            "b": {"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]},
        },
        "$defs": {"N": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    }
    assert list(violations(schema)) == []
    assert fit({"a": {"n": 3, "m": 4}}, schema) == {"a": {"n": 3}, "b": None}


async def test_an_empty_world_is_searched_in_vain():
    server = await XaiServer.start(world=World([]), now=lambda: NOW, api_key=KEY)
    try:
        answer = await good(server)
        assert document(answer) == {"narratives": []}
        assert answer["usage"]["server_side_tool_usage_details"]["x_posts_fetched"] == 0
    finally:
        await server.stop()


async def test_a_port_in_use_is_an_error_and_leaves_nothing_behind(server):
    port = int(server.base.rsplit(":", 1)[1].removesuffix("/v1"))
    with pytest.raises(OSError, match="address already in use"):
        await XaiServer.start(world=World([]), now=lambda: NOW, api_key=KEY, port=port)
