"""One narrative becomes two when two sides speak apart, steadily, by several voices; else it stays one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.narratives.background import background
from core.narratives.identity import assign
from core.narratives.merging import merged
from core.narratives.splitting import Said, parting
from tests.core.makers import HOUR, NOW, narrative

ALFA = "Korvane validators halt $KRVN withdrawals, case {n}"
BETA = "Solmira auditors publish the $SLMR treasury report, page {n}"
BOTH = "Korvane and Solmira share one bridge: $KRVN $SLMR, note {n}"
CHATTER = [f"thought {n} about lunch and weather" for n in range(400)]


def said(lines, since=11.5, until=0.5, first=0, authors=7):
    """Posts of these texts, evenly from `since` to `until` hours ago."""
    step = (since - until) / max(1, len(lines) - 1)
    return [
        Said(
            str(10**6 + first + n),
            line.format(n=n),
            f"w{(first + n) % authors}",
            NOW - (since - n * step) * HOUR,
        )
        for n, line in enumerate(lines)
    ]


def parted(*told):
    every = [post for posts in told for post in posts]
    return parting(every, background([*CHATTER, *(p.text for p in every)]), NOW)


def test_two_sides_that_speak_apart_are_two_stories_and_the_smaller_leaves():
    korvane, solmira = said([ALFA] * 12), said([BETA] * 8, first=100)
    found = parted(korvane, solmira)
    assert found and found.leaving == {post.id for post in solmira}
    assert "12 speak of" in found.reason and "0 of both" in found.reason


def test_earlier_posts_of_both_stay_with_the_older_one():
    together = said([BOTH] * 20, since=30, until=13, first=200)
    korvane, solmira = said([ALFA] * 12), said([BETA] * 8, first=100)
    found = parted(together, korvane, solmira)
    assert found and found.leaving == {post.id for post in solmira}


def test_a_story_told_with_both_names_is_one():
    assert parted(said([ALFA] * 10), said([BETA] * 8, first=100), said([BOTH] * 4, first=200)) is None


def test_a_name_in_all_posts_holds_many_subjects_together():
    lines = [ALFA.replace("validators", subject) for subject in ("miners", "bakers", "pilots", "nurses")]
    assert parted(said(lines * 6)) is None


@pytest.mark.parametrize(
    "other",
    [
        said([BETA] * 4, first=100),  # too few posts
        said([BETA] * 8, first=100, authors=2),  # too few voices
        said([BETA] * 8, since=3, until=0.5, first=100),  # only just begun
        said([BETA] * 8, since=11.5, until=8, first=100),  # and gone again
    ],
)
def test_a_side_that_is_small_or_not_steady_does_not_leave(other):
    assert parted(said([ALFA] * 12), other) is None


@given(st.permutations(said([ALFA] * 9) + said([BETA] * 7, first=100)))
def test_the_order_of_the_posts_changes_nothing(told):
    found, again = parted(told), parted(said([ALFA] * 9), said([BETA] * 7, first=100))
    assert found and again and (found.leaving, found.reason) == (again.leaving, again.reason)


# --- what becomes of the narrative -------------------------------------------------------


WHOLE = narrative("whole", title="Korvane and Solmira bridge", tickers=("KRVN", "SLMR"), terms=("korvane",))


KORVANE = (
    "Korvane validators halt $KRVN withdrawals without a word",
    "Why did Korvane stop paying out? $KRVN holders want answers tonight",
    "Exchanges pause $KRVN deposits while Korvane nodes are patched",
    "Korvane restarts slowly, only two of nine $KRVN nodes are back",
)
SOLMIRA = (
    "Solmira auditors publish the $SLMR treasury report",
    "The treasury of Solmira holds less than it said, $SLMR slides",
    "A lawyer explains what the Solmira audit means for $SLMR",
    "Founders of Solmira answer the auditors, $SLMR unlock postponed",
)


def split():
    told = said(KORVANE * 3) + said(SOLMIRA * 2, first=100)
    return told, assign(
        known=[WHOLE],
        owners={post.id: {"whole"} for post in told},
        groups=[],
        posts={},
        background=background([*CHATTER, *(post.text for post in told)]),
        now=NOW,
        said={post.id: post.text for post in told},
        speakers={post.id: (post.author, post.at) for post in told},
    )


def test_the_older_id_keeps_the_larger_part_and_the_new_one_knows_where_it_came_from():
    _, done = split()
    old, new = done.narratives
    assert (old.id, old.tickers, old.split_from) == ("whole", ("KRVN",), None)
    assert (new.tickers, new.split_from) == (("SLMR",), "whole")
    assert "Solmira" not in old.title and "SLMR" not in old.query and "SLMR" in new.query
    assert old.slug == WHOLE.slug != new.slug


def test_each_post_counts_for_one_of_the_two():
    told, done = split()
    (new_id,) = set(done.parted.values())
    assert done.parted == {("whole", post.id): new_id for post in told if "Solmira" in post.text}


def test_a_split_is_written_down_for_both_with_its_reason():
    _, done = split()
    kinds = sorted((event.narrative_id == "whole", event.kind) for event in done.events)
    assert kinds == [(False, "SPLIT"), (True, "RENAMED"), (True, "SPLIT")]
    assert all("speak of" in event.reason for event in done.events if event.kind == "SPLIT")


def test_what_has_split_is_not_merged_again_by_name_for_days():
    told, done = split()
    old, new = done.narratives
    evidence = {
        old.id: {p.id for p in told},
        new.id: {p.id for p in told[-4:]},
    }  # all of its posts are shared
    once = merged(done.narratives, evidence, {}, background([]), NOW + 47 * HOUR)
    later = merged(done.narratives, evidence, {}, background([]), NOW + timedelta(days=4))
    assert once == ([], []) and later[0]
