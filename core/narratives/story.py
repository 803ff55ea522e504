"""A story as one batch of answers tells it: posts of a group that really say the same."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from core.evidence import Group
from core.models import Post
from core.narratives.label import Background, distinctive_terms, grade, title
from core.narratives.phrases import holds, is_cjk
from core.narratives.query import symbol
from core.narratives.reading import is_evidence, named, originals, own, read, voice, voices
from core.narratives.stopwords import MAJORS
from core.text import words

MAX_TICKERS = 3
OWN_SHARE = 0.3  # of the authors must name a ticker for the story to be about it
MAJOR_SHARE = 0.5
LINK = 2.0  # rare words two posts must share to be the same story; half of it to join one
ALIKE = 0.12  # and their cosine: long posts have words in common by chance
COMMON_SHARE = 0.01  # of recent posts: words above it find nothing again
COMMON_POSTS = 5


@dataclass(frozen=True, slots=True)
class Story:
    """Posts that belong together and what they are about."""

    slug: str  # the model's name for it, a hint
    proposal: str  # the model's title for it
    posts: tuple[Post, ...]  # oldest first, at least one
    texts: tuple[str, ...]  # one per voice
    tickers: tuple[str, ...]
    terms: tuple[str, ...]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(post.id for post in self.posts)

    @property
    def coherent(self) -> bool:
        """Whether at least two authors share what makes it a story."""
        return bool(own(self.tickers) or self.terms) and is_evidence(self.posts)

    def name(self, background: Background) -> str:
        return title(self.texts, self.tickers, background, self.proposal)


class Gathering:
    """Recent posts that belong to no narrative yet, found again by their rare words.

    Two authors need not speak within one hour: what one batch left over may found a story with the next.
    """

    def __init__(self, posts: Iterable[Post], background: Background) -> None:
        self._background = background
        self._posts: dict[str, list[Post]] = defaultdict(list)
        for post in posts:
            for word in self._rare(post):
                self._posts[word].append(post)

    def _rare(self, post: Post) -> set[str]:
        most = max(COMMON_POSTS, COMMON_SHARE * self._background.posts)
        return {word for word in read(post.text).words if self._background.posts_with(word) <= most}

    def like(self, members: Sequence[Post], bar: float) -> list[Post]:
        """Posts linked with one of the members as closely as `bar` asks."""
        near = {
            (post.id, other.id): (post, other)
            for post in members
            for word in self._rare(post)
            for other in self._posts.get(word, ())
        }
        linked = {b.id: b for a, b in near.values() if _link(a, b, self._background) >= bar}
        return list(linked.values())


def stories(
    group: Group, posts: Mapping[str, Post], background: Background, gathering: Gathering
) -> list[Story]:
    """What a group of the model really holds: its stories, largest first, and its stray posts one by one.

    Two posts tell the same story when they share a ticker (majors aside) or words as rare as `LINK` asks.
    A model may throw different stories together; a post that fits none of them comes back alone.
    """
    members = {id: posts[id] for id in group.post_ids if id in posts}
    bar = link_bar(background)
    earlier = gathering.like(list(members.values()), bar)
    everyone = sorted((members | {post.id: post for post in earlier}).values(), key=_age)
    hints = [symbol(ticker) for ticker in group.tickers if symbol(ticker)]
    topic = frozenset(words(group.title)) if grade(group.title) == 2 else frozenset()
    links = {(a.id, b.id): _link(a, b, background, hints, topic) for a, b in combinations(everyone, 2)}
    parts = _parts(everyone, links, bar)
    return [
        told(part, group.slug if i == 0 else "", group.title if i == 0 else "", hints, background)
        for i, part in enumerate(parts)
        if any(post.id in members for post in part)
    ]


def together(parts: Sequence[Story], background: Background) -> Story:
    """Several tellings of one story as one."""
    posts = sorted({post.id: post for part in parts for post in part.posts}.values(), key=_age)
    best = max(parts, key=lambda part: (grade(part.proposal), len(part.posts), part.proposal, part.slug))
    tickers = [ticker for part in parts for ticker in part.tickers]
    return told(posts, best.slug, best.proposal, tickers, background)


def told(
    posts: Sequence[Post], slug: str, proposal: str, hints: Iterable[str], background: Background
) -> Story:
    """Make one story of posts: what its voices say, its tickers and its terms.

    Beside a ticker of its own only terms that say more than the ticker does are needed: its name in words, or
    what posts without the ticker say.
    """
    texts = tuple(voices(posts))
    tickers = _tickers(posts, set(hints))
    terms = distinctive_terms(texts, background)
    if own(tickers):
        names = {ticker.lower() for ticker in own(tickers)}
        silent = [text for text in texts if not named(read(text)) & set(own(tickers))]
        terms = tuple(
            term
            for term in terms
            if names & set(words(term)) or any(holds(read(text).key, term) for text in silent)
        )
    return Story(slug, proposal, tuple(posts), texts, tickers, terms)


def _age(post: Post) -> int:
    return int(post.id)


def _parts(members: Sequence[Post], links: Mapping[tuple[str, str], float], bar: float) -> list[list[Post]]:
    """Members split into linked posts of two or more authors, and the rest one by one."""
    part = {post.id: {post.id} for post in members}
    for (a, b), weight in links.items():
        if weight >= bar and part[a] is not part[b]:
            part[a] |= part[b]
            for moved in part[b]:
                part[moved] = part[a]
    by_id = {post.id: post for post in members}
    cores = [
        ids
        for first, ids in part.items()
        if first == min(ids, key=int) and len({voice(by_id[i]) for i in ids}) >= 2
    ]
    return _joined(members, cores, links, bar / 2)


def _joined(
    members: Sequence[Post], cores: list[set[str]], links: Mapping[tuple[str, str], float], bar: float
) -> list[list[Post]]:
    """Posts outside the cores join the one they are most linked with; those without text, the largest."""
    cores = sorted(cores, key=lambda core: (-len(core), min(map(int, core))))
    grown = [set(core) for core in cores]
    strays: list[list[Post]] = []
    for post in members:
        if any(post.id in core for core in cores):
            continue
        ties = [max(links.get((i, post.id), links.get((post.id, i), 0.0)) for i in core) for core in cores]
        best = max(range(len(ties)), key=lambda i: (ties[i], -i), default=None)
        if best is not None and (ties[best] >= bar or not post.text):
            grown[best].add(post.id)
        else:
            strays.append([post])
    return [[post for post in members if post.id in core] for core in grown] + strays


def link_bar(background: Background) -> float:
    """The rarity, in nats, that makes two posts one story: `LINK` words that hardly anybody else uses."""
    return LINK * math.log(1 + (background.posts + 50) / 2)


def _link(
    a: Post, b: Post, background: Background, hints: Sequence[str] = (), topic: Set[str] = frozenset()
) -> float:
    """What two posts have in common, in nats of rarity; 0 if not alike, without end for a common ticker.

    Words of the `topic` the model names count twice.
    """
    one, two = read(a.text), read(b.text)
    claimed = set(own(hints)) & named(one) & named(two)
    if claimed or own(one.cashtags & two.cashtags):
        return math.inf
    ours, theirs = _weights(a.text, background), _weights(b.text, background)
    common = ours.keys() & theirs.keys()
    size = math.hypot(*ours.values()) * math.hypot(*theirs.values())
    if not common or math.fsum(ours[word] ** 2 for word in common) < ALIKE * size:
        return 0.0
    return math.fsum(ours[word] * (2 if word in topic else 1) for word in common)


def _weights(text: str, background: Background) -> dict[str, float]:
    return {word: background.rarity(word) * (0.5 if is_cjk(word) else 1.0) for word in read(text).words}


def _tickers(members: Sequence[Post], hints: set[str]) -> tuple[str, ...]:
    """Tickers that enough authors name; one the model claims also counts where it stands without a $."""
    authors: dict[str, set[str | None]] = defaultdict(set)
    for post in originals(members):
        reading = read(post.text)
        for ticker in reading.cashtags | (hints & named(reading)):
            authors[ticker].add(voice(post))
    everyone = len({voice(post) for post in members if post.text})
    ranked = sorted(authors, key=lambda ticker: (-len(authors[ticker]), ticker))
    leading = [t for t in own(ranked) if len(authors[t]) >= max(2, OWN_SHARE * everyone)]
    majors = [t for t in ranked if t in MAJORS and len(authors[t]) >= max(2, MAJOR_SHARE * everyone)]
    return tuple([*leading, *majors][:MAX_TICKERS])
