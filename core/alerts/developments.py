"""What became of an alert that was told: confirmed by enough authors, or its evidence collapsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from core.alerts.evidence import weighed_authors
from core.alerts.params import AlertParams
from core.models import Fact, Post, Score
from core.signals.coordination import suspicious


class Became(Fact):
    """How an alert stands now; `n` of `of` posts are lost, or `n` authors confirmed."""

    what: Literal["confirmed", "withdrawn"]
    why: Literal["authors", "posts", "coordination"]
    n: int = Field(default=0, ge=0)
    of: int = Field(default=0, ge=0)


def became(
    facts: Mapping[str, Any], score: Score | None, cited: Mapping[str, Post], params: AlertParams
) -> Became | None:
    """What the newest score and the posts an alert cited make of it; None: it stands as it was told.

    That a story grows old, and that few talk of it a day later, takes nothing back: posts must be lost.
    """
    lost = _lost(facts, cited)
    if 2 * lost > len(facts["evidence"]) and not _carried(score, params):
        return Became(what="withdrawn", why="posts", n=lost, of=len(facts["evidence"]))
    if score is None:
        return None
    if score.coordination is not None and suspicious(score.coordination):
        return Became(what="withdrawn", why="coordination")
    if facts.get("confirmed", 0) < params.min_authors <= score.confirmed_24h:
        return Became(what="confirmed", why="authors", n=score.confirmed_24h)
    return None


def _lost(facts: Mapping[str, Any], cited: Mapping[str, Post]) -> int:
    """How many of the cited posts are deleted or turned out to be junk; an unknown one proves nothing."""
    known = [cited[id] for id in facts["evidence"] if id in cited]
    return sum(post.gone or post.junk is not None for post in known)


def _carried(score: Score | None, params: AlertParams) -> bool:
    """Whether the story would pass the evidence gate now, whatever was lost."""
    return (
        score is not None
        and score.posts_24h >= params.min_posts
        and weighed_authors(score, params) >= params.min_authors
    )
