"""The simulated X: the same from the same seed, plausible in its volumes, true to its ground truth."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.sandbox.world import Planted, Surge, WorldError, created_at, simulated_world
from bot.sandbox.world.lines_story import EN, ZH

START = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def world():
    return simulated_world(seed=7, start=START, days=5)


def told(world, slug):
    return [post for post in world.posts if post.story == slug]


def test_the_same_seed_gives_the_same_posts():
    once, again = (simulated_world(seed=3, start=START, days=1) for _ in range(2))
    assert once.posts == again.posts
    assert once.planted == again.planted


def test_another_seed_gives_other_posts():
    ids = [{post.id for post in simulated_world(seed=seed, start=START, days=0.5).posts} for seed in (1, 2)]
    assert not ids[0] & ids[1]


def test_on_a_wild_day_ordinary_talk_is_louder_for_hours_and_as_usual_before():
    surge = Surge(START + 12 * HOUR, factor=4.0, half_life_hours=3.0)
    calm, wild = (
        simulated_world(seed=3, start=START, days=1, planted=(), surges=surges) for surges in ((), (surge,))
    )

    def between(world, first, last):
        return sum(START + first * HOUR <= p.created_at < START + last * HOUR for p in world.posts)

    assert between(wild, 12, 14) > 2.5 * between(calm, 12, 14)
    assert 0.8 < between(wild, 0, 12) / between(calm, 0, 12) < 1.25


def test_ids_carry_the_times_of_the_posts_and_are_unique(world):
    assert all(created_at(post.id) == post.created_at for post in world.posts)
    assert len({post.id for post in world.posts}) == len(world.posts)
    assert all(a.created_at <= b.created_at for a, b in pairwise(world.posts))
    assert world.posts[0].created_at >= START
    assert world.posts[-1].created_at < START + timedelta(days=5)


def test_ordinary_chatter_keeps_to_its_volume(world):
    ordinary = [post for post in world.posts if post.story is None]
    assert 60 <= len(ordinary) / (5 * 24) <= 120
    assert 0.18 <= sum(post.lang == "zh" for post in ordinary) / len(ordinary) <= 0.32


def test_ordinary_topics_are_many_and_none_drowns_the_others(world):
    tags = Counter(
        word
        for p in world.posts
        if p.story is None
        for word in p.text.split()
        if word.startswith("$") and word[1:].isupper()
    )
    assert len(tags) >= 15
    assert all(count / (5 * 24) <= 8 for count in tags.values())


def test_english_has_its_busy_hours_in_the_afternoon_and_chinese_in_the_morning(world):
    def share(lang, hours):
        of_lang = [p for p in world.posts if p.lang == lang and p.story is None]
        return sum(p.created_at.hour in hours for p in of_lang) / len(of_lang)

    assert share("en", range(13, 20)) > 2 * share("en", range(1, 8))
    assert share("zh", range(3, 10)) > 2 * share("zh", range(15, 22))


def test_few_accounts_write_much_and_many_write_little(world):
    counts = sorted(Counter(post.author for post in world.posts).values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.35 * sum(counts)
    assert counts[0] > 100
    assert counts[len(counts) // 2] <= 5


def test_some_posts_arrive_late(world):
    late = [post.first_seen_at - post.created_at for post in world.posts if post.first_seen_at]
    assert 0.01 <= len(late) / len(world.posts) <= 0.03
    assert min(late) >= timedelta(minutes=5)
    assert max(late) > timedelta(hours=1)


def test_at_least_six_stories_of_different_kinds_begin_in_the_first_four_days(world):
    early = [story for story in world.planted if story.onset < START + timedelta(days=4)]
    assert len({story.kind for story in early}) >= 6
    assert len({story.slug for story in world.planted}) == len(world.planted)


def test_a_story_is_told_from_its_onset_on(world):
    for story in world.planted:
        posts = told(world, story.slug)
        if story.onset < START + timedelta(days=4.5):
            assert posts, story.slug
            assert min(post.created_at for post in posts) >= story.onset


def test_a_story_grows_to_its_peak_and_declines(world):
    story = next(s for s in world.planted if s.kind == "bridge")
    posts = told(world, story.slug)

    def count(start, hours):
        return sum(start <= post.created_at < start + hours * HOUR for post in posts)

    at_peak = count(story.peak_at, 1)
    assert 0.6 * story.peak_per_hour <= at_peak <= 1.4 * story.peak_per_hour
    assert count(story.peak_at + 3 * story.half_life_hours * HOUR, 1) < at_peak / 3


def test_the_rate_is_the_promised_shape():
    story = simulated_world(seed=1, start=START, days=4, volume=0).planted[0]
    assert story.rate(story.onset - HOUR) == 0
    assert story.rate(story.peak_at) == story.peak_per_hour
    assert story.rate(story.peak_at + story.half_life_hours * HOUR) == pytest.approx(story.peak_per_hour / 2)


def test_every_line_of_a_story_names_its_project():
    for bank in (EN, ZH):
        for kind, lines in bank.items():
            assert all("{name}" in line or "{tick}" in line for line in lines), kind


def test_a_story_can_be_found_by_its_ticker_while_it_runs(world):
    story = next(s for s in world.planted if s.kind == "drain")
    now = story.peak_at + HOUR
    found = world.search(f"${story.tickers[0]} within_time:2h", mode="Latest", limit=10, now=now)
    assert len(found) == 10
    assert {post.story for post in found} == {story.slug}
    assert world.search(f"${story.tickers[0]}", mode="Latest", limit=10, now=story.onset) == []


def test_the_pump_looks_coordinated_and_the_exploit_does_not(world):
    def crowd(kind):
        story = next(s for s in world.planted if s.kind == kind)
        posts = told(world, story.slug)[:60]
        bare = {" ".join(post.text.replace("🚀", "").replace("🔥", "").split()) for post in posts}
        return len({post.author for post in posts}) / len(posts), len(bare) / len(posts)

    authors, wordings = crowd("pump")
    assert authors < 0.4
    assert wordings < 0.6
    authors, wordings = crowd("bridge")
    assert authors > 0.85
    assert wordings > 0.9


def test_the_chinese_story_is_chinese_first(world):
    story = next(s for s in world.planted if s.kind == "launch")
    posts = told(world, story.slug)
    english = [post for post in posts if post.lang == "en"]
    assert all(post.created_at >= story.onset + story.en_lag_hours * HOUR for post in english)
    assert sum(post.lang == "zh" for post in posts) > 3 * len(english)


def test_stances_follow_the_story(world):
    for kind, sign in (("bridge", -1), ("listing", 1)):
        story = next(s for s in world.planted if s.kind == kind)
        stances = [post.stance for post in told(world, story.slug)]
        assert sign * sum(stances) / len(stances) > 0.3


def test_no_slot_is_left_open(world):
    assert not [post.text for post in world.posts if "{" in post.text or "}" in post.text]
    assert max(len(post.text) for post in world.posts) <= 280


def test_a_world_can_hold_exactly_the_stories_given():
    story = Planted(
        slug="quiet-one",
        title="Quiet one",
        kind="agents",
        name="Quietum",
        tickers=("QTM",),
        onset=START + HOUR,
        shape="spike",
        peak_per_hour=30,
        half_life_hours=3,
        stance=0.5,
    )
    world = simulated_world(seed=1, start=START, days=0.5, volume=0, planted=[story])
    assert world.planted == (story,)
    assert {post.story for post in world.posts if not post.text.startswith("Price update")} == {"quiet-one"}


@pytest.mark.parametrize(("start", "days"), [(datetime(2026, 11, 20), 1), (START, 0), (START, 1000)])
def test_an_impossible_world_is_refused_in_words(start, days):
    with pytest.raises(WorldError, match="simulated world"):
        simulated_world(seed=1, start=start, days=days)
