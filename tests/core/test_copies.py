"""A post that somebody decorated, cut, shuffled or retyped is found to be a copy; another one is not."""

import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import copies
from core.copies import alike, families, settled
from core.models import Excerpt, Post
from core.text import signature

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENGLISH = "Aave Labs says the regulator has closed its four year probe. No action is taken against the lender"
OTHER = "Bitcoin miners in the north switch off their machines after the power price doubled within a week"
CHINESE = "以太坊主网升级完成，质押提款全部恢复，开发者说没有发现任何问题"


def post(id, text, **fields):
    given = {"created_at": NOON, "known_at": NOON, "signature": signature(text)} | fields
    return Post(id=str(id), text=text, **given)


def by_id(*posts):
    return {each.id: each for each in posts}


def excerpt(id, text, number):
    return Excerpt(str(id), text, number)


def test_the_example_is_true():
    assert doctest.testmod(copies).failed == 0


@pytest.mark.parametrize(
    "copy",
    [
        ENGLISH.upper(),
        f"RT @some_body: {ENGLISH}",
        f"🚨🚨 {ENGLISH} #Aave #DeFi https://example.org/x",
        ENGLISH.replace("Labs says", "team confirms"),
        ENGLISH[:70] + "…",
        "No action is taken against the lender. Aave Labs says the regulator has closed its four year probe",
        ENGLISH.replace("o", "о").replace("c", "с"),
        ENGLISH.replace("four", "4"),
    ],
    ids=["case", "repost", "decorated", "words", "cut", "shuffled", "look-alikes", "number"],
)
def test_a_copy_is_recognised(copy):
    assert alike(ENGLISH, copy)
    assert not alike(OTHER, copy)


def test_chinese_copies_go_by_their_characters():
    assert alike(CHINESE, CHINESE.replace("全部", "已经") + " 🚀 #ETH")
    assert not alike(CHINESE, "比特币现货基金昨日净流出，分析师说市场情绪没有发生任何变化")


def test_few_words_are_a_copy_only_of_the_same():
    assert alike("gm frens", "GM frens 🚀")
    assert not alike("gm frens", "gm all frens")
    assert not alike("it will be at the end of this year", "so it is for us at the end of this year")


def test_a_short_text_within_a_long_one_is_no_copy_of_it():
    short = "the regulator has closed its four year probe"
    assert alike(short, f"{short} today")
    assert not alike(short, f"{OTHER}. {short}. {OTHER[::-1]}")


def test_small_changes_one_after_another_end_in_another_family():
    words = ENGLISH.split()
    drifted = " ".join([*words[4:], "and", "markets", "cheer"])
    further = " ".join([*drifted.split()[5:], "while", "others", "wait", "for", "news"])
    assert alike(ENGLISH, drifted) and alike(drifted, further) and not alike(ENGLISH, further)
    assert families([ENGLISH, drifted, further]) == [0, 0, 2]


def test_texts_without_letters_are_copies_of_nothing():
    assert families(["", "🚀", "100", ""]) == [0, 1, 2, 3]
    assert families([]) == []


VOCABULARY = ["one", "two", "three", "four", "the", "of", "比特币", "以太坊", "$AAVE", "#defi", "", "🚀"]
TEXTS = st.lists(st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join), max_size=25)


@settings(deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_in_which_posts_are_handed_over_changes_nothing(texts, chance):
    posts = [post(i + 1, text) for i, text in enumerate(texts)]
    known = [excerpt(i + 100, text, i + 7) for i, text in enumerate(texts) if i % 3 == 0]
    mixed, remembered = list(posts), [*known, *known]
    chance.shuffle(mixed)
    chance.shuffle(remembered)
    assert settled(by_id(*mixed), remembered) == settled(by_id(*posts), known)


@settings(deadline=None)
@given(TEXTS)
def test_a_family_is_called_by_its_original(texts):
    found = families(texts)
    assert all(family <= i and found[family] == family for i, family in enumerate(found))
    same = [signature(a) == signature(b) != 0 for a in texts for b in texts]
    families_agree = [x == y for x in found for y in found]
    assert all(agree or not equal for equal, agree in zip(same, families_agree, strict=True))


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_strings_have_families(texts):
    assert len(families(texts)) == len(texts)


def test_new_copies_are_counted_by_the_signature_of_the_known_post():
    new = by_id(post(20, f"RT @x: {ENGLISH}"), post(30, OTHER))
    found = settled(new, [excerpt(10, ENGLISH, 77)])
    assert found["20"].signature == 77
    assert found["30"].signature == signature(OTHER)


def test_new_copies_of_each_other_share_the_signature_of_the_older():
    first, second = post(20, ENGLISH), post(30, ENGLISH[:70])
    assert first.signature != second.signature
    for posts in (by_id(first, second), by_id(second, first)):
        assert {p.signature for p in settled(posts, []).values()} == {first.signature}


def test_a_known_post_keeps_its_signature_whatever_comes_later():
    known = [excerpt(10, ENGLISH, 77), excerpt(20, OTHER, 88)]
    bridge = post(30, f"{ENGLISH} {OTHER}"[:200])
    assert alike(bridge.text, ENGLISH) and alike(bridge.text, OTHER)
    found = settled(by_id(post(20, OTHER, signature=88), bridge), known)
    assert (found["20"].signature, found["30"].signature) == (88, 77)


def test_a_post_whose_words_changed_is_read_anew():
    found = settled(by_id(post(20, OTHER)), [excerpt(20, ENGLISH, 77), excerpt(10, OTHER, 88)])
    assert found["20"].signature == 88


def test_what_says_nothing_has_no_signature():
    assert settled(by_id(post(20, "", signature=0)), [excerpt(10, "", 0)])["20"].signature == 0
