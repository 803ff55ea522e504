"""Names and terms: what several authors say, never one stranger's words."""

import re
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.narratives.label import MAX_TITLE, background, distinctive_terms, grade, slug, title
from core.text import words

PROBE = [
    "The regulator closes its Aave investigation after four years",
    "Big day: regulator closes its Aave investigation, no charges",
    "Aave founder happy, that old investigation is over",
]
CHINESE = [
    "突发：冰岛法院冻结北极星矿业账户，调查继续",
    "北极星矿业账户被冰岛法院冻结，股东震惊",
    "听说北极星矿业出事，冰岛法院已经介入",
]
OTHERS = [
    f"bitcoin and ethereum prices today, market update number {word} for traders"
    for word in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
] * 5
COMMON = background([*OTHERS, *PROBE, *CHINESE])


def test_terms_are_what_the_texts_share_and_others_do_not():
    terms = distinctive_terms(PROBE, COMMON)
    assert terms
    assert all("market" not in term and "bitcoin" not in term for term in terms)
    assert "aave" in " ".join(terms)
    assert len(terms) <= 3


def test_chinese_terms_are_whole_words_not_pairs_of_characters():
    terms = distinctive_terms(CHINESE, COMMON)
    assert terms
    assert any(len(part) >= 4 for term in terms for part in term.split(" + "))


def test_texts_that_share_only_words_of_the_trade_have_no_terms():
    texts = ["bitcoin market update for traders today", "ethereum market update, traders wait", "gm frens"]
    assert distinctive_terms(texts, background([*OTHERS, *texts])) == ()


def test_one_voice_alone_has_no_terms_and_no_title():
    alone = [PROBE[0]]
    assert distinctive_terms(alone, COMMON) == ()
    assert title(alone, (), COMMON) == ""


def test_a_title_is_entity_and_shared_phrase_in_the_original_spelling():
    assert title(PROBE, ("AAVE",), COMMON) == "Regulator closes its Aave investigation"


def test_a_ticker_alone_is_never_the_title_when_a_phrase_tells_more():
    texts = [f"$BTC: {lead} miners unplug machines in the north" for lead in ("now", "wow", "so")]
    assert "miners unplug machines" in title(texts, ("BTC",), background([*OTHERS, *texts])).lower()


def test_the_ticker_is_the_title_when_nothing_else_is_shared():
    assert title(["$AAVE flying", "look at $AAVE"], ("AAVE",), COMMON) == "AAVE"


def test_the_models_title_is_taken_when_it_reads_and_fits():
    assert title(PROBE, ("AAVE",), COMMON, "Aave cleared by the regulator") == "Aave cleared by the regulator"


@pytest.mark.parametrize("proposal", ["Solana phone sells out", "aave", "$AAVE", "gm lfg", "", "the of and"])
def test_a_title_that_does_not_fit_or_say_anything_is_not_taken(proposal):
    assert title(PROBE, ("AAVE",), COMMON, proposal) == "Regulator closes its Aave investigation"


def test_the_models_english_title_may_name_a_chinese_story():
    assert title(CHINESE, (), COMMON, "Iceland freezes miner accounts") == "Iceland freezes miner accounts"


def test_markup_links_and_names_never_reach_a_title():
    proposal = "<b>Aave</b> *investigation* [closed](https://x.y) see evil.example/win @scammer `now`"
    made = title(PROBE, ("AAVE",), COMMON, proposal)
    assert not re.search(r"[<>*`\[\]@_]|://|evil", made)
    assert made.startswith("Aave investigation closed")


def test_a_long_title_is_cut_at_a_word():
    made = title(PROBE, ("AAVE",), COMMON, "Aave investigation " + "closed after many long years " * 5)
    assert len(made) <= MAX_TITLE
    assert made.split()[-1] in {"closed", "after", "many", "long", "years"}


@pytest.mark.parametrize(
    ("name", "says"), [("BTC", 0), ("", 0), ("Aave", 0), ("Aave probe", 1), ("Aave probe closed now", 2)]
)
def test_a_title_is_graded_by_what_it_says(name, says):
    assert grade(name) == says


def test_slugs_are_readable_or_the_id():
    assert slug("Aave: regulator closes probe!", "0123456789ab") == "aave-regulator-closes-probe"
    assert slug("日本央行", "0123456789ab") == "n-0123456789ab"
    assert slug("WET 上线", "0123456789ab") == "wet"


@settings(deadline=None)
@given(st.text(max_size=100), st.text(max_size=20))
def test_every_slug_can_stand_in_a_link(name, id):
    assert re.fullmatch(r"[a-z0-9-]{3,48}", slug(name, id))


@settings(deadline=None)
@given(st.lists(st.text(max_size=80), max_size=6), st.text(max_size=60))
def test_titles_never_raise_and_stay_short(texts, proposal):
    made = title(texts, ("AAVE",), background(texts), proposal)
    assert len(made) <= MAX_TITLE
    assert len(distinctive_terms(texts, background(texts))) <= 3


def test_the_order_of_texts_changes_nothing():
    names = {
        (title(list(order), (), COMMON), distinctive_terms(list(order), COMMON))
        for order in permutations(PROBE)
    }
    assert len(names) == 1


def test_a_background_counts_posts_not_occurrences():
    known = background(["aave aave aave probe", "aave"])
    assert known.posts == 2
    assert known.posts_with("aave") == 2
    assert known.posts_with("aave probe") == 1
    assert known.posts_with("unheard comet") == 0
    assert known.rarity("probe") > known.rarity("aave") > known.rarity("bitcoin") / 3 > 0
    assert words("aave probe") == ("aave", "probe")
