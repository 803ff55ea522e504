"""A story as one batch of answers tells it: posts of a group that really say the same."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from core.evidence import Group
from core.models import Post
from core.narratives.entities import Whom, apart, named_in
from core.narratives.label import MAX_TERMS, Background, distinctive_terms, grade, title
from core.narratives.phrases import holds, is_cjk
from core.narratives.query import symbol
from core.narratives.reading import is_evidence, named, originals, own, read, voice, voices
from core.narratives.stopwords import MAJORS
from core.text import words

MAX_TICKERS = 3
OWN_SHARE = 0.3  # of the authors must name a ticker for the story to be about it
MAJOR_SHARE = 0.5
LEAD_SHARE = 0.5  # of the voices must use a name for it to lead the story
SILENT_SHARE = 0.3  # of the voices without its names: below it no words beside the names are needed
FEW = 2  # posts elsewhere that never matter
OUTSIDE = 0.5  # posts elsewhere with the name, per voice inside: above it the name is of more stories
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
    originals: tuple[Post, ...]  # without near-copies
    texts: tuple[str, ...]  # one per voice
    tickers: tuple[str, ...]
    terms: tuple[str, ...]
    one: bool = True  # of those that name anybody, most name the same

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(post.id for post in self.posts)

    @property
    def coherent(self) -> bool:
        """Whether at least two authors share what makes it a story."""
        return bool(own(self.tickers) or self.terms) and self.one and is_evidence(self.posts)

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

    def _whom(self, post: Post) -> Whom:
        return named_in(post.text, self._background)

    def _of(self, post: Post) -> dict[str, float]:
        return _weights(post.text, self._background)

    def like(self, members: Sequence[Post], bar: float) -> list[Post]:
        """Posts linked with one of the members as closely as `bar` asks."""
        near = {
            (post.id, other.id): (post, other)
            for post in members
            for word in self._rare(post)
            for other in self._posts.get(word, ())
        }
        linked = {
            b.id: b
            for a, b in near.values()
            if not apart(self._whom(a), self._whom(b)) and _link(a, b, (self._of(a), self._of(b))) >= bar
        }
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
    weights = {post.id: _weights(post.text, background) for post in everyone}
    whom = {post.id: named_in(post.text, background) for post in everyone}
    links = {
        (a.id, b.id): _link(a, b, (weights[a.id], weights[b.id]), hints, topic)
        if not apart(whom[a.id], whom[b.id])
        else 0.0
        for a, b in combinations(everyone, 2)
    }
    for a, b in combinations(members, 2):  # the model's word and a name are enough together
        key = (a, b) if int(a) < int(b) else (b, a)
        if _same(whom[a], whom[b], background):
            links[key] = max(links[key], bar)
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
    kept = tuple(originals(posts))
    texts = tuple(voices(kept))
    tickers = _tickers(kept, set(hints), background)
    leading = leading_names(texts, background)
    signs = {ticker.lower() for ticker in own(tickers)} | set(leading)
    terms = distinctive_terms(texts, background)
    if signs:
        silent = [text for text in texts if not _named_in(text, own(tickers), leading)]
        silent = silent if len(silent) >= SILENT_SHARE * len(texts) else []
        terms = tuple(
            term
            for term in terms
            if signs & set(words(term)) or any(holds(read(t).key, term) for t in silent)
        )
        said = {word for term in terms for word in words(term)}
        terms = (*(name for name in leading if name not in said), *terms)[:MAX_TERMS]
    return Story(slug, proposal, tuple(posts), kept, texts, tickers, terms, _is_one(kept, background))


def leading_names(texts: Sequence[str], background: Background) -> list[str]:
    """Names that half of the voices use and that are new or hardly anybody else's; at most two."""
    voices = Counter(word for text in texts for word in read(text).words & background.names)
    return [
        name
        for name, count in sorted(voices.items(), key=lambda item: (-item[1], item[0]))
        if count >= max(2, LEAD_SHARE * len(texts))
        and name not in background.parts
        and (background.is_new(name) or background.posts_with(name) - count <= max(FEW, OUTSIDE * count))
    ][:2]


def _named_in(text: str, tickers: Sequence[str], names: Sequence[str]) -> bool:
    reading = read(text)
    return bool(named(reading).intersection(tickers) or reading.words.intersection(names))


def _is_one(posts: Sequence[Post], background: Background) -> bool:
    """Whether most of the posts that name a coin, a project or a person name the same one."""
    naming = [whom for post in posts if (whom := _whom(post, background))]
    most = max(Counter(one for whom in naming for one in whom).values(), default=0)
    return 2 * most > len(naming) or not naming


def _whom(post: Post, background: Background) -> frozenset[str]:
    majors = {ticker.lower() for ticker in read(post.text).cashtags}
    return named_in(post.text, background).all | majors


def _same(one: Whom, other: Whom, background: Background) -> bool:
    """Whether they name the same coin or the same project; a person has many stories."""
    if one.tickers and other.tickers:
        return not one.tickers.isdisjoint(other.tickers)
    return bool((one.names & other.names) - background.parts)


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
    a: Post,
    b: Post,
    weights: tuple[Mapping[str, float], Mapping[str, float]],
    hints: Sequence[str] = (),
    topic: Set[str] = frozenset(),
) -> float:
    """What two posts have in common, in nats of rarity; 0 if not alike, without end for a common ticker.

    `weights` are those of their words; words of the `topic` the model names count twice.
    """
    one, two = read(a.text), read(b.text)
    claimed = set(own(hints)) & named(one) & named(two)
    if claimed or own(one.cashtags & two.cashtags):
        return math.inf
    ours, theirs = weights
    common = ours.keys() & theirs.keys()
    size = math.hypot(*ours.values()) * math.hypot(*theirs.values())
    if not common or math.fsum(ours[word] ** 2 for word in common) < ALIKE * size:
        return 0.0
    return math.fsum(ours[word] * (2 if word in topic else 1) for word in common)


def _weights(text: str, background: Background) -> dict[str, float]:
    return {word: background.rarity(word) * (0.5 if is_cjk(word) else 1.0) for word in read(text).words}


def _tickers(members: Sequence[Post], hints: set[str], background: Background) -> tuple[str, ...]:
    """Tickers that enough authors name; one the model claims also counts where it stands without a $,
    and one that a name stands for counts with the name."""
    authors: dict[str, set[str | None]] = defaultdict(set)
    for post in members:
        reading = read(post.text)
        meant = {ticker.upper() for ticker in named_in(post.text, background).tickers}
        for ticker in reading.cashtags | (hints & named(reading)) | meant:
            authors[ticker].add(voice(post))
    everyone = len({voice(post) for post in members if post.text})
    ranked = sorted(authors, key=lambda ticker: (-len(authors[ticker]), ticker))
    leading = [t for t in own(ranked) if len(authors[t]) >= max(2, OWN_SHARE * everyone)]
    majors = [t for t in ranked if t in MAJORS and len(authors[t]) >= max(2, MAJOR_SHARE * everyone)]
    return tuple([*leading, *majors][:MAX_TICKERS])
