"""How alike a told story and a known one are, and by which evidence."""

from __future__ import annotations

import math
from typing import NamedTuple

from core.models import Narrative
from core.narratives.background import Background
from core.narratives.reading import about, originals, own
from core.narratives.story import Story
from core.text import words

SAME = 0.5  # share of posts that speak of it, or of words both use, which alone makes it the same story
STALE_SHARE = 0.01  # of recent posts
HINT = 0.2  # enough beside another sign


class Face(NamedTuple):
    """What a story is recognised by."""

    slug: str
    title: str
    tickers: tuple[str, ...]
    terms: tuple[str, ...]
    ids: frozenset[str]


class Likeness(NamedTuple):
    """Why a story is the same; greater is more alike."""

    shared: int  # posts of both
    ticker: bool  # a ticker of both, majors aside
    closeness: float  # share of posts that speak of it + share of common words, in [0, 2]
    reason: str


def face_of(known: Narrative | Story, ids: frozenset[str]) -> Face:
    name = known.title if isinstance(known, Narrative) else known.proposal
    return Face(known.slug, name, known.tickers, known.terms, ids)


def likeness(story: Story, face: Face, background: Background) -> Likeness | None:
    """Whether and why `story` is the one with this face; None if it is another."""
    shared = len(story.ids & face.ids)
    called = {word.upper() for word in words(face.title)}
    tickers = sorted(set(own(story.tickers)) & (set(own(face.tickers)) | called))
    said = _said(story, face, background)
    overlap = _overlap(story, face, background)
    half = said > 0 and (said >= HINT or overlap >= HINT)
    if shared >= 1 and (tickers or half or (shared >= 2 and shared * 4 >= len(story.ids))):
        reason = f"{shared} of its posts were known"
    elif tickers:
        reason = f"same ticker {tickers[0]}"
    elif said >= SAME or overlap >= SAME:
        reason = "same terms"
    elif face.slug == story.slug and half:
        reason = "same name and partly the same terms"
    else:
        return None
    return Likeness(shared, bool(tickers), said + overlap, reason)


def _said(story: Story, face: Face, background: Background) -> float:
    """Share of the story's posts with text that are about the face's tickers or terms.

    A term that by now many posts of other stories contain has stopped telling.
    """
    allowed = len(face.ids) + max(3, STALE_SHARE * background.posts)
    telling = [term for term in face.terms if background.posts_with(term) <= allowed]
    told = [post for post in originals(story.posts) if post.text]
    return sum(about(post, face.tickers, telling) for post in told) / len(told) if told else 0.0


def _overlap(story: Story, face: Face, background: Background) -> float:
    """Common share of the words in names and terms, in [0, 1]; rare ones weigh more (weighted Jaccard)."""
    ours = {word for text in (*story.terms, story.proposal) for word in words(text)}
    theirs = {word for text in (*face.terms, face.title) for word in words(text)}
    every = math.fsum(background.rarity(word) for word in ours | theirs)
    return math.fsum(background.rarity(word) for word in ours & theirs) / every if every else 0.0
