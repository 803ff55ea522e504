"""All posts there are, those of later days too, and a search that knows only what is already there."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Literal

from bot.sources.posts.errors import PostsError
from bot.sources.posts.leaves import Doc, Leaf
from bot.sources.posts.post import XPost
from bot.sources.posts.query import Either, Every, Node, loosened, parse

Mode = Literal["Latest", "Top"]


class Archive:
    """Posts in the order of their times and an index of what they say.

    `skipped` counts the lines of a posts file that could not be used.
    """

    def __init__(self, posts: Iterable[XPost], *, skipped: int = 0) -> None:
        self.posts: tuple[XPost, ...] = tuple(sorted(posts, key=lambda post: (post.created_at, post.id)))
        self.skipped = skipped
        if len({post.id for post in self.posts}) != len(self.posts):
            raise PostsError("Two posts have the same id; ids must be unique.")
        self._docs = [Doc.of(post) for post in self.posts]
        self._times = [doc.at for doc in self._docs]
        self._index = _index(self._docs)

    def search(
        self, query: str, *, mode: Mode = "Latest", limit: int = 10, now: datetime, loose: bool = False
    ) -> list[XPost]:
        """Up to `limit` posts visible at `now`: newest first, or in mode Top by engagement.

        `loose` is the search by meaning: any of the words is enough. Raises QueryError for a malformed query.
        """
        node = parse(query, now=now)
        node = loosened(node) if loose else node
        rows: Iterable[int] = self._rows(node, now)
        if mode == "Top":
            rows = sorted(rows, key=lambda row: _engagement(self.posts[row]), reverse=True)
        found = (
            doc.post for doc in map(self._docs.__getitem__, rows) if _visible(doc, now) and node.matches(doc)
        )
        return list(islice(found, max(0, limit)))

    def _rows(self, node: Node, now: datetime) -> Iterable[int]:
        """Rows that may match, newest first."""
        start, end = node.span
        low = bisect_left(self._times, start)
        high = bisect_left(self._times, min(end, now.timestamp() + 1e-3))
        rows = self._candidates(node, low, high)
        return reversed(rows if rows is not None else range(low, max(low, high)))

    def _candidates(self, node: Node, low: int, high: int) -> Sequence[int] | None:
        """Ascending rows in [low, high) of which the node's matches are a part; None = no index helps."""
        if isinstance(node, Leaf):
            lists = [self._posting(key, low, high) for key in node.keys]
            return min(lists, key=len) if lists else None
        if isinstance(node, Every):
            known = [c for c in (self._candidates(part, low, high) for part in node.parts) if c is not None]
            return min(known, key=len) if known else None
        if isinstance(node, Either):
            parts = [self._candidates(part, low, high) for part in node.parts]
            return None if None in parts else sorted({row for part in parts for row in part or ()})
        return None

    def _posting(self, key: str, low: int, high: int) -> Sequence[int]:
        rows = self._index.get(key, _NOTHING)
        return rows[bisect_left(rows, low) : bisect_left(rows, high)]


_NOTHING = array("I")


def _index(docs: Iterable[Doc]) -> dict[str, array[int]]:
    index: dict[str, array[int]] = defaultdict(lambda: array("I"))
    for row, doc in enumerate(docs):
        for key in set(doc.keys()):
            index[key].append(row)
    return dict(index)


def _visible(doc: Doc, now: datetime) -> bool:
    return doc.post.seen_at <= now


def _engagement(post: XPost) -> tuple[int, int, int]:
    return (
        (post.likes or 0) + 2 * (post.reposts or 0) + (post.replies or 0),
        post.views or 0,
        post.followers,
    )
