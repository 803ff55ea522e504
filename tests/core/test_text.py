"""Worked examples in several languages, and properties that hold for any string."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import cashtags, hashtags, language, normalise, readable, signature, words

ENGLISH = "Aave Labs says the regulator has closed its four year probe without any action against the lender"
NOISE = st.sampled_from(
    ["🚀", "!!!", " 42 ", "…", " @some_body ", " https://example.org/a?b=1 ", "🇺🇸", "™", "\u200b", " - "]
)


def test_links_names_and_entities_are_not_text():
    assert readable("Aave &amp; Lido by @writer: https://t.co/abc1 done") == "Aave & Lido by : done"
    assert normalise("  Aave\n\nWINS ") == "aave wins"


def test_a_link_ends_where_chinese_begins():
    assert words("https://t.co/abc看涨以太坊")[0] == "看涨"


def test_words_are_telling_words_and_chinese_bigrams():
    assert words("gm frens, the SEC closes its probe. LFG") == ("sec", "closes", "probe")
    assert words("稳定币的监管框架") == ("稳定", "定币", "监管", "管框", "框架")
    assert words("我们今天已经没有了") == ()
    assert words("it's 100k or 10x, don't ask about web3's x402") == ("web3", "x402")


def test_odd_capitals_are_the_same_word():
    assert words("somETHing HAPPENED to ETHENA") == words("something happened to Ethena") == ("ethena",)


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("$AAVE and $aave, then $LDO.", ("AAVE", "LDO")),
        ("up to $100k, $5M or $1,000", ()),
        ("US$BTC $K $ $TOOLONGTICKER", ()),
        ("看好$AAVE会涨", ("AAVE",)),
        ("somETHing about ETH", ()),
        ("＄ＢＴＣ and 𝗯𝗼𝗹𝗱 $𝗦𝗢𝗟", ("BTC", "SOL")),
        ("$ВТС in Cyrillic, $AАVE with one", ("BTC", "AAVE")),
        ("$1INCH is an amount, $A16Z is not", ("A16Z",)),
        ("https://example.org/$AAVE", ()),
    ],
)
def test_cashtags_are_tickers_and_never_amounts(text, tickers):
    assert cashtags(text) == tickers


def test_hashtags_keep_words_and_leave_numbers():
    assert hashtags("#Aave #aave #1 #稳定币 &#39; a#b") == ("aave", "稳定币")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Aave wins", "en"),
        ("$AAVE 突破新高", "zh"),
        ("Aave 协议升级完成 mainnet", "zh"),
        ("ビットコインが上昇", "ja"),
        ("비트코인 상승", "ko"),
        ("Биткоин растёт", "ru"),
        ("بيتكوين يرتفع", "ar"),
        ("$BTC 100,000 🚀", "und"),
        ("https://example.org @someone", "und"),
        ("", "und"),
        ("・ ٣", "und"),  # marks and digits of a script, not a letter of it
    ],
)
def test_the_language_is_that_of_the_script(text, code):
    assert language(text) == code


def test_nothing_to_read_has_no_signature():
    assert signature("") == signature("🚀 100 https://example.org @name") == 0


def test_a_changed_word_changes_the_signature():
    assert signature(ENGLISH) != signature(ENGLISH.replace("without", "with no"))


@settings(deadline=None)
@given(st.lists(NOISE, min_size=4, max_size=4), st.booleans())
def test_decoration_does_not_change_a_signature(noise, shout):
    head, middle, tail, extra = noise
    first, second = ENGLISH.split(" closed ")
    copy = f"{head} {first} {middle} closed {extra} {second} {tail}"
    assert signature(copy.upper() if shout else copy) == signature(ENGLISH)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_string_gets_the_same_answer_twice(text):
    assert words(text) == words(text)
    assert all(len(word) >= 2 for word in words(text))
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]{1,9}", ticker) for ticker in cashtags(text))
    assert hashtags(text) == hashtags(text)
    assert language(text) in {"en", "zh", "ja", "ko", "ru", "ar", "und"}
    assert 0 <= signature(text) < 2**63
