"""Events are found in raw posts of several languages, whatever the order the posts came in."""

import doctest
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Post
from core.narratives import cluster
from core.narratives.cluster import clustered, events

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PROBE = [
    "SEC closes its four year probe into Aave without action",
    "the SEC probe into Aave is closed, four years for nothing",
    "Aave founder says the SEC closed the probe",
]
BRIDGE = [
    "Lumen bridge drained of 40M, validators halt withdrawals",
    "withdrawals halted: attackers drained the Lumen bridge",
    "Lumen bridge exploit: validators confirm withdrawals are halted",
]
UPGRADE = [
    "以太坊主网升级完成，质押提款恢复",
    "主网升级完成后以太坊质押提款全部恢复",
    "以太坊质押提款恢复，主网升级顺利",
]
MINING = ["Майнеры в Сибири отключают оборудование", "В Сибири отключают майнеров, оборудование стоит"]


def post(number, text, hours=0.0):
    at = NOON + timedelta(hours=hours, minutes=number)
    return Post(id=str(10**15 + number + int(hours * 100)), created_at=at, known_at=at, text=text)


def told(*stories):
    """The stories' posts, one of each in turn."""
    width = max(map(len, stories))
    texts = [story[i] for i in range(width) for story in stories if i < len(story)]
    return [post(i, text) for i, text in enumerate(texts)]


def texts(found):
    return [{post.text for post in event.posts} for event in found]


def test_the_example_is_true():
    assert doctest.testmod(cluster).failed == 0


def test_posts_that_say_the_same_are_one_event_in_any_language():
    found = texts(events(told(PROBE, BRIDGE, UPGRADE, MINING)))
    assert len(found) == 4
    assert all(set(story) in found for story in (PROBE, BRIDGE, UPGRADE, MINING))


@given(st.permutations(told(PROBE, BRIDGE, UPGRADE)))
def test_the_order_of_arrival_changes_nothing(shuffled):
    assert events(shuffled) == events(told(PROBE, BRIDGE, UPGRADE))


def test_an_event_is_described_by_what_its_posts_share():
    described = [set(event.words[:3]) for event in events(told(PROBE, BRIDGE))]
    assert {"sec", "aave", "probe"} in described
    assert any(words <= {"lumen", "bridge", "withdrawals", "drained", "halted"} for words in described)


def test_an_old_event_does_not_swallow_what_only_resembles_it():
    first = told(PROBE)
    alike = "Coinbase says a probe by the SEC into staking has begun"
    soon, later = post(50, alike, hours=1), post(50, alike, hours=60)
    assert soon in events([*first, soon])[0].posts
    assert later not in events([*first, later])[0].posts


def test_what_everybody_says_in_a_large_event_still_tells():
    """A word of half the posts would have stopped telling; a word of one event has not."""
    large = [["lumen", "bridge", f"detail{i}", f"more{i}"] for i in range(200)]
    small = [[f"word{i}", f"other{i}", "market"] for i in range(200)]
    mixed = [text for pair in zip(large, small, strict=True) for text in pair]
    found = clustered([*mixed, ["lumen", "bridge", "market", "new"]])
    assert found[-1] == found[0]


def test_two_events_that_grow_together_become_one():
    begun_apart = [["alpha", "beta"], ["gamma", "delta"]]
    found = clustered([*begun_apart, *[["alpha", "beta", "gamma", "delta"]] * 6])
    assert len(set(found)) == 1


def test_posts_without_a_word_are_no_event():
    assert events([post(1, ""), post(2, "🚀 100 https://example.org @name")]) == []


def test_the_same_post_twice_is_one():
    assert len(events([post(1, PROBE[0]), post(1, PROBE[0])])[0].posts) == 1


WORDS = st.lists(st.sampled_from([f"w{i}" for i in range(30)]), min_size=1, max_size=8)


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.floats(0, 24 * 2000)), max_size=40))
def test_every_post_is_in_exactly_one_event(said):
    posts = [post(i, " ".join(f"{word}x" for word in words), hours) for i, (words, hours) in enumerate(said)]
    found = events(posts)
    assert sorted(p.id for event in found for p in event.posts) == sorted({p.id for p in posts})
    assert all(event.words for event in found)
    assert [len(event.posts) for event in found] == sorted((len(e.posts) for e in found), reverse=True)
