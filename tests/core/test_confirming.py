"""Two answers that agree, or X itself, vouch for a post; nothing else does."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.confirming import AGAIN, Embed, agree, by_answers, by_look_up, contradicted, worth_looking_up
from core.models import Post
from core.text import language, signature
from tests.core.makers import HOUR, NOW

WORDS = "Wallet X drained my account after the 3.1 update, do not sign anything"


def told(id="100", author="ada", text=WORDS, **fields):
    said = {"author": author, "text": text, "lang": language(text), "signature": signature(text)}
    return Post(**({"id": id, "created_at": NOW, "known_at": NOW} | said | fields))


def alone(*answers, known=None):
    """What becomes of the only post that was told."""
    (post,) = by_answers([[each] for each in answers], {known.id: known} if known else {}).values()
    return post


# --- agreement -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("author", "text", "same"),
    [
        ("ada", WORDS, True), ("ADA", WORDS.upper() + " 🚨 https://t.co/x", True),
        ("ada", WORDS[:45] + "…", True), ("ada", WORDS.replace("account", "wallet"), True),
        ("bob", WORDS, False), (None, WORDS, False), ("ada", "", False), ("ada", "https://t.co/x", False),
        ("ada", "Staking yields climb again as validators queue for the exit", False),
        ("ada", WORDS[:12], False),
    ],
)  # fmt: skip
def test_two_answers_agree_in_author_and_words(author, text, same):
    assert agree(told(), told(author=author, text=text)) is same
    assert agree(told(author=author, text=text), told()) is same


@pytest.mark.parametrize("silent", [told(author=None), told(text=""), told(author=None, text="")])
def test_who_says_nothing_confirms_nothing_not_even_itself(silent):
    assert not agree(silent, silent)


def test_one_answer_stays_reported():
    assert alone(told()) == told()


def test_a_second_answer_of_the_same_turn_confirms():
    assert alone(told(), told(text=WORDS + "!")) == told(confirmed="answers")


def test_an_earlier_answer_confirms_and_what_was_told_first_stays():
    before = told(author="Ada", known_at=NOW - HOUR, likes=3, looked_up_at=NOW - HOUR)
    now = alone(told(text=WORDS + "!", likes=5), known=before)
    assert (now.confirmed, now.author, now.text) == ("answers", "Ada", WORDS)
    assert (now.known_at, now.likes, now.looked_up_at) == (NOW, 5, NOW - HOUR)


def test_what_is_missing_is_filled_in_and_that_is_no_confirmation():
    post = alone(told(author=None, text=""), told(text=""), told(author=None))
    assert post == told()


def test_different_authors_confirm_nothing_and_are_counted():
    answers = [told(), told(author="bob"), told()]
    assert alone(*answers) == told()
    assert contradicted([[each] for each in answers], {}) == {"100"}
    assert alone(told(author="bob"), known=told()).author == "ada"
    assert contradicted([[told(author="bob")]], {"100": told()}) == {"100"}
    assert contradicted([[told(author="ADA"), told("101", author=None)]], {"100": told()}) == frozenset()


def test_different_words_of_one_author_confirm_nothing():
    assert alone(told(), told(text="Staking yields climb again")).confirmed is None


@pytest.mark.parametrize("by", ["answers", "look-up"])
def test_what_was_confirmed_stays_whatever_answers_tell(by):
    before = told(confirmed=by, looked_up_at=NOW - HOUR)
    now = alone(told(author="bob", text="other words", likes=7), told(author="bob"), known=before)
    assert now == before.model_copy(update={"likes": 7})


def test_a_post_that_is_gone_counts_no_more():
    gone = told(text="", gone=True)
    assert by_answers([[told(), told("101")], [told()]], {"100": gone}).keys() == {"101"}


authors = st.sampled_from([None, "ada", "Ada", "bob"])
said = st.builds(told, st.sampled_from(["1", "2"]), authors, st.sampled_from(["", WORDS, WORDS[:50]]))
answers = st.lists(st.lists(said, max_size=3, unique_by=lambda post: post.id), max_size=4)


@given(answers)
def test_nothing_is_lost_or_confirmed_by_less_than_two(answers):
    posts = by_answers(answers, {})
    everything = [post for answer in answers for post in answer]
    assert posts.keys() == {post.id for post in everything}
    for post in posts.values():
        same = [each for each in everything if each.id == post.id]
        assert bool(post.author) is any(each.author for each in same)
        assert bool(post.text) is any(each.text for each in same)
        if post.confirmed:
            assert sum(agree(post, each) for each in same) >= 2
            assert post.id not in contradicted(answers, {})


# --- X itself --------------------------------------------------------------------------------------------


def test_xs_word_wins_over_what_was_reported():
    found = Embed(author="RealAda", text="Коротко", gone=False)
    post = by_look_up(told(likes=3), found, at=NOW + HOUR)
    assert post == told(
        author="RealAda", text="Коротко", confirmed="look-up", looked_up_at=NOW + HOUR, likes=3
    )


def test_xs_words_are_kept_no_longer_than_others():
    post = by_look_up(told(), Embed(author="ada", text="word " * 90, gone=False), at=NOW)
    assert len(post.text) <= 200


def test_gone_means_no_words_and_nothing_vouched_but_id_time_and_counts_stay():
    post = by_look_up(told(confirmed="answers", likes=3), Embed(author=None, text="", gone=True), at=NOW)
    assert (post.gone, post.text, post.confirmed, post.looked_up_at) == (True, "", None, NOW)
    assert (post.id, post.created_at, post.likes) == ("100", NOW, 3)


def test_without_a_handle_nothing_is_vouched_for():
    post = by_look_up(told(), Embed(author=None, text="other", gone=False), at=NOW)
    assert post == told(looked_up_at=NOW)


def test_each_post_is_looked_up_once_the_most_important_first():
    ago = NOW - AGAIN + timedelta(seconds=1)
    posts = [
        told("1", confirmed="look-up", looked_up_at=NOW - 9 * HOUR), told("2"), told("3", gone=True),
        told("4", looked_up_at=ago), told("2"), told("5", confirmed="answers"),
        told("6", looked_up_at=NOW - AGAIN), told("7"),
    ]  # fmt: skip
    assert [post.id for post in worth_looking_up(posts, now=NOW, most=9)] == ["2", "5", "6", "7"]
    assert [post.id for post in worth_looking_up(posts, now=NOW, most=2)] == ["2", "5"]
    assert worth_looking_up(posts, now=NOW, most=0) == []
