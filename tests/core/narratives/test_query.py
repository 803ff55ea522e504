"""The searches we make: about the story, never about everything."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.narratives.query import MAX_QUERY, discovery_queries, refresh_query


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
