"""Stories of several chapters: who is named when, and what a post then truly tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.sandbox.world import Chapter, schedule, simulated_world

START = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = schedule(seed=1, start=START, days=1)[0]


def told(story, days):
    world = simulated_world(seed=1, start=START, days=days, planted=[story], volume=0.1)
    return [post for post in world.posts if post.story]


def test_chapters_follow_each_other_and_share_their_time():
    chapters = (
        Chapter("both", "drain", "Alpha and Beta", ("ALPH", "BETA"), ends=4),
        Chapter("both", "drain", "Alpha", ("ALPH",), share=0.6, begins=4),
        Chapter("beta", "bridge", "Beta", ("BETA",), share=0.4, begins=4),
    )
    posts = told(replace(FIRST, chapters=chapters), days=2)
    early = [p for p in posts if p.created_at < FIRST.onset + 4 * HOUR]
    late = [p for p in posts if p not in early]
    assert {p.story for p in early} == {"both"}
    share = sum(p.story == "beta" for p in late) / len(late)
    assert 0.25 <= share <= 0.55
    assert not any("Alpha" in p.text or "ALPH" in p.text for p in late if p.story == "beta")


def test_a_story_may_come_back_after_a_long_silence():
    posts = told(replace(FIRST, returns_hours=220.0), days=11)
    again = FIRST.onset + 220 * HOUR
    before, after = ([p for p in posts if (p.created_at >= again) is late] for late in (False, True))
    assert len(before) > 100 < len(after)
    assert max(p.created_at for p in before) < again - timedelta(days=7)
