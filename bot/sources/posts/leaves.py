"""The single terms of a query: words, phrases, tags and operators, and what they are checked against."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.sources.posts import tokens
from bot.sources.posts.errors import QueryError
from bot.sources.posts.post import XPost

Span = tuple[float, float]  # [from, before) in UNIX seconds
ALWAYS: Span = (-math.inf, math.inf)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ABSENT = {"nativeretweets", "retweets", "replies", "quote"}  # kinds of posts that no world holds


@dataclass(frozen=True, slots=True)
class Doc:
    """A post made ready for matching."""

    post: XPost
    at: float  # UNIX seconds
    text: str  # case-folded
    words: str  # " every word between spaces "
    tags: frozenset[str]  # $cashtags and #hashtags

    @classmethod
    def of(cls, post: XPost) -> Doc:
        return cls(
            post=post,
            at=post.created_at.timestamp(),
            text=post.text.casefold(),
            words=f" {' '.join(tokens.words(post.text))} ",
            tags=frozenset(tokens.cashtags(post.text) + tokens.hashtags(post.text)),
        )

    def keys(self) -> Iterator[str]:
        """Everything the index finds this post by."""
        yield from self.words.split()
        yield from self.tags
        yield from tokens.cjk_keys(self.text)
        yield f"from:{self.post.author.casefold()}"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One term. Every post that matches has all `keys` in the index and lies in `span`."""

    check: Callable[[Doc], bool]
    keys: tuple[str, ...] = ()
    span: Span = ALWAYS
    is_text: bool = False

    def matches(self, doc: Doc) -> bool:
        return self.check(doc)


def text_leaf(body: str) -> Leaf:
    """A cashtag, hashtag, word or phrase. Alphabetic words match whole; CJK and symbols as a substring."""
    if not body.strip():
        raise QueryError("A quoted phrase is empty.")
    tags = tokens.cashtags(body) + tokens.hashtags(body)
    if len(tags) == 1 and tags[0] == body.casefold():
        return Leaf(lambda doc: tags[0] in doc.tags, keys=(tags[0],), is_text=True)
    words = tokens.words(body)
    if tokens.has_cjk(body) or not words:
        folded = body.casefold()
        return Leaf(lambda doc: folded in doc.text, keys=tuple(tokens.cjk_keys(folded)), is_text=True)
    phrase = f" {' '.join(words)} "
    return Leaf(lambda doc: phrase in doc.words, keys=tuple(words), is_text=True)


def operator(body: str, *, now: datetime) -> Leaf | None:
    """`name:value` as a filter, or None when it is no operator of X's search. Raises QueryError."""
    name, colon, value = body.partition(":")
    name = name.casefold()
    if not colon or name not in _OPERATORS:
        return None
    if not value:
        raise QueryError(f"{name}: is followed by nothing.")
    return _OPERATORS[name](value, now)


def _lang(value: str, _now: datetime) -> Leaf:
    wanted = value.casefold()
    return Leaf(lambda doc: doc.post.lang == wanted)


def _from(value: str, _now: datetime) -> Leaf:
    wanted = value.casefold().removeprefix("@")
    return Leaf(lambda doc: doc.post.author.casefold() == wanted, keys=(f"from:{wanted}",))


def _min_faves(value: str, _now: datetime) -> Leaf:
    least = _number("min_faves", value)
    return Leaf(lambda doc: (doc.post.likes or 0) >= least)


def _filter(value: str, _now: datetime) -> Leaf:
    if value.casefold() not in _ABSENT:
        raise QueryError(f"filter:{value} is not known; known are {', '.join(sorted(_ABSENT))}.")
    return Leaf(lambda doc: False)


def _within_time(value: str, now: datetime) -> Leaf:
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", value)
    if match is None:
        raise QueryError(f"within_time:{value} is not understood; write it like within_time:3h, 45m or 2d.")
    return _between(now.timestamp() - int(match[1]) * _SECONDS[match[2]], math.inf)


def _between(start: float, end: float) -> Leaf:
    return Leaf(lambda doc: start <= doc.at < end, span=(start, end))


def _number(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", value):
        raise QueryError(f"{name}:{value} needs a whole number.")
    return int(value)


def _moment(name: str, value: str) -> float:
    """`2026-11-20` or `2026-11-20_10:00:00_UTC` in UNIX seconds."""
    for form in ("%Y-%m-%d", "%Y-%m-%d_%H:%M:%S_UTC"):
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    raise QueryError(f"{name}:{value} is no date; write 2026-11-20 or 2026-11-20_10:00:00_UTC.")


_OPERATORS: dict[str, Callable[[str, datetime], Leaf]] = {
    "lang": _lang,
    "from": _from,
    "min_faves": _min_faves,
    "filter": _filter,
    "within_time": _within_time,
    "since": lambda value, _: _between(_moment("since", value), math.inf),
    "until": lambda value, _: _between(-math.inf, _moment("until", value)),
    "since_time": lambda value, _: _between(_number("since_time", value), math.inf),
    "until_time": lambda value, _: _between(-math.inf, _number("until_time", value)),
}
