"""Stories founded apart become one when they are one, and only then."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.narratives.label import background
from core.narratives.merging import merged, survivor, united
from tests.core.makers import HOUR, NOW, narrative

CHATTER = [
    f"calm thoughts about patience and the {word} weather" for word in ("old", "new", "wet", "dry")
] * 20
DRAIN = [
    "The Quarlen bridge lost its reserves after a forged proof",
    "Post mortem: Quarlen validated a proof against an old root",
    "Everyone asks when Quarlen pauses withdrawals",
]
CHINESE = ["Quarlen 跨链桥被攻击，损失惨重", "刚刚看到 Quarlen 出事，快撤", "Quarlen 官方还没有回应"]


def told(id, hours_ago, **fields):
    """A narrative first seen that long ago."""
    seen = NOW - hours_ago * HOUR
    base = {
        "first_seen_at": seen,
        "earliest_post_at": seen,
        "terms": (f"only {id}", "quarlen"),
        "title": f"Tale of {id}",
    }
    return narrative(id, **(base | fields))


def world(*stories, more=()):
    """evidence and texts of (narrative id, texts) pairs, and the background with `more` posts of nobody."""
    said = {f"{id}{i}": text for id, texts in stories for i, text in enumerate(texts)}
    evidence = {id: {f"{id}{i}" for i in range(len(texts))} for id, texts in stories}
    return evidence, said, background([*CHATTER, *said.values(), *more])


def leads(changed):
    return {n.id: n.redirect_to for n in changed if n.redirect_to}


def test_the_same_leading_ticker_makes_one_story_of_two():
    a, b = told("a", 9, tickers=("ZORP",)), told("b", 2, tickers=("ZORP", "BTC"))
    changed, events = merged([b, a], *world(), NOW)
    assert leads(changed) == {"b": "a"}
    assert {(e.narrative_id, e.kind) for e in events} == {("a", "MERGED"), ("b", "MERGED")}
    assert all("same ticker ZORP" in e.reason for e in events)
    assert "Tale of a" in next(e.reason for e in events if e.narrative_id == "b")


@pytest.mark.parametrize(
    ("one", "other"),
    [(("BTC",), ("BTC",)), (("ZORP",), ("BLIP", "ZORP")), ((), ()), (("ETH",), ("ETH", "ZORP"))],
)
def test_a_major_or_a_ticker_further_back_joins_nothing(one, other):
    assert merged([told("a", 9, tickers=one), told("b", 2, tickers=other)], *world(), NOW) == ([], [])


def test_half_of_the_smaller_ones_posts_make_one_story():
    evidence = {"a": set("123456"), "b": set("5678"), "c": set("6xyz"), "d": {"z", "w"}}
    changed, events = merged([told(id, i) for i, id in enumerate("dcba")], evidence, {}, background([]), NOW)
    assert leads(changed) == {"b": "a"}
    assert "2 of 4 posts the same" in events[0].reason


def test_a_small_story_does_not_glue_two_large_ones():
    evidence = {"a": set("123456"), "b": set("abcdef"), "c": set("123abx")}
    changed, _ = merged([told("a", 9), told("b", 8), told("c", 7)], evidence, {}, background([]), NOW)
    assert leads(changed) == {"c": "a"}


def test_a_rare_name_joins_a_story_told_in_two_languages():
    changed, events = merged(
        [told("a", 9, title="Quarlen"), told("b", 2, title="Quarlen")],
        *world(("a", DRAIN), ("b", CHINESE)),
        NOW,
    )
    assert leads(changed) == {"b": "a"}
    assert "same rare name 'quarlen'" in events[0].reason


def test_a_name_that_many_others_write_too_joins_nothing():
    more = [f"Quarlen is one of {n} names I watch" for n in range(5)]
    stories = world(("a", DRAIN), ("b", CHINESE), more=more)
    assert merged([told("a", 9), told("b", 2)], *stories, NOW) == ([], [])


def test_a_persons_name_joins_nothing():
    bought = ["Ada Quarlen bought more of it", "So Ada Quarlen bought the dip", "Filing: Ada Quarlen bought"]
    spoke = [
        "Ada Quarlen says winter is over",
        "On stage Ada Quarlen promised rain",
        "Ada Quarlen spoke again",
    ]
    assert merged([told("a", 9), told("b", 2)], *world(("a", bought), ("b", spoke)), NOW) == ([], [])


def test_a_common_word_is_no_name():
    one = ["the quarlen is warm", "a quarlen swims", "my quarlen sings"]
    other = ["quarlen, quarlen", "no quarlen here", "quarlen or not"]
    assert merged([told("a", 9), told("b", 2)], *world(("a", one), ("b", other)), NOW) == ([], [])


def test_a_word_that_only_begins_sentences_is_no_name():
    one = ["Weekly points drop", "Weekly points fell", "wow. Weekly numbers"]
    other = ["Weekly close ahead", "Weekly close is near", "so: Weekly close"]
    a, b = told("a", 9, title="Weekly points"), told("b", 2, title="Weekly close")
    assert merged([a, b], *world(("a", one), ("b", other)), NOW) == ([], [])


def test_a_story_called_otherwise_needs_the_name_in_nearly_all_its_posts():
    aside = ["I add on dips, not Quarlen", "adding on dips despite Quarlen", "adding on dips"]
    named = told("b", 2, title="Quarlen drained")
    assert merged(
        [told("a", 9, terms=("adding on dips",)), named], *world(("a", aside), ("b", CHINESE)), NOW
    ) == ([], [])


def test_a_name_joins_only_what_lives_in_the_same_two_days():
    old = told("a", 90, last_post_at=NOW - timedelta(hours=49))
    assert merged([old, told("b", 2)], *world(("a", DRAIN), ("b", CHINESE)), NOW) == ([], [])


def test_a_name_does_not_join_stories_of_different_tickers():
    one, other = told("a", 9, tickers=("ZORP",)), told("b", 2, tickers=("BLIP",))
    assert merged([one, other], *world(("a", DRAIN), ("b", CHINESE)), NOW) == ([], [])


def test_a_chain_ends_at_the_oldest():
    a, b, c = told("a", 9, tickers=("ZORP",)), told("b", 8, tickers=("ZORP",)), told("c", 7)
    changed, _ = merged([c, b, a], *world(("a", []), ("b", DRAIN), ("c", CHINESE)), NOW)
    assert leads(changed) == {"b": "a", "c": "a"}


def test_what_was_merged_before_stays_where_it_is():
    gone = told("b", 2, tickers=("ZORP",), redirect_to="x")
    assert merged([told("a", 9, tickers=("ZORP",)), gone], *world(), NOW) == ([], [])


def test_the_survivor_takes_over_what_the_others_knew():
    a = told("a", 9, tickers=("BTC",), terms=("bridge drained",), title="Bridge")
    b = told(
        "b", 2, tickers=("ZORP",), terms=("drained again", "forged proof"), title="Forged proof opens bridge",
        earliest_post_at=NOW - 30 * HOUR, last_post_at=NOW + HOUR,
    )  # fmt: skip
    after = united(a, [b])
    assert (after.id, after.slug, after.first_seen_at) == (a.id, a.slug, a.first_seen_at)
    assert after.tickers == ("ZORP", "BTC")
    assert after.terms == ("bridge drained", "forged proof")
    assert after.title == "Forged proof opens bridge"
    assert (after.earliest_post_at, after.last_post_at) == (b.earliest_post_at, b.last_post_at)
    assert "$ZORP" in after.query
    assert '"forged proof"' in after.query


def test_redirects_are_followed_to_their_end_and_a_circle_ends():
    assert survivor("a", {"a": "b", "b": "c"}) == "c"
    assert survivor("x", {"a": "b"}) == "x"
    assert survivor("a", {"a": "b", "b": "a"}) == "a"


TICKERS = st.lists(st.sampled_from(["ZORP", "BLIP", "BTC"]), max_size=2, unique=True)
POSTS = st.sets(st.integers(0, 12), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TICKERS, POSTS), max_size=7), st.randoms(use_true_random=False))
def test_order_changes_nothing_and_every_redirect_ends_at_a_living_older_one(drawn, shuffler: random.Random):
    stories = [told(f"n{i}", i // 2, tickers=tuple(t)) for i, (t, _) in enumerate(drawn)]
    texts = [*DRAIN, *CHINESE, *CHATTER[:7]]
    said = {str(i): text for i, text in enumerate(texts)}
    evidence = {f"n{i}": {str(p) for p in posts} for i, (_, posts) in enumerate(drawn)}
    straight = merged(stories, evidence, said, background(texts), NOW)
    mixed = shuffler.sample(stories, len(stories))
    order = {n.id: evidence[n.id] for n in shuffler.sample(stories, len(stories))}
    turned = merged(
        mixed, order, dict(shuffler.sample(list(said.items()), len(said))), background(texts), NOW
    )
    assert turned == straight
    after = {n.id: n for n in stories} | {n.id: n for n in straight[0]}
    for n in straight[0]:
        if n.redirect_to:
            assert after[n.redirect_to].redirect_to is None
            assert after[n.redirect_to].first_seen_at <= n.first_seen_at
    assert len({e.narrative_id for e in straight[1]}) == len(straight[1]) == len(straight[0])
