"""The lexicon: what a post says of its subject by its words alone."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lexicon import valence
from core.lexicon.valence import lexicon, score

BULLISH = (
    "Price is about to break out, looking strong",
    "Still early. Buying the dip and stacking sats 🚀",
    "Shorts got liquidated but this bull run is not over, new highs next",
    "主力加仓，比特币暴涨创新高",
    "Биткоин растёт, держу и покупаю ещё",
    "Bitcoin sube con fuerza, sigo comprando",
    "Bitcoin yükseliyor, alım fırsatı",
)
BEARISH = (
    "Rug pull confirmed, the team drained the pool",
    "Going to zero, stay away from this scam 🤡",
    "Great team, but withdrawals halted and users got drained",
    "项目方跑路，又割韭菜，归零",
    "Обвал продолжается, это скам",
    "Otra estafa, el precio se desploma",
    "Piyasa çöktü, dolandırıcı proje",
)
SILENT = (
    "",
    "Block 840000 at 14:00 UTC",
    "$SAFE $MOON $LOVE",
    "@bullish_dave",
    "https://x.com/moon/scam",
    "比特币",
)


def test_the_example_is_true():
    assert doctest.testmod(valence).failed == 0


@pytest.mark.parametrize("text", BULLISH)
def test_hope_is_above_zero_in_five_languages(text):
    assert score(text) > 0.2


@pytest.mark.parametrize("text", BEARISH)
def test_fear_is_below_zero_in_five_languages(text):
    assert score(text) < -0.2


@pytest.mark.parametrize("text", SILENT)
def test_tickers_names_links_and_plain_words_tell_nothing(text):
    assert score(text) is None


@pytest.mark.parametrize(
    ("plain", "denied"),
    [
        ("bullish", "not bullish"),
        ("看好", "不看好"),
        ("растет", "не растет"),
        ("iyi", "iyi değil"),
        ("sube", "nunca sube"),
    ],
)
def test_a_denied_word_turns_round(plain, denied):
    assert score(plain) > 0 > score(denied)


def test_what_is_said_twice_as_strongly_weighs_more():
    assert score("extremely bullish") > score("bullish") > score("up")


def test_a_chinese_term_at_the_start_is_not_denied():
    assert score("利好") > 0


def test_a_longer_phrase_wins_over_its_words():
    assert score("dead cat bounce") < 0 < score("bounce")


def test_every_listed_word_can_be_found():
    known = lexicon()
    assert all(-4.0 <= v <= 4.0 for v in known.words.values())
    assert all(
        score(word) is not None for word in ("wagmi", "rekt", "туземун", "梭哈", "alcista", "boğa", "🪦")
    )


@given(st.text(max_size=300))
def test_any_text_has_a_score_within_bounds_or_none(text):
    found = score(text)
    assert found is None or -1.0 <= found <= 1.0
