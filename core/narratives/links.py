"""Which posts tell the same: those that share rare words, or name the same coin or project.

Pairs are found by what they share, so ten thousand posts take no longer than what they have in common.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from operator import itemgetter
from typing import NamedTuple

from core.models import Post
from core.narratives.background import Background, Whom
from core.narratives.entities import apart, named_in
from core.narratives.phrases import is_cjk
from core.narratives.reading import own, read, voice

LINK = 2.0  # rare words two posts must share to be the same story; half of it to join one
ALIKE = 0.12  # and their cosine: long posts have words in common by chance
COMMON_SHARE = 0.01  # of recent posts: words above it find nothing again
COMMON_POSTS = 5
_SLACK = 1e-9  # of sums that are only looked at more closely

Rows = Mapping[str, Mapping[int, None]]  # word or sign → places of the posts with it


class Saying(NamedTuple):
    """What one post says, as far as it links with others."""

    weights: Mapping[str, float]  # its words with their rarities in nats, the rarest first
    length: float  # of the vector of these
    tickers: frozenset[str]  # behind a $, majors aside
    named: frozenset[str]  # what may stand for a ticker
    whom: Whom


class Sayings:
    """What posts say, each looked at once."""

    def __init__(self, background: Background) -> None:
        self.background = background
        self.bar = link_bar(background)
        self._said: dict[str, Saying] = {}
        self._rarity: dict[str, float] = {}

    def of(self, post: Post) -> Saying:
        if post.text not in self._said:
            self._said[post.text] = self._saying(post.text)
        return self._said[post.text]

    def _saying(self, text: str) -> Saying:
        reading = read(text)
        rarities = [(self._weight(word), word) for word in reading.words]
        weights = {word: weight for weight, word in sorted(rarities, reverse=True)}
        whom = named_in(text, self.background)
        own_tickers = frozenset(own(reading.cashtags))
        return Saying(weights, math.hypot(*weights.values()), own_tickers, reading.named, whom)

    def _weight(self, word: str) -> float:
        known = self._rarity.get(word)
        if known is None:
            known = self._rarity[word] = self.background.rarity(word) * (0.5 if is_cjk(word) else 1.0)
        return known


class Gathering:
    """Recent posts that belong to no narrative yet, found again by their rare words.

    Two authors need not speak within one hour: what one batch left over may found a story with the next.
    """

    def __init__(self, posts: Iterable[Post], sayings: Sayings) -> None:
        self.sayings = sayings
        self._posts: dict[str, list[Post]] = defaultdict(list)
        for post in posts:
            for word in self._rare(post):
                self._posts[word].append(post)

    def _rare(self, post: Post) -> list[str]:
        background = self.sayings.background
        most = max(COMMON_POSTS, COMMON_SHARE * background.posts)
        return [word for word in self.sayings.of(post).weights if background.counts.get(word, 0) <= most]

    def like(self, members: Sequence[Post]) -> list[Post]:
        """Posts closely linked with one of the members."""
        found = {post.id: post for post in members}
        for post in members if self._posts else ():
            one = self.sayings.of(post)
            near = {other.id: other for word in self._rare(post) for other in self._posts.get(word, ())}
            for id, other in near.items():
                if id not in found and _link(one, self.sayings.of(other)) >= self.sayings.bar:
                    found[id] = other
        return list(found.values())[len(members) :]


def link_bar(background: Background) -> float:
    """The rarity, in nats, that makes two posts one story: `LINK` words that hardly anybody else uses."""
    return LINK * math.log(1 + (background.posts + 50) / 2)


class Links:
    """The posts of one group and what links them.

    `trusted` are ids of posts that the model put together: with its word a common name is enough. `hints`
    are the tickers it claims, and words of the `topic` it names count twice.
    """

    def __init__(
        self,
        posts: Sequence[Post],
        sayings: Sayings,
        *,
        trusted: Set[str] = frozenset(),
        hints: Iterable[str] = (),
        topic: Set[str] = frozenset(),
    ) -> None:
        self._posts, self._bar, self._parts = posts, sayings.bar, sayings.background.parts
        self._said = [sayings.of(post) for post in posts]
        self._trusted = [post.id in trusted for post in posts]
        self._hints, self._topic = frozenset(own(hints)), topic
        self._signs = [self._signs_of(said) for said in self._said]

    def parts(self) -> list[list[Post]]:
        """Linked posts of two or more authors, the largest part first, and the rest one by one."""
        cores = [core for core in self._linked() if len({voice(self._posts[i]) for i in core}) >= 2]
        cores.sort(key=lambda core: (-len(core), min(core)))
        inside = {i: number for number, core in enumerate(cores) for i in core}
        grown: list[list[int]] = [[] for _ in cores]
        strays = []
        rows = self._rows(sorted(inside))
        for i, post in enumerate(self._posts):
            joins = inside[i] if i in inside else self._joins(i, rows, inside) if cores else None
            if joins is None:
                strays.append([post])
            else:
                grown[joins].append(i)
        return [[self._posts[i] for i in part] for part in grown] + strays

    def _joins(self, i: int, rows: Rows, inside: Mapping[int, int]) -> int | None:
        """The part that a post outside is most linked with; without text, the largest."""
        if not self._posts[i].text:
            return 0
        closest: tuple[float, int] | None = None  # how closely, and of equals the larger part
        met = self._met(i, rows, self._bar / 2)
        for most, j in sorted(((weight, j) for j, weight in met.items()), reverse=True):
            if closest and most < closest[0] * (1 - _SLACK):
                break
            if (link := self._link(i, j)) >= self._bar / 2:
                closest = max(closest or (link, -inside[j]), (link, -inside[j]))
        return -closest[1] if closest else None

    def _linked(self) -> list[list[int]]:
        """Places of posts that are linked directly or by others between them."""
        left = dict.fromkeys(range(len(self._posts)))
        rows = self._rows(left)
        found = []
        while left:
            part = [next(iter(left))]
            self._leave(part[0], left, rows)
            for i in part:  # grows
                for j in self._met(i, rows, self._bar):
                    if self._link(i, j) >= self._bar:
                        part.append(j)
                        self._leave(j, left, rows)
            found.append(part)
        return found

    def _rows(self, places: Iterable[int]) -> dict[str, dict[int, None]]:
        rows: dict[str, dict[int, None]] = defaultdict(dict)
        for i in places:
            for sign in (*self._said[i].weights, *self._signs[i]):
                rows[sign][i] = None
        return rows

    def _leave(self, i: int, left: dict[int, None], rows: Mapping[str, dict[int, None]]) -> None:
        del left[i]
        for sign in (*self._said[i].weights, *self._signs[i]):
            del rows[sign][i]

    def _met(self, i: int, rows: Rows, bar: float) -> dict[int, float]:
        """Posts in these rows that may be so closely linked with that one, and how closely at most.

        Rare words come first: once those left do not reach the bar together, no post is met by them alone.
        """
        least = bar * (1 - _SLACK)
        common = dict.fromkeys((j for sign in self._signs[i] for j in rows.get(sign, ())), math.inf)
        met = [(weight, row) for word, weight in self._counted(i) if (row := rows.get(word))]
        left = math.fsum([weight for weight, _ in met])
        for weight, row in met:
            for j in row if left >= least else common.keys() & row.keys():
                common[j] = common.get(j, 0.0) + weight
            left -= weight
        common.pop(i, None)
        return {j: weight for j, weight in common.items() if weight >= least}

    def _counted(self, i: int) -> Iterable[tuple[str, float]]:
        """The words of that post and what each counts, most first."""
        weights = self._said[i].weights
        if weights.keys().isdisjoint(self._topic):
            return weights.items()
        twice = {word: 2 * weight if word in self._topic else weight for word, weight in weights.items()}
        return sorted(twice.items(), key=itemgetter(1), reverse=True)

    def _link(self, i: int, j: int) -> float:
        a, b = self._said[i], self._said[j]
        link = _link(a, b, self._hints, self._topic)
        together = self._trusted[i] and self._trusted[j]
        return max(link, self._bar) if together and _same(a.whom, b.whom, self._parts) else link

    def _signs_of(self, said: Saying) -> frozenset[str]:
        """By which two posts may be linked whatever else they say, in capitals as no word is."""
        whom = {one.upper() for one in said.whom.all - self._parts}
        return said.tickers | (said.named & self._hints) | whom


def _link(a: Saying, b: Saying, hints: Set[str] = frozenset(), topic: Set[str] = frozenset()) -> float:
    """What two posts have in common, in nats of rarity; 0 if not alike, without end for a common ticker."""
    if apart(a.whom, b.whom):
        return 0.0
    if a.tickers & b.tickers or (hints and hints & a.named & b.named):
        return math.inf
    common = a.weights.keys() & b.weights.keys()
    weights = [a.weights[word] for word in common]
    if not common or math.fsum([weight * weight for weight in weights]) < ALIKE * a.length * b.length:
        return 0.0
    twice = [a.weights[word] for word in common & topic] if topic else ()
    return math.fsum([*weights, *twice])


def _same(one: Whom, other: Whom, parts: Set[str]) -> bool:
    """Whether they name the same coin or the same project; a person has many stories."""
    if one.tickers and other.tickers:
        return not one.tickers.isdisjoint(other.tickers)
    return bool((one.names & other.names) - parts)
