"""Whom a text names: tickers without false friends, names, and which name stands for which ticker."""

import pytest

from core.narratives.background import background
from core.narratives.entities import apart, goes_by, is_telling, named_in
from core.narratives.reading import read
from core.text import cashtags

CHATTER = [f"people talk about lunch and the weather, day {n}" for n in range(90)]
NIMBARA = [
    "The wallet of Nimbara is empty, $NMBR holders ask why",
    "Is anybody at Nimbara awake? $NMBR keeps falling",
    "My friend lost all to Nimbara, and $NMBR says nothing",
    "A patch for Nimbara is out, do not open $NMBR pages",
]
KNOWN = background([*CHATTER, *NIMBARA])


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("somETHing is wrong with mETHods", set()),
        ("I THINK A NFT OF THE CEO IN THE USA IS ATH, IMO", set()),
        ("the AI of a DEX and its DAO, GM", set()),
        ("$AI is a coin, AI is not", {"AI"}),
        ("#NFT #DeFi #AAVE", {"AAVE"}),
        ("buy QRLN now", {"QRLN"}),
        ("$ВТС is written with Cyrillic letters", {"BTC"}),
        ("zkPass (ZKP) is listed", {"ZKP"}),
        ("TradeTide（TTD）上线", {"TTD"}),
        ("The Commodity Futures Trading Commission (CFTC) and Market Makers (MM) agree", set()),
        ("it costs $100 and $5M", set()),
        ("EL MERCADO DE HOY", set()),
    ],
)
def test_what_is_a_ticker_and_what_is_none(text, tickers):
    assert read(text).named == tickers


def test_cashtags_fold_full_width_and_look_alike_letters():
    assert cashtags("＄ＡＡＶＥ and $АAVE") == ("AAVE",)


def test_a_name_is_a_word_that_people_write_with_a_capital():
    assert "nimbara" in KNOWN.names
    assert not KNOWN.names & {"people", "lunch", "patch", "day"}


def test_a_headline_in_capitals_makes_no_names():
    headlines = [
        "Exchange Halts Withdrawals After Large Outflow",
        "Large Exchange Halts Deposits After Outflow",
    ]
    assert background([*CHATTER, *headlines]).names == frozenset()


def test_a_name_that_goes_with_one_ticker_stands_for_it():
    assert KNOWN.aliases == {"nimbara": "nmbr"}
    assert named_in("they say Nimbara pays back", KNOWN).tickers == {"nmbr"}


def test_an_exchange_that_is_named_with_many_coins_stands_for_none():
    listings = [
        f"The desk of Harbrix will list ${ticker} {n}" for ticker in ("AAAA", "BBBB") for n in range(3)
    ]
    found = background([*CHATTER, *listings])
    assert "harbrix" not in found.aliases and "harbrix" not in found.names


def test_two_that_name_different_coins_are_apart_also_where_they_share_an_exchange():
    one, other = (named_in(f"Harbrix lists ${ticker}", KNOWN) for ticker in ("AAAA", "BBBB"))
    assert apart(one, other)
    assert not apart(one, named_in("nobody is named", KNOWN))


def test_a_title_keeps_its_name_when_nobody_says_it_any_more():
    whom = goes_by("Magma Finance", (), ("points",), KNOWN)
    assert whom.names == {"magma"}
    assert apart(whom, named_in("earn with Nimbara", KNOWN))


def test_a_coin_is_telling_and_an_old_name_is_not():
    old = background(["Somebody met Vitalik again"] * 40 + CHATTER)
    assert is_telling(named_in("$NMBR", KNOWN), KNOWN)
    assert not is_telling(named_in("Did Vitalik say so?", old), old)


def test_two_told_in_one_breath_are_no_first_and_last_name():
    pair = [f"the bridge of Zarmelo and Avorel is halted, case {n}" for n in range(4)]
    person = [f"they asked Mira Holtstein about rates, case {n}" for n in range(4)]
    found = background([*CHATTER, *pair, *person])
    assert found.parts == {"mira", "holtstein"}
    assert found.names >= {"zarmelo", "avorel"}


def test_beside_two_coins_a_name_stands_for_the_one_it_abbreviates_to():
    both = [f"they say Zarmelo and Avorel agree, $ZRML $AVRL follow, {n}" for n in range(4)]
    assert background([*CHATTER, *both]).aliases == {"zarmelo": "zrml", "avorel": "avrl"}


def test_an_exchange_is_not_taken_for_the_coin_it_lists_first():
    listings = [f"the desk of Harbrix lists $VLMX {n}" for n in range(9)]
    named = [f"they waited for Velumex on Harbrix, $VLMX is up {n}" for n in range(4)]
    assert background([*CHATTER, *listings, *named]).aliases == {"velumex": "vlmx"}


def test_a_story_with_a_ticker_is_about_no_other_one_it_names():
    assert goes_by("Harbrix lists Nimbara", ["VLMX"], [], KNOWN).tickers == {"vlmx"}
