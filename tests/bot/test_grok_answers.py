"""Every shape an answer was seen in is read; only links to posts count as citations."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.grok import answers, wire
from core.errors import Rejected
from core.evidence import examine
from core.models import Answer, Search, Usage
from tests.bot.grok_fixtures import (
    CONTRACT,
    NOW,
    QUERY,
    ago,
    claim,
    message,
    question,
    response,
    tool_call,
    url,
    usage,
)


def said(*texts):
    return answers.parse(response(output=[message(text) for text in texts])).document


def searches(*items):
    return answers.parse(response(output=list(items))).searches


def cited(*urls):
    return answers.parse(response(output=[message("{}", urls)])).cited


def test_a_whole_answer_is_read():
    found = answers.parse(response({"posts": [claim(ago(5))]}, [ago(5), ago(6)]))
    assert (found.response_id, found.served_model, found.status) == ("resp-1", "grok-4.3", "completed")
    assert found.searches == (Search(tool="x_keyword_search", query=QUERY, mode="Latest", limit=10),)
    assert found.cited == {ago(5), ago(6)} and found.document == {"posts": [claim(ago(5))]}
    assert found.usage == Usage(
        input_tokens=9000,
        cached_tokens=1000,
        output_tokens=700,
        searches=1,
        posts_fetched=2,
        cost_ticks=219_500_000,
    )


def test_an_answer_carries_the_version_of_the_prompt_it_answers():
    assert answers.parse(response()).version == wire.VERSION
    assert answers.parse(response(), version="1").version == "1"


def test_what_is_read_passes_the_evidence_check():
    verdict = examine(question(), answers.parse(response({"posts": [claim(ago(5))]}, [ago(5)])), now=NOW)
    assert verdict.ok and [post.id for post in verdict.posts] == [ago(5)]


# --- tool calls


def test_the_older_name_of_a_search_is_understood():
    call = {"type": "x_search_call", "status": "completed", "arguments": '{"query":"q","limit":20}'}
    assert searches(call) == (Search(tool="x_search", query="q", limit=20),)


def test_all_tool_calls_of_x_search_are_seen_and_no_others():
    found = searches(
        tool_call(),
        tool_call("x_thread_fetch", post_id="1"),
        tool_call("view_image"),
        {"type": "web_search_call"},
    )
    assert [search.tool for search in found] == ["x_keyword_search", "x_thread_fetch"]


def test_a_search_that_was_not_completed_did_not_happen():
    assert searches(tool_call() | {"status": "failed"}, tool_call() | {"status": "in_progress"}) == ()


@pytest.mark.parametrize(
    ("wrote", "read"),
    [
        ("10", 10),
        (5, 5),
        ("0", None),
        ("", None),
        (None, None),
        ("ten", None),
        (-1, None),
        ("9" * 9, None),
        (True, None),
    ],
)
def test_a_limit_is_read_as_a_number_or_not_at_all(wrote, read):
    assert searches(tool_call(limit=wrote))[0].limit == read


@pytest.mark.parametrize("arguments", ["{broken", "[]", "null", None, 7, "[" * 100_000])
def test_a_search_with_unreadable_arguments_is_still_a_search(arguments):
    assert searches(tool_call() | {"input": arguments}) == (Search(tool="x_keyword_search"),)


# --- the document


def test_the_last_json_of_several_messages_counts():
    assert said("Searching now.", '{"posts": [1]}', '{"posts": [2]}') == {"posts": [2]}
    assert said('{"posts": [1]}', "That is all I found, 2") == {"posts": [1]}


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"a": 1}\n```',
        '```\n{"a": 1}```',
        'Here it is:\n```json\n{"a": 1}\n```\nDone.',
        ' {"a": 1}\n',
        '```json\n{"a": 1}',
    ],
)
def test_a_fence_around_the_json_is_taken_off(text):
    assert said(text) == {"a": 1}


def test_a_fence_inside_the_json_stays():
    assert said('{"a": "```json\\n{}```"}') == {"a": "```json\n{}```"}


@pytest.mark.parametrize(
    "text",
    ["", "Nothing found.", '{"posts": [', "7", '"text"', "null", "[" * 100_000, "```" + "\n" * 200_000],
)
def test_prose_and_broken_json_are_no_document(text):
    assert said(text) is None


def test_an_overlong_text_is_refused():
    with pytest.raises(Rejected, match="million") as caught:
        said("x" * (answers.MAX_TEXT + 1))
    assert caught.value.fault == "unreadable"


@pytest.mark.parametrize("body", [None, [], "text", 3, {}, {"output": None}, {"output": {}}])
def test_what_is_no_response_object_is_refused(body):
    with pytest.raises(Rejected) as caught:
        answers.parse(body)
    assert caught.value.fault == "unreadable"


# --- citations


@pytest.mark.parametrize(
    "link",
    [
        "https://x.com/i/status/{}",
        "https://x.com/some_one/status/{}",
        "https://twitter.com/some_one/status/{}?s=20",
        "http://www.x.com/i/web/status/{}",
        "https://X.com/i/status/{}/photo/1",
    ],
)
def test_links_to_posts_are_citations(link):
    assert cited(link.format(ago(5))) == {ago(5)}


@pytest.mark.parametrize(
    "link",
    [
        "https://x.com/i/user/{}",
        "https://x.com/{}",
        "https://x.com.evil.example/i/status/{}",
        "https://evil.example/x.com/i/status/{}",
        "https://x.com/i/status/{}99999999999",
        "https://x.com/i/status/0{}",
        "https://x.com/i/status/{}abc",
        "https://x.com/a_name_too_long_for_x/status/{}",
        "x.com/i/status/{}",
    ],
)
def test_other_links_are_not(link):
    assert cited(link.format(ago(5))) == frozenset()


def test_citations_of_all_messages_are_united():
    first, last = message("Looking.", [url(ago(5))]), message("{}", [url(ago(6))])
    assert answers.parse(response(output=[first, last])).cited == {ago(5), ago(6)}


def test_citations_beside_the_output_are_taken_too():
    assert answers.parse(response(citations=[url(ago(7)), 3, None])).cited == {ago(7)}


@pytest.mark.parametrize(
    "notes", [None, 5, {}, [None, 7, {"type": "file_citation", "url": url("1")}, {"type": "url_citation"}]]
)
def test_odd_annotations_are_passed_over(notes):
    item = message("{}")
    item["content"][0]["annotations"] = notes
    assert answers.parse(response(output=[item])).cited == frozenset()


# --- status and usage


def test_an_error_in_a_completed_answer_makes_it_failed():
    assert (
        answers.parse(response(error={"code": "server_error", "message": "A tool failed."})).status
        == "failed"
    )


@pytest.mark.parametrize("status", ["incomplete", "failed", "cancelled"])
def test_the_status_is_kept(status):
    assert (
        answers.parse(response(status=status, incomplete_details={"reason": "max_output_tokens"})).status
        == status
    )


def test_without_details_no_tool_is_counted_unless_the_total_says_so():
    silent = usage(num_server_side_tools_used=0)
    del silent["server_side_tool_usage_details"]
    assert answers.usage(silent).searches == 0
    assert answers.usage(silent | {"num_server_side_tools_used": 2}).searches == 2


@pytest.mark.parametrize("block", [None, [], "x", {}, {"input_tokens": "9", "input_tokens_details": 3}])
def test_a_missing_usage_says_nothing_about_the_bill(block):
    assert answers.usage(block) == Usage()


@pytest.mark.parametrize("bad", [-1, 1.5, True, "7", None, 10**30])
def test_a_number_that_cannot_be_is_no_number(bad):
    found = answers.usage(usage(cost_in_usd_ticks=bad, output_tokens=bad))
    assert found.cost_ticks is None and found.output_tokens == 0


def test_names_are_fit_for_the_database():
    found = answers.parse(response(id="r\ud800\x001" + "y" * 999, model={"no": "name"}))
    assert found.response_id.startswith("r1y") and len(found.response_id) <= 200 and found.served_model == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*sorted(response()), "content", "type", "text", "annotations", "name"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)
ITEMS = st.lists(
    JSON
    | st.builds(lambda name, v: tool_call() | {name: v}, st.sampled_from(sorted(tool_call())), JSON)
    | st.builds(lambda v: message("{}") | {"content": [v]}, JSON)
    | st.builds(lambda v: message("{}") | {"content": [{"text": "{}", "annotations": v}]}, JSON),
    max_size=4,
)


@given(st.sampled_from(sorted(response())), JSON, ITEMS)
def test_no_response_object_whatever_is_more_than_refused(name, value, items):
    try:
        found = answers.parse(response(output=items) | {name: value})
    except Rejected as refused:
        assert name == "output" and refused.fault == "unreadable"
    else:
        assert isinstance(found, Answer)
        assert isinstance(examine(question(), found, now=NOW).ok, bool)


# --- recordings


def recordings():
    """Every response object among the reference files, however deeply it lies."""

    def inside(name, value):
        if isinstance(value, dict):
            if isinstance(value.get("output"), list) and "usage" in value:
                yield name, value
            for part in value.values():
                yield from inside(name, part)

    for path in sorted(CONTRACT.rglob("*.json")):
        yield from inside(path.name, json.loads(path.read_text("utf-8")))


needs_contract = pytest.mark.skipif(
    not CONTRACT.exists(), reason="needs ../shared/contract/grok beside the repository"
)


@needs_contract
def test_every_recorded_answer_is_read():
    found = [(name, raw, answers.parse(raw)) for name, raw in recordings()]
    assert len(found) >= 9
    for name, raw, answer in found:
        bill = raw["usage"].get("cost_in_usd_ticks")
        assert (
            answer.usage.cost_ticks == bill and answer.usage.input_tokens == raw["usage"]["input_tokens"]
        ), name
        statuses = {note.rsplit("/", 1)[-1] for note in urls(raw) if "/status/" in note}
        assert answer.cited == statuses, name


def urls(raw):
    parts = [part for item in raw["output"] if item.get("type") == "message" for part in item["content"]]
    return [note["url"] for part in parts for note in part.get("annotations", [])]


@needs_contract
def test_the_recorded_searches_are_read_under_both_names():
    found = {name: answers.parse(raw) for name, raw in recordings()}
    new = found["37-x_search.grok-4.5.final-response.json"]
    assert new.searches == (Search(tool="x_keyword_search", query="from:xai", mode="Latest", limit=1),)
    assert new.usage.searches == new.usage.posts_fetched == len(new.cited) == 1
    old = found["xai-x-search-tool.1.text-shortened.json"]
    assert [(s.tool, s.limit) for s in old.searches] == [("x_semantic_search", 20)]
    assert old.usage.searches == 1 and len(old.cited) > 10


@needs_contract
def test_recorded_profiles_are_no_posts():
    (found,) = [answers.parse(raw) for name, raw in recordings() if name == "27-x-users.json"]
    assert found.cited == frozenset() and found.usage.users_fetched == 12
