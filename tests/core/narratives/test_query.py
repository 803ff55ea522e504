"""The searches we make: about the story, never about everything."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.narratives.query import MAX_QUERY, counts_query, discovery_queries, refresh_query, semantic_query

LANGUAGES = ("en", "zh", "ja", "ko", "ru", "es", "tr")


def test_a_small_ticker_and_its_terms_are_alternatives():
    query = refresh_query(["AAVE"], ["sec investigation", "lending probe"])
    assert query == '($AAVE OR "sec investigation" OR "lending probe") -filter:nativeretweets'


@pytest.mark.parametrize("major", ["BTC", "ETH", "SOL", "$usdt"])
def test_a_story_inside_a_major_is_asked_for_by_its_terms(major):
    query = refresh_query([major], ["treasury outflow record"])
    assert query == '("treasury outflow record") -filter:nativeretweets'


def test_a_term_too_common_alone_is_paired():
    assert refresh_query(["BTC"], ["etf outflows"]) == '(($BTC "etf outflows")) -filter:nativeretweets'
    assert refresh_query([], ["etf", "quantum proof"]) == (
        '(("quantum proof" "etf") OR "quantum proof") -filter:nativeretweets'
    )


def test_words_that_tell_only_together_are_asked_for_together():
    assert refresh_query([], ["bridge + drama"]) == '(("bridge" "drama")) -filter:nativeretweets'


@pytest.mark.parametrize(
    ("tickers", "terms"), [([], []), (["BTC"], []), (["ETH", "SOL"], ['" "']), (["$1"], [""])]
)
def test_what_would_find_everything_is_refused(tickers, terms):
    with pytest.raises(BadInput, match="one distinctive term"):
        refresh_query(tickers, terms)


def test_at_most_three_tickers_and_three_terms_are_used():
    query = refresh_query(
        ["AA", "BB", "CC", "DD"], ["first thing", "second thing", "third thing", "fourth thing"]
    )
    assert "$DD" not in query
    assert "fourth" not in query


def test_a_strangers_wording_cannot_become_an_operator():
    query = refresh_query(["AAVE"], ['win" OR from:someone (lang:xx) "now'])
    assert query.count('"') == 2
    assert "from:" not in query
    assert "lang:" not in query


def test_discovery_asks_once_per_language():
    english, chinese = discovery_queries((), ("en", "zh"))
    assert english.endswith("lang:en -filter:nativeretweets")
    assert "bitcoin" in english
    assert "比特币" in chinese and "以太坊" in chinese
    assert "lang:zh" in chinese
    assert all(
        "$AAVE" in query for query in discovery_queries(("aave",), ("en", "zh", "ja", "ko", "ru", "es", "tr"))
    )


def test_an_unknown_language_is_refused_with_the_known_ones():
    with pytest.raises(BadInput, match=r"'xx'.*en, zh"):
        discovery_queries((), ("en", "xx"))


def test_the_search_by_meaning_is_a_plain_sentence_in_every_language():
    sentences = [semantic_query(language) for language in LANGUAGES]
    assert len(set(sentences)) == len(LANGUAGES)
    assert not any(re.search(r'["():$#<>]|\bOR\b|\bAND\b|(^| )-', sentence) for sentence in sentences)
    assert all(20 < len(sentence) <= 200 for sentence in sentences)


def test_no_sentence_in_an_unknown_language():
    with pytest.raises(BadInput, match=r"'xx'.*en, zh"):
        semantic_query("xx")


def test_counting_asks_the_same_search_in_the_words_of_the_x_api():
    query = refresh_query(["AAVE"], ["sec investigation"])
    assert counts_query(query) == '($AAVE OR "sec investigation") -is:retweet'


@given(st.lists(st.from_regex(r"[A-Z][A-Z0-9]{1,9}", fullmatch=True), min_size=1, max_size=80))
def test_every_search_of_ours_can_be_counted(tickers):
    for query in discovery_queries(tickers, LANGUAGES):
        assert "filter:" not in counts_query(query) and len(counts_query(query)) <= MAX_QUERY


def test_what_x_would_refuse_to_count_is_refused_before_it_is_paid():
    with pytest.raises(BadInput, match=r"513 characters.*512 at most"):
        counts_query("x" * 513)


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=5), st.lists(st.text(max_size=120), max_size=5))
def test_every_query_is_well_formed_or_refused(tickers, terms):
    try:
        query = refresh_query(tickers, terms)
    except BadInput:
        return
    assert len(query) <= MAX_QUERY
    assert query.count('"') % 2 == 0
    assert query.count("(") == query.count(")")
    assert not re.search(r"\(\$(BTC|ETH|SOL)( OR|\))|OR \$(BTC|ETH|SOL)( OR|\))", query)


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[A-Z][A-Z0-9]{1,9}", fullmatch=True), max_size=80))
def test_discovery_stays_within_what_x_accepts(tickers):
    assert all(len(query) <= MAX_QUERY for query in discovery_queries(tickers, ("en", "zh")))
