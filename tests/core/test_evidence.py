"""What a model claims becomes a fact only when its citations and the time in the id agree."""

import json
import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import claims
from core.errors import BadInput
from core.evidence import MAX_CLAIMS, SLACK, examine, post_time
from core.models import Answer, Post, QuestionKind, Search, Usage
from tests.bot.grok_fixtures import (
    CONTRACT,
    MINUTE,
    NOW,
    QUERY,
    SINCE,
    ago,
    claim,
    narrative,
    question,
    snowflake,
)

EMPTY = {"posts": []}
SEARCH = Search(tool="x_keyword_search", query=QUERY, mode="Latest", limit=10)
DISCOVER = QuestionKind.DISCOVER


def answer(document=EMPTY, cited=(), **given):
    return Answer(
        **{
            "response_id": "r",
            "served_model": "grok-4.3",
            "status": "completed",
            "searches": (SEARCH,),
            "cited": frozenset(cited),
            "document": document,
            "usage": Usage(searches=1, posts_fetched=len(tuple(cited))),
        }
        | given
    )


def refresh(*rows, cited=None, known=None, **given):
    """The verdict on a refresh that claims these rows; without `cited`, every claimed id is cited."""
    ids = [row["post_id"] for row in rows] if cited is None else cited
    return examine(question(), answer({"posts": list(rows)}, ids, **given), now=NOW, known=known or {})


def only(verdict):
    assert len(verdict.posts) == 1
    return verdict.posts[0]


# --- the time in an id


def test_an_id_carries_its_time_to_the_millisecond():
    assert post_time("1750283597167153477").isoformat() == "2024-01-24T22:25:02.918000+00:00"


@pytest.mark.skipif(not CONTRACT.exists(), reason="needs ../shared/contract/grok beside the repository")
def test_all_published_pairs_of_id_and_second_agree():
    pairs = json.loads((CONTRACT / "snowflake/pairs.json").read_text("utf-8"))["pairs"]
    assert len(pairs) >= 17
    for pair in pairs:
        assert post_time(pair["id"]).strftime("%Y-%m-%dT%H:%M:%SZ") == pair["utc_second"]


@pytest.mark.parametrize(
    "bad", ["20", "", "12345678901234", "01750283597167153477", "9" * 20, "abc" * 6, "１" * 18]
)
def test_what_is_no_snowflake_is_refused(bad):
    with pytest.raises(BadInput, match="15 to 19 digits"):
        post_time(bad)


@given(
    st.datetimes(min_value=NOW.replace(tzinfo=None, year=2011), max_value=NOW.replace(tzinfo=None, year=2070))
)
def test_the_time_of_an_id_is_the_time_it_was_made_from(naive):
    at = naive.replace(tzinfo=NOW.tzinfo)
    assert timedelta(0) <= at - post_time(snowflake(at)) < timedelta(milliseconds=1)


# --- the answer as a whole


def test_a_cited_post_in_the_window_is_accepted():
    verdict = refresh(claim(ago(10)))
    post = only(verdict)
    assert verdict.ok and verdict.returned == 1 and verdict.dropped == {}
    assert post.created_at == NOW - 10 * MINUTE and post.known_at == NOW
    assert (post.author, post.likes, post.views, post.stance) == ("someone", 3, 250, 0.5)
    assert post.text == "The bridge is open again" and post.lang == "en" and post.signature > 0


@pytest.mark.parametrize(
    "given_",
    [{"searches": ()}, {"usage": Usage(searches=0, posts_fetched=1)}],
    ids=["no tool call", "no search counted"],
)
def test_without_a_search_nothing_counts(given_):
    verdict = refresh(claim(ago(10)), **given_)
    assert (verdict.ok, verdict.fault, verdict.posts, verdict.covered_from) == (False, "ungrounded", (), None)


@pytest.mark.parametrize("status", ["incomplete", "failed", "cancelled", "queued"])
def test_an_answer_that_was_not_finished_is_not_used(status):
    verdict = refresh(claim(ago(10)), status=status)
    assert (verdict.ok, verdict.fault, verdict.posts) == (False, "incomplete", ())


def test_posts_without_any_citation_are_recalled_not_found():
    verdict = refresh(claim(ago(10)), cited=())
    assert (verdict.ok, verdict.fault, verdict.covered_from) == (False, "degraded", None)
    assert verdict.dropped == {"not cited": 1}


def test_nothing_claimed_and_nothing_cited_is_a_true_silence():
    verdict = refresh()
    assert verdict.ok and verdict.returned == 0 and verdict.covered_from == SINCE


def test_silence_after_posts_were_fetched_is_no_silence():
    verdict = refresh(usage=Usage(searches=1, posts_fetched=10))
    assert (verdict.ok, verdict.fault, verdict.covered_from) == (False, "degraded", None)


@pytest.mark.parametrize("document", [None, "no", [], {}, {"posts": None}, {"posts": {}}, {"narratives": []}])
def test_a_document_of_another_shape_is_unreadable_not_empty(document):
    verdict = examine(question(), answer(cited=[ago(5)], document=document), now=NOW)
    assert (verdict.ok, verdict.fault, verdict.covered_from) == (False, "unreadable", None)


# --- one claim


def test_an_id_that_was_not_cited_is_dropped():
    verdict = refresh(claim(ago(10)), claim(ago(11)), cited=[ago(10)])
    assert [post.id for post in verdict.posts] == [ago(10)] and verdict.dropped == {"not cited": 1}


@pytest.mark.parametrize(
    ("at", "accepted"),
    [
        (SINCE - SLACK, True),
        (SINCE - SLACK - timedelta(milliseconds=1), False),
        (NOW + SLACK, True),
        (NOW + SLACK + timedelta(milliseconds=1), False),
    ],
)
def test_the_window_has_two_minutes_of_slack(at, accepted):
    assert bool(refresh(claim(snowflake(at))).posts) is accepted


def test_old_and_future_posts_are_told_apart():
    verdict = refresh(claim(ago(600)), claim(ago(-30)))
    assert verdict.dropped == {"outside the window": 1, "future": 1} and verdict.ok


def test_a_post_after_the_window_but_before_now_is_outside():
    asked = question(until=NOW - 30 * MINUTE)
    verdict = examine(asked, answer({"posts": [claim(ago(10))]}, [ago(10)]), now=NOW)
    assert verdict.dropped == {"outside the window": 1}


@pytest.mark.parametrize(
    "row", [None, 7, "x", [], {}, {"post_id": None}, {"post_id": "20"}, {"post_id": True}]
)
def test_one_bad_row_never_loses_the_others(row):
    verdict = examine(question(), answer({"posts": [row, claim(ago(9))]}, [ago(9)]), now=NOW)
    assert only(verdict).author == "someone" and verdict.dropped == {"malformed": 1}


def test_an_id_written_as_a_number_is_read():
    assert only(refresh(claim(int(ago(10))), cited=[ago(10)])).id == ago(10)


def test_a_post_claimed_twice_counts_once():
    verdict = refresh(claim(ago(10)), claim(ago(10), author="other"))
    assert only(verdict).author == "someone" and verdict.dropped == {"duplicate": 1}


def test_endless_claims_are_cut():
    rows = [claim(ago(10, i)) for i in range(MAX_CLAIMS + 5)]
    document = {"narratives": [narrative(*rows)]}
    verdict = examine(question(DISCOVER), answer(document, [r["post_id"] for r in rows]), now=NOW)
    assert verdict.returned == MAX_CLAIMS and verdict.dropped == {"too many": 5}


@pytest.mark.parametrize(
    ("wrote", "read"),
    [
        ("@satoshi_1", "satoshi_1"),
        (" someone ", "someone"),
        ("two words", None),
        ("a" * 16, None),
        ("", None),
        (5, None),
        ("名前", None),
    ],
)
def test_an_author_is_a_handle_or_nothing(wrote, read):
    assert only(refresh(claim(ago(10), author=wrote))).author == read


@pytest.mark.parametrize("bad", [-1, 1.5, "12", True, None, [3], 1 << 70])
def test_a_count_that_cannot_be_is_unknown_not_zero(bad):
    assert only(refresh(claim(ago(10), reposts=bad))).reposts is None


def test_more_likes_than_views_makes_both_unknown():
    post = only(refresh(claim(ago(10), likes=900, views=10)))
    assert post.likes is None and post.views is None and post.reposts == 1


def test_counts_never_fall_below_what_was_known():
    before = Post(id=ago(10), created_at=NOW, known_at=NOW, likes=50, reposts=1, views=100)
    post = only(refresh(claim(ago(10), likes=3, reposts=1, views=250), known={ago(10): before}))
    assert (post.likes, post.reposts, post.views) == (None, 1, 250)


@pytest.mark.parametrize(
    ("wrote", "read"), [(-1, -1.0), (0, 0.0), (1.01, None), (float("nan"), None), ("0.5", None), (True, None)]
)
def test_a_stance_lies_between_minus_one_and_one(wrote, read):
    assert only(refresh(claim(ago(10), sentiment=wrote))).stance == read


@pytest.mark.parametrize(
    ("wrote", "kept"),
    [
        ("two\nlines\t here", "two lines here"),
        ("nul\x00 and \x1b[31m", "nul and [31m"),
        ("half \ud83d an emoji", "half an emoji"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        (None, ""),
        (12, ""),
    ],
)
def test_an_excerpt_is_one_visible_line(wrote, kept):
    assert only(refresh(claim(ago(10), excerpt=wrote))).text == kept


@pytest.mark.parametrize(
    "cluster", ["e\u0301", "\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469", "\u2764\ufe0f"]
)
def test_a_cut_excerpt_never_ends_inside_a_character(cluster):
    for lead in range(200 - len(cluster), 200):
        text = only(refresh(claim(ago(10), excerpt="x" * lead + cluster * 9))).text
        assert len(text) <= 200 and (len(text) - lead) % len(cluster) == 0


def test_an_excerpt_without_a_text_has_no_language_and_no_signature():
    post = only(refresh(claim(ago(10), excerpt=None)))
    assert (post.text, post.lang, post.signature) == ("", "und", 0)


# --- refresh and discovery


@pytest.mark.parametrize(
    "beside", [Search(tool="x_keyword_search", query="$DOGE", mode="Latest"), Search(tool="x_thread_fetch")]
)
def test_what_another_search_brought_up_is_not_taken_for_the_narratives_own(beside):
    verdict = refresh(claim(ago(10)), cited=[ago(10), ago(20)], searches=(SEARCH, beside))
    assert only(verdict).id == ago(10)


def test_a_refresh_counts_cited_posts_the_model_forgot_to_list():
    verdict = refresh(claim(ago(10)), cited=[ago(10), ago(20), ago(700)])
    forgotten = verdict.posts[1]
    assert verdict.returned == 2 and forgotten.id == ago(20)
    assert (forgotten.author, forgotten.text, forgotten.likes) == (None, "", None)


def test_a_refresh_by_meaning_salvages_nothing():
    asked = question(tool="x_semantic_search")
    run = Search(tool="x_semantic_search", query=QUERY, limit=10)
    assert examine(asked, answer(cited=[ago(20)], searches=(run,)), now=NOW).posts == ()


def test_discovery_keeps_only_what_the_model_listed():
    document = {"narratives": [narrative(claim(ago(10)))]}
    verdict = examine(question(DISCOVER), answer(document, [ago(10), ago(20)]), now=NOW)
    assert only(verdict).id == ago(10)


def test_discovery_also_keeps_the_posts_of_no_story():
    document = {"narratives": [narrative(claim(ago(10)))], "other": [claim(ago(20)), claim(ago(21))]}
    verdict = examine(question(DISCOVER), answer(document, [ago(10), ago(20)]), now=NOW)
    assert [post.id for post in verdict.posts] == [ago(10), ago(20)]
    assert [group.post_ids for group in verdict.groups] == [(ago(10),)]
    assert verdict.dropped == {"not cited": 1}


def test_a_group_holds_accepted_ids_only():
    rows = [claim(ago(10)), claim(ago(99999)), claim(ago(11)), claim(ago(12))]
    verdict = examine(
        question(DISCOVER),
        answer({"narratives": [narrative(*rows)]}, [ago(10), ago(12), ago(99999)]),
        now=NOW,
    )
    (group,) = verdict.groups
    assert group.post_ids == (ago(10), ago(12)) and group.tickers == ("BRDG",)
    assert (group.slug, group.title, group.stance) == ("bridge-reopens", "Bridge reopens", "bullish")
    assert verdict.dropped == {"outside the window": 1, "not cited": 1}


def test_a_refresh_has_no_groups():
    assert refresh(claim(ago(10))).groups == ()


def test_a_title_is_one_plain_line_of_eighty_characters():
    wrote = "<b>URGENT</b>\n[claim](tg://x) *now* \u202e`" + "y" * 200
    document = {"narratives": [narrative(claim(ago(10)), title=wrote)]}
    (group,) = examine(question(DISCOVER), answer(document, [ago(10)]), now=NOW).groups
    assert group.title.startswith("b URGENT /b claim (tg://x) now y") and len(group.title) == claims.TITLE


# --- what was really observed


def test_a_part_empty_page_covers_the_whole_window():
    assert refresh(*(claim(ago(m)) for m in range(1, 9))).covered_from == SINCE


def test_a_full_page_covers_back_to_its_oldest_post():
    assert refresh(*(claim(ago(m)) for m in range(1, 10))).covered_from == NOW - 9 * MINUTE


def test_the_limit_the_model_really_used_decides():
    short = SEARCH.model_copy(update={"limit": 3})
    assert (
        refresh(claim(ago(4)), claim(ago(6)), claim(ago(8)), searches=(short,)).covered_from
        == NOW - 8 * MINUTE
    )


def test_without_an_executed_limit_three_posts_are_a_full_page():
    silent = (SEARCH.model_copy(update={"limit": None}),)
    assert refresh(claim(ago(4)), claim(ago(6)), searches=silent).covered_from == SINCE
    three = [claim(ago(m)) for m in (4, 6, 8)]
    assert refresh(*three, searches=silent).covered_from == NOW - 8 * MINUTE


def test_posts_that_were_fetched_and_not_cited_fill_the_page_too():
    full = Usage(searches=1, posts_fetched=10)
    assert refresh(claim(ago(4)), claim(ago(6)), usage=full).covered_from == NOW - 6 * MINUTE


def test_a_full_page_of_which_nothing_in_the_window_was_cited_measures_nothing():
    verdict = refresh(cited=[ago(600)], usage=Usage(searches=1, posts_fetched=10))
    assert verdict.ok and verdict.returned == 0 and verdict.covered_from is None


def test_whole_days_around_the_window_are_no_shorter_time():
    same = SEARCH.model_copy(update={"query": f"{QUERY} since:2026-11-20 until:2026-11-21"})
    assert refresh(claim(ago(10)), searches=(same,)).covered_from == SINCE


def test_our_window_and_blanks_do_not_make_another_query():
    times = f"since_time:{int(SINCE.timestamp())} until_time:{int(NOW.timestamp())}"
    same = SEARCH.model_copy(update={"query": f"  (crypto   OR $BTC) {times} lang:en "})
    assert refresh(claim(ago(10)), searches=(same,)).covered_from == SINCE


def test_ten_posts_are_a_full_page_even_where_thirty_were_asked_for():
    wide = SEARCH.model_copy(update={"limit": 30})
    rows = [claim(ago(m)) for m in range(1, 11)]
    assert refresh(*rows, searches=(wide,)).covered_from == NOW - 10 * MINUTE


def test_a_full_page_of_discovery_is_full_whatever_was_grouped():
    cited = [ago(m) for m in range(1, 11)]
    verdict = examine(
        question(DISCOVER), answer({"narratives": [narrative(claim(cited[0]))]}, cited), now=NOW
    )
    assert verdict.returned == 1 and verdict.covered_from == NOW - 10 * MINUTE


def test_a_page_that_reaches_beyond_the_window_covers_it():
    verdict = refresh(*(claim(ago(m)) for m in (1, 5, 9, 70, 80, 90, 100, 110, 120, 130)))
    assert verdict.returned == 3 and verdict.covered_from == SINCE


def test_coverage_never_leaves_the_window():
    early = [claim(snowflake(SINCE - MINUTE, i)) for i in range(10)]
    assert refresh(*early).covered_from == SINCE
    late = [claim(snowflake(NOW + MINUTE, i)) for i in range(10)]
    assert refresh(*late).covered_from == NOW


@pytest.mark.parametrize(
    "executed",
    [
        {"mode": "Top"},
        {"mode": ""},
        {"query": f"{QUERY} within_time:10m"},
        {"query": f"{QUERY} since:2026-11-21"},
        {"query": f"{QUERY} until:2026-11-20"},
        {"query": "$BTC lang:en"},
        {"query": f"{QUERY} min_faves:20"},
        {"tool": "x_semantic_search"},
        {"query": f"{QUERY} since_time:{int(NOW.timestamp()) - 600}"},
        {"query": f"{QUERY} until_time:{int(NOW.timestamp()) - 600}"},
    ],
)
def test_another_search_than_ours_is_evidence_but_no_measure(executed):
    verdict = refresh(claim(ago(10)), searches=(SEARCH.model_copy(update=executed),))
    assert verdict.ok and verdict.returned == 1 and verdict.covered_from is None


def test_a_search_beside_ours_spoils_the_measure():
    beside = Search(tool="x_thread_fetch")
    assert refresh(claim(ago(10)), searches=(SEARCH, beside)).covered_from is None


def test_what_another_search_brought_up_is_not_salvaged():
    verdict = refresh(
        claim(ago(10)), cited=[ago(10), ago(20)], searches=(SEARCH, Search(tool="x_thread_fetch"))
    )
    assert only(verdict).id == ago(10)


def test_a_question_for_the_top_posts_measures_nothing():
    found = answer({"posts": [claim(ago(10))]}, [ago(10)])
    assert examine(question(mode="Top"), found, now=NOW).covered_from is None


def meant(*rows, cited=None, tool="x_semantic_search", query=QUERY):
    """The verdict on a discovery by meaning for which `tool` was run."""
    ids = [row["post_id"] for row in rows] if cited is None else cited
    run = Search(tool=tool, query=query, limit=10)
    asked = question(DISCOVER, tool="x_semantic_search")
    return examine(asked, answer({"narratives": [narrative(*rows)]}, ids, searches=(run,)), now=NOW)


@pytest.mark.parametrize("tool", ["x_semantic_search", "x_keyword_search"])
@pytest.mark.parametrize("query", [QUERY, "another"])
def test_a_search_by_meaning_brings_posts_and_groups_and_measures_nothing(tool, query):
    verdict = meant(claim(ago(10)), cited=[ago(10), ago(20)], tool=tool, query=query)
    assert verdict.ok and only(verdict).id == ago(10) and verdict.covered_from is None
    assert [group.post_ids for group in verdict.groups] == [(ago(10),)]


def test_days_of_a_search_by_meaning_are_cut_to_the_window_by_the_ids():
    verdict = meant(claim(ago(10)), claim(ago(400)))
    assert only(verdict).id == ago(10) and verdict.dropped == {"outside the window": 1}


def test_silence_by_meaning_or_rank_is_no_silence():
    asked = question(DISCOVER, mode="Top")
    empty = examine(asked, answer({"narratives": []}), now=NOW)
    assert meant().covered_from is None and empty.ok and empty.covered_from is None


# --- a stretch of the past


def past(*ids, executed=None, **given):
    """The verdict on a backfill of [NOW − 5 h, NOW − 3 h]; what is cited is claimed."""
    asked = question(
        QuestionKind.BACKFILL, since=NOW - timedelta(hours=5), until=NOW - timedelta(hours=3), **given
    )
    run = SEARCH.model_copy(update=executed or {})
    return examine(asked, answer({"posts": [claim(i) for i in ids]}, ids, searches=(run,)), now=NOW)


def test_a_backfill_counts_like_a_refresh_of_its_stretch():
    verdict = past(ago(200), ago(290), ago(60), ago(310))
    assert [post.id for post in verdict.posts] == [ago(200), ago(290)]
    assert verdict.covered_from == NOW - timedelta(hours=5)
    assert verdict.dropped == {"outside the window": 2} and verdict.groups == ()
    assert past(*(ago(190 + m) for m in range(10))).covered_from == NOW - 199 * MINUTE


def test_a_backfill_salvages_too():
    asked = question(QuestionKind.BACKFILL)
    assert only(examine(asked, answer(cited=[ago(10)]), now=NOW)).author is None


def test_a_page_full_of_posts_after_the_stretch_saw_nothing_of_it():
    """Where X ignores until_time the newest posts come: that is no silence in the stretch."""
    assert past(*(ago(m) for m in range(1, 11))).covered_from is None
    assert past(*(ago(m) for m in range(1, 6))).covered_from == NOW - timedelta(hours=5)


def test_a_page_that_begins_after_the_stretch_covers_what_it_reaches():
    assert past(*(ago(m) for m in range(100, 200, 10))).covered_from == NOW - 190 * MINUTE


def test_our_own_search_made_twice_measures_as_one():
    assert refresh(claim(ago(10)), searches=(SEARCH, SEARCH)).covered_from == SINCE


# --- whatever the model wrote

IDS = st.integers(-300, 300).map(ago)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20) | IDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)
NAMES = st.sampled_from(sorted(claim(""))) | st.text(max_size=4)
ROWS = st.lists(JSON | st.dictionaries(NAMES, JSON, max_size=8) | st.builds(claim, IDS), max_size=14)
STORIES = st.lists(JSON | st.builds(lambda rows, t: narrative(title=t, posts=rows), ROWS, JSON), max_size=5)
DOCUMENTS = (
    JSON
    | st.builds(lambda rows: {"posts": rows}, ROWS)
    | st.builds(lambda rows: {"narratives": rows}, STORIES)
)


@settings(max_examples=100)
@given(document=DOCUMENTS, cited=st.frozensets(IDS, max_size=14), kind=st.sampled_from(QuestionKind))
def test_no_json_whatever_raises_or_gets_an_uncited_or_misplaced_post_accepted(document, cited, kind):
    verdict = examine(question(kind), answer(cited=cited, document=document), now=NOW)
    ids = [post.id for post in verdict.posts]
    assert set(ids) <= cited and len(ids) == len(set(ids)) == verdict.returned
    assert all(SINCE - SLACK <= post_time(i) <= NOW + SLACK for i in ids)
    assert all(set(group.post_ids) <= set(ids) for group in verdict.groups)
    assert verdict.ok == (verdict.fault is None)
    if verdict.covered_from is not None:
        assert verdict.ok and SINCE <= verdict.covered_from <= NOW


@settings(max_examples=100)
@given(st.text(st.characters(), max_size=400), st.integers(1, 200))
def test_a_line_is_short_encodable_and_has_no_controls(text, limit):
    kept = claims.line(text, limit)
    assert len(kept) <= limit and kept == kept.strip()
    assert not {unicodedata.category(c) for c in kept} & {"Cc", "Cs", "Zl", "Zp"}
    assert all(c in "\u200c\u200d" for c in kept if unicodedata.category(c) == "Cf")
    assert kept.encode("utf-8").decode("utf-8") == kept
