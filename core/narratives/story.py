"""A story as one batch of answers tells it: posts of a group that really say the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.evidence import Group
from core.models import Post
from core.narratives.entities import named_in, stands_for
from core.narratives.label import MAX_TERMS, Background, distinctive_terms, grade, title
from core.narratives.links import Gathering, Links
from core.narratives.phrases import holds, key
from core.narratives.query import symbol
from core.narratives.reading import is_evidence, originals, own, read, voice, voices
from core.narratives.stopwords import MAJORS
from core.text import words

MAX_TICKERS = 3
OWN_SHARE = 0.3  # of the authors must name a ticker for the story to be about it
MAJOR_SHARE = 0.5
LEAD_SHARE = 0.5  # of the voices must use a name for it to lead the story
SILENT_SHARE = 0.3  # of the voices without its names: below it no words beside the names are needed
FEW = 2  # posts elsewhere that never matter
OUTSIDE = 0.5  # posts elsewhere with the name, per voice inside: above it the name is of more stories


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
        return bool(own(self.tickers) or self.terms) and self.one and is_evidence(self.originals)

    def name(self, background: Background) -> str:
        return title(self.texts, self.tickers, background, self.proposal)


def stories(
    group: Group, posts: Mapping[str, Post], background: Background, gathering: Gathering
) -> list[Story]:
    """What a group of the model really holds: its stories, largest first, and its stray posts one by one.

    Two posts tell the same story when they share a ticker (majors aside) or rare words (see `links`).
    A model may throw different stories together; a post that fits none of them comes back alone.
    """
    members = {id: posts[id] for id in group.post_ids if id in posts}
    earlier = gathering.like(list(members.values()))
    everyone = sorted((members | {post.id: post for post in earlier}).values(), key=_age)
    hints = [symbol(ticker) for ticker in group.tickers if symbol(ticker)]
    topic = frozenset(words(group.title)) if grade(group.title) == 2 else frozenset()
    parts = Links(everyone, gathering.sayings, trusted=members.keys(), hints=hints, topic=topic).parts()
    return [
        told(part, group.slug if i == 0 else "", group.title if i == 0 else "", hints, background)
        for i, part in enumerate(parts)
        if any(post.id in members for post in part)
    ]


def together(parts: Sequence[Story], background: Background) -> Story:
    """Several tellings of one story as one."""
    if len(parts) == 1:
        return parts[0]
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
    leading = leading_names(texts, own(tickers), background)
    signs = {ticker.lower() for ticker in own(tickers)} | set(leading)
    terms = distinctive_terms(texts, background)
    if signs:
        silent = [text for text in texts if not _named_in(text, own(tickers), leading)]
        silent = silent if len(silent) >= SILENT_SHARE * len(texts) else []
        terms = tuple(
            term for term in terms if signs & set(words(term)) or any(holds(key(t), term) for t in silent)
        )
        bare = [
            name
            for name in leading
            if not terms or background.is_rising(name) or stands_for(name, own(tickers), background)
        ]
        terms = (*bare, *(term for term in terms if set(words(term)).isdisjoint(bare)))[:MAX_TERMS]
    return Story(slug, proposal, tuple(posts), kept, texts, tickers, terms, _is_one(kept, background))


def leading_names(texts: Sequence[str], tickers: Sequence[str], background: Background) -> list[str]:
    """Names that half of the voices use and that are new or hardly anybody else's; at most two.

    Where one of them stands for a ticker, the others are only named beside it, as where it is listed.
    """
    voices = Counter(word for text in texts for word in read(text).words & background.names)
    found = [
        name
        for name, count in sorted(voices.items(), key=lambda item: (-item[1], item[0]))
        if count >= max(2, LEAD_SHARE * len(texts))
        and name not in background.parts
        and (background.is_new(name) or background.posts_with(name) - count <= max(FEW, OUTSIDE * count))
    ]
    return ([name for name in found if stands_for(name, tickers, background)] or found)[:2]


def _named_in(text: str, tickers: Sequence[str], names: Sequence[str]) -> bool:
    reading = read(text)
    return bool(reading.named.intersection(tickers) or reading.words.intersection(names))


def _is_one(posts: Sequence[Post], background: Background) -> bool:
    """Whether most of the posts that name a coin, a project or a person name the same one."""
    naming = [whom for post in posts if (whom := _whom(post, background))]
    most = max(Counter(one for whom in naming for one in whom).values(), default=0)
    return 2 * most > len(naming) or not naming


def _whom(post: Post, background: Background) -> frozenset[str]:
    majors = {ticker.lower() for ticker in read(post.text).cashtags}
    return named_in(post.text, background).all | majors


def _age(post: Post) -> int:
    return int(post.id)


def _tickers(members: Sequence[Post], hints: set[str], background: Background) -> tuple[str, ...]:
    """Tickers that enough authors name; one the model claims also counts where it stands without a $,
    and one that a name stands for counts with the name."""
    authors: dict[str, set[str | None]] = defaultdict(set)
    for post in members:
        reading = read(post.text)
        meant = {ticker.upper() for ticker in named_in(post.text, background).tickers}
        for ticker in reading.cashtags | (hints & reading.named) | meant:
            authors[ticker].add(voice(post))
    everyone = len({voice(post) for post in members if post.text})
    ranked = sorted(authors, key=lambda ticker: (-len(authors[ticker]), ticker))
    leading = [t for t in own(ranked) if len(authors[t]) >= max(2, OWN_SHARE * everyone)]
    majors = [t for t in ranked if t in MAJORS and len(authors[t]) >= max(2, MAJOR_SHARE * everyone)]
    return tuple([*leading, *majors][:MAX_TICKERS])
