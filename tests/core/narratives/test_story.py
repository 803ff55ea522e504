"""What a story is searched by: a bare name only where it is that story's own."""

import pytest

from core.narratives.background import background
from core.narratives.identity import _broadened
from core.narratives.story import leading_names, told
from tests.core.narratives.test_entities import CHATTER
from tests.core.narratives.test_identity import post

AUDIT = [
    "The audit of Korvane bridge found two holes, says the team",
    "Users fear that Korvane bridge stays closed for a week",
]
LATER = [
    "Nobody at Korvane answers any more",
    "Is Korvane safe? My funds wait there",
    "Since noon Korvane pays out again",
]


def story(texts, known):
    posts = [post(n, text) for n, text in enumerate(texts)]
    return told(posts, "", "", (), known)


def test_a_name_two_posts_use_is_searched_with_the_words_beside_it():
    known = background([*CHATTER, *AUDIT])
    assert leading_names(AUDIT, (), known) == ["korvane"]
    assert story(AUDIT, known).terms == ("korvane bridge",)


def test_a_name_that_came_up_lately_is_searched_alone():
    known = background([*CHATTER, *AUDIT, *LATER])
    assert story([*AUDIT, *LATER], known).terms == ("korvane",)


def test_a_term_is_shortened_to_a_name_only_when_the_name_has_come_up():
    quiet, loud = background([*CHATTER, *AUDIT]), background([*CHATTER, *AUDIT, *LATER])
    assert _broadened(("korvane bridge",), ("korvane",), quiet) == ("korvane bridge",)
    assert _broadened(("korvane bridge",), ("korvane",), loud) == ("korvane",)


@pytest.mark.parametrize(
    ("before", "after", "rising"), [(0, 3, False), (0, 4, True), (1, 7, False), (1, 8, True)]
)
def test_few_posts_prove_no_rise(before, after, rising):
    known = background([*["we met Korvane"] * before, *CHATTER, *["we met Korvane"] * after])
    assert known.is_rising("korvane") is rising


def test_a_word_that_always_follows_one_of_the_trade_is_no_name_of_its_own():
    texts = ["he told the Blockchain Association that", "she asked the Blockchain Association why"]
    assert "association" in background([*CHATTER, *texts]).parts


@pytest.mark.parametrize("place", ["Japan", "America", "Singapore"])
def test_a_place_is_no_name(place):
    assert background([*CHATTER, f"people in {place} pay more", f"we fly to {place}"]).names == frozenset()
