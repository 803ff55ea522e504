"""What happens in the world: ordinary stories, two that split, four that merge, two that come back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.sandbox.world import Chapter, Planted, schedule

HOUR = timedelta(hours=1)
# fmt: off
_NAMES = (
    "Avorel", "Bryndal", "Corvani", "Dastrel", "Elmorin", "Fyrnova", "Gelvaro", "Hestrim", "Ilvanta",
    "Jorvell", "Kestrano", "Lorvick", "Mirandel", "Nostrava", "Orlenko", "Pelmoria", "Qorvath", "Rimaldo",
    "Sorvenix", "Tulvaris", "Uvrano", "Vestramo", "Wolvarn", "Xelmira", "Yorvanne", "Zarmelo",
)
# fmt: on


class Turn(NamedTuple):
    """At `at` the story `part` leaves `whole` (a split) or becomes one with it (a merge)."""

    part: str
    whole: str
    at: datetime


class Plot(NamedTuple):
    """The ground truth of a world."""

    planted: tuple[Planted, ...]
    splits: tuple[Turn, ...]
    merges: tuple[Turn, ...]

    def story(self, slug: str | None) -> str | None:
        """The story a post tells in the end: those that merged are one."""
        return next((turn.whole for turn in self.merges if turn.part == slug), slug)

    def onsets(self) -> Iterator[tuple[Planted, datetime]]:
        """When something begins that people want to hear of; a bought pump is nothing of the kind."""
        for story in self.planted:
            if not story.bot_share:
                yield story, story.onset
                if story.returns_hours is not None:
                    yield story, story.onset + story.returns_hours * HOUR


def plot(*, seed: int, start: datetime, days: int) -> Plot:
    """The usual stories of a simulated world of `days` ≥ 11, and those whose identity is put to the test."""
    rng = random.Random(f"{seed}/plot")
    ordinary = list(schedule(seed=seed, start=start, days=days))
    for i in (0, 1):  # the first two have long fallen silent when they come back
        ordinary[i] = replace(ordinary[i], returns_hours=rng.uniform(224.0, 232.0))
    names = iter(rng.sample(_NAMES, len(_NAMES)))
    hours = iter([rng.uniform(20, 40), rng.uniform(110, 130), rng.uniform(60, 80), rng.uniform(150, 170)])
    splits = [_splitting(next(names), next(names), start + next(hours) * HOUR, rng) for _ in range(2)]
    merges = [_merging(next(names), next(names), start + next(hours) * HOUR, rng) for _ in range(2)]
    planted = [*ordinary, *(story for story, _ in splits), *(s for stories, _ in merges for s in stories)]
    return Plot(tuple(planted), tuple(turn for _, turn in splits), tuple(turn for _, turn in merges))


def _ticker(name: str) -> str:
    return (name[0] + "".join(letter for letter in name[1:] if letter not in "aeiou"))[:4].upper()


def _splitting(name: str, other: str, onset: datetime, rng: random.Random) -> tuple[Planted, Turn]:
    """Two names that are told in one breath, and after a while each on its own."""
    whole, part = f"split-{name.lower()}", f"split-{other.lower()}"
    hours, share = rng.uniform(12, 18), rng.uniform(0.3, 0.45)
    kind, leaving = rng.sample(("drain", "bridge", "listing", "agents"), 2)
    both = (_ticker(name), _ticker(other))
    chapters = (
        Chapter(whole, kind, f"{name} and {other}", both, ends=hours),
        Chapter(whole, kind, name, both[:1], share=1 - share, begins=hours),
        Chapter(part, leaving, other, both[1:], share=share, begins=hours),
    )
    story = _story(whole, f"{name} and {other}", onset, kind, both, chapters, rng)
    return story, Turn(part, whole, onset + hours * HOUR)


def _merging(
    name: str, other: str, onset: datetime, rng: random.Random
) -> tuple[tuple[Planted, Planted], Turn]:
    """Two stories that begin apart and after a while are told in one breath."""
    whole, part = f"merge-{name.lower()}", f"merge-{other.lower()}"
    lag, hours = rng.uniform(2, 4), rng.uniform(14, 20)
    kind, joining = rng.sample(("drain", "bridge", "listing", "agents"), 2)
    both, together = (_ticker(name), _ticker(other)), f"{name} and {other}"
    first = (
        Chapter(whole, kind, name, both[:1], ends=hours),
        Chapter(whole, kind, together, both, begins=hours),
    )
    second = (
        Chapter(part, joining, other, both[1:], ends=hours - lag),
        Chapter(whole, joining, together, both, begins=hours - lag),
    )
    stories = (
        _story(whole, name, onset, kind, both[:1], first, rng),
        _story(part, other, onset + lag * HOUR, joining, both[1:], second, rng),
    )
    return stories, Turn(part, whole, onset + hours * HOUR)


def _story(
    slug: str, name: str, onset: datetime, kind: str, tickers: tuple[str, ...], chapters: tuple[Chapter, ...],
    rng: random.Random,
) -> Planted:  # fmt: skip
    return Planted(
        slug=slug, title=name, kind=kind, name=name, tickers=tickers, onset=onset, shape="spike",
        peak_per_hour=rng.uniform(25, 50), half_life_hours=rng.uniform(20, 30), stance=0.0, chapters=chapters,
    )  # fmt: skip
