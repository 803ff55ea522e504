"""All posts there will ever be in a simulated X, and the stories that were planted in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from bot.sandbox.world.stories import Planted
from bot.sources.posts.archive import Archive
from bot.sources.posts.post import XPost
from bot.sources.posts.reading import read


class World(Archive):
    """Posts with a ground truth: `planted` names the stories they tell."""

    def __init__(self, posts: Iterable[XPost], *, planted: Sequence[Planted] = (), skipped: int = 0) -> None:
        super().__init__(posts, skipped=skipped)
        self.planted: tuple[Planted, ...] = tuple(planted)


def file_world(path: str | Path, *, first: date, last: date) -> World:
    """A world of the posts in a file written on the UTC dates `first` to `last`, both included.

    Raises WorldError when the file cannot be read or holds no post of those dates.
    """
    posts, skipped = read(path, first=first, last=last)
    return World(posts, skipped=skipped)
