"""How alike a told story and a known one are, and by which evidence."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from operator import itemgetter
from typing import NamedTuple

from core.models import Narrative, Post
from core.narratives.background import Background, Whom
from core.narratives.entities import apart, goes_by, is_telling, named_in
from core.narratives.links import link_bar
from core.narratives.reading import about, own, read, some
from core.narratives.story import Story
from core.text import words

SAME = 0.5  # share of posts that speak of it, or of words both use, which alone makes it the same story
STALE_SHARE = 0.01  # of recent posts
MOST_POSTS = 48  # of a story are asked whether they speak of another
HINT = 0.2  # enough beside another sign


class Face(NamedTuple):
    """What a story is recognised by."""

    slug: str
    tickers: tuple[str, ...]
    terms: tuple[str, ...]  # that still tell
    called: Mapping[str, float]  # words of its name and terms → rarity in nats
    ids: frozenset[str]
    whom: Whom
    signs: frozenset[str]  # post ids, words and tickers: what has none of them is not alike


class Faces:
    """The faces of many stories, each by a key, found by their signs."""

    def __init__(self) -> None:
        self._faces: dict[str, tuple[int, Face]] = {}  # which one it was to come
        self._signed: dict[str, set[str]] = defaultdict(set)  # sign → keys

    def __len__(self) -> int:
        return len(self._faces)

    def __getitem__(self, key: str) -> Face:
        return self._faces[key][1]

    def put(self, key: str, face: Face) -> None:
        """A new one, or one in place of what it was."""
        place, before = self._faces.get(key, (len(self._faces), None))
        for sign in before.signs - face.signs if before else ():
            self._signed[sign].remove(key)
        for sign in face.signs - before.signs if before else face.signs:
            self._signed[sign].add(key)
        self._faces[key] = place, face

    def near(self, heard: Set[str]) -> dict[str, Face]:
        """Those with one of these signs, in the order they came."""
        keys = set[str]().union(*(self._signed[sign] for sign in heard & self._signed.keys()))
        return {key: self[key] for key in sorted(keys, key=lambda key: self._faces[key][0])}


class Likeness(NamedTuple):
    """Why a story is the same; greater is more alike."""

    shared: int  # posts of both
    ticker: bool  # a ticker of both, majors aside
    closeness: float  # share of posts that speak of it + share of common words, in [0, 2]
    reason: str


def face_of(known: Narrative | Story, ids: Set[str], background: Background) -> Face:
    """A term that by now many posts of other stories contain has stopped telling and is left out."""
    name = known.title if isinstance(known, Narrative) else known.proposal
    allowed = len(ids) + max(3, STALE_SHARE * background.posts)
    telling = tuple(term for term in known.terms if background.posts_with(term) <= allowed)
    called = _wording(name, known.terms, background)
    whom = goes_by(name, known.tickers, known.terms, background)
    signs = frozenset(ids).union(called, whom.all, (ticker.lower() for ticker in known.tickers))
    return Face(known.slug, known.tickers, telling, called, frozenset(ids), whom, signs)


def closest(story: Story, faces: Faces, background: Background) -> tuple[Likeness, str] | None:
    """The most alike of the faces and its key; among equals the first; None if none is alike."""
    near = faces.near(_heard(story)).items() if faces else ()
    whom = goes_by("", story.tickers, story.terms, background)
    found = [(like, key) for key, face in near if (like := likeness(story, whom, face, background))]
    return max(found, key=itemgetter(0), default=None)


def _heard(story: Story) -> frozenset[str]:
    said = {word for text in (story.proposal, *story.terms) for word in words(text)}
    for post in story.posts:
        reading = read(post.text)
        said |= reading.words | {ticker.lower() for ticker in reading.named}
    return frozenset(said) | story.ids | {ticker.lower() for ticker in story.tickers}


def likeness(story: Story, whom: Whom, face: Face, background: Background) -> Likeness | None:
    """Whether and why `story`, which is about these, is the one with this face; None if it is another."""
    shared = len(story.ids & face.ids)
    if 2 * shared < len(story.ids) and apart(whom, face.whom):
        return None
    theirs = {*own(face.tickers), *map(str.upper, face.called)} if story.tickers else set[str]()
    tickers = sorted(theirs.intersection(own(story.tickers)))
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


def speaks_of(post: Post, face: Face, background: Background) -> bool:
    """Whether the post is about the face's tickers or terms, or says most of what its name and terms say."""
    whom = named_in(post.text, background)
    if apart(whom, face.whom) or (not face.whom.all and is_telling(whom, background)):
        return False
    if about(post, face.tickers, face.terms):
        return True
    common = read(post.text).words & face.called.keys()
    said = math.fsum([face.called[word] for word in common])
    return bool(common) and said >= max(link_bar(background), SAME * math.fsum(face.called.values()))


def _said(story: Story, face: Face, background: Background) -> float:
    """Share of the story's posts with text that speak of the face."""
    told = some([post for post in story.originals if post.text], MOST_POSTS)
    return sum(speaks_of(post, face, background) for post in told) / len(told) if told else 0.0


def _overlap(story: Story, face: Face, background: Background) -> float:
    """Common share of the words in names and terms, in [0, 1]; rare ones weigh more (weighted Jaccard)."""
    ours, theirs = _wording(story.proposal, story.terms, background), face.called
    if ours.keys().isdisjoint(theirs):
        return 0.0
    every = math.fsum((ours | dict(theirs)).values())
    return math.fsum(ours[word] for word in ours.keys() & theirs.keys()) / every if every else 0.0


def _wording(name: str, terms: Sequence[str], background: Background) -> dict[str, float]:
    return {word: background.rarity(word) for text in (*terms, name) for word in words(text)}
