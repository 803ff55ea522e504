"""Talk: what is known of one narrative's posts, each once, whatever the order they came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from core.models import Mention

EVIDENCE_POSTS = 5
DAY = timedelta(hours=24)
STILL, STRAY = timedelta(days=7), 2  # a story with so few posts in a week has gone quiet


class Talk(NamedTuple):
    """What is known of one narrative's posts, each once, oldest first."""

    posts: tuple[Mention, ...]
    originals: tuple[Mention, ...]  # without near-copies of an earlier post

    def since(self, start: datetime) -> Talk:
        """The posts created after `start`."""
        recent = tuple(m for m in self.posts if m.created_at > start)
        return Talk(recent, tuple(m for m in self.originals if m.created_at > start))

    @property
    def names(self) -> frozenset[str]:
        """The known authors."""
        return frozenset(m.author for m in self.posts if m.author is not None)

    @property
    def authors(self) -> int:
        """Different known authors."""
        return len(self.names)

    @property
    def confirmed(self) -> int:
        """Different authors with a confirmed post: one answer more, or X itself, vouches for them."""
        return len({m.author for m in self.posts if m.confirmed} - {None})

    def back_since(self, earliest: datetime, now: datetime) -> datetime | None:
        """Its first post of the day, where it is not the first of all but the week before had hardly any."""
        first = next((m.created_at for m in self.posts if m.created_at > now - DAY), None)
        if first is None or earliest >= first:
            return None
        before = sum(now - STILL < m.created_at <= now - DAY for m in self.posts)
        return first if before <= STRAY else None


def talks_of(mentions: Iterable[Mention], now: datetime) -> dict[str, Talk]:
    """Every narrative's posts known by now, in order of creation whatever the order they come in."""
    grouped: dict[str, dict[str, Mention]] = {}
    for m in mentions:
        if m.created_at <= now >= m.known_at:
            posts = grouped.setdefault(m.narrative_id, {})
            before = posts.get(m.post_id)
            posts[m.post_id] = m if before is None else _told_once(before, m)
    return {id_: _talk(sorted(p.values(), key=_age)) for id_, p in grouped.items()}


def _told_once(one: Mention, other: Mention) -> Mention:
    """The mention known first; what either confirms is confirmed."""
    first = min(one, other, key=lambda m: (m.known_at, m.author is None, repr(m)))
    return first._replace(confirmed=one.confirmed or other.confirmed)


def _age(mention: Mention) -> tuple[datetime, int]:
    return mention.created_at, int(mention.post_id)


def _talk(posts: Sequence[Mention]) -> Talk:
    seen: set[int] = set()
    originals = []
    for m in posts:
        if m.signature not in seen:
            originals.append(m)
        if m.signature:
            seen.add(m.signature)
    return Talk(tuple(posts), tuple(originals))


def evidence(talk: Talk) -> tuple[str, ...]:
    """Ids of up to 5 posts to show, no near-copies: the newest of different authors, the earliest last."""
    if not talk.originals:
        return ()
    earliest = talk.originals[0]
    shown: list[str] = []
    authors = {earliest.author}
    for m in reversed(talk.originals[1:]):
        if len(shown) == EVIDENCE_POSTS - 1:
            break
        if m.author is None or m.author not in authors:
            shown.append(m.post_id)
            authors.add(m.author)
    return (*shown, earliest.post_id)
