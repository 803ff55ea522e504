"""What is left out of the lists is collapsed and counted."""

from hypothesis import given
from hypothesis import strategies as st

from core.copies import families
from core.junk.asides import Aside, LeftOut, left_out
from core.text import signature

FARM = "Free tokens for the first five hundred wallets, follow and repost and drop your address"
OTHER = "Claim your share before the doors close tonight, like and retweet and tag three friends"


def asides(*groups):
    """Groups of (how many, author, text, junk)."""
    rows = [
        (author or f"author{i}.{n}", text, junk)
        for i, (count, author, text, junk) in enumerate(groups)
        for n in range(count)
    ]
    copied = families([text for _, text, _ in rows])
    return [
        Aside(str(n), author, signature(text) and copied[n] + 1, junk)
        for n, (author, text, junk) in enumerate(rows)
    ]


def test_a_flood_is_one_text_however_often_it_is_posted():
    found = left_out(asides((30, None, FARM, "airdrop farm"), (4, None, OTHER, "airdrop farm")))
    assert found == LeftOut(airdrop_floods=2)


def test_near_copies_with_another_tail_are_the_same_flood():
    posts = asides((3, None, FARM, "airdrop farm"), (3, None, f"{FARM} 🔥 hurry", "airdrop farm"))
    assert left_out(posts).airdrop_floods == 1


def test_a_price_bot_is_an_account_and_not_a_post():
    posts = asides((40, "ticker1", "BTC up", "price bot"), (40, "ticker2", "BTC up", "price bot"))
    assert left_out(posts) == LeftOut(price_bots=2)


def test_a_single_post_is_no_flood_and_is_counted_all_the_same():
    posts = asides((1, "ann", FARM, "airdrop farm"), (1, "bob", "BTC", "price bot"), (1, "cy", OTHER, "scam"))
    assert left_out(posts) == LeftOut(other_posts=3)


def test_ordinary_words_are_a_flood_from_five_copies_on():
    assert left_out(asides((4, None, OTHER, None))) == LeftOut()
    assert left_out(asides((5, None, OTHER, None))) == LeftOut(copy_floods=1)


def test_posts_without_words_are_copies_of_nothing():
    assert left_out(asides((20, None, "🚀", None))) == LeftOut()


@given(
    st.permutations(
        asides((4, None, FARM, "airdrop farm"), (7, None, OTHER, None), (3, "b", "x", "price bot"))
    )
)
def test_order_and_repetition_change_nothing(posts):
    assert left_out([*posts, *posts[:3]]) == LeftOut(airdrop_floods=1, copy_floods=1, price_bots=1)
