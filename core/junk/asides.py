"""What is left out of the lists, collapsed: a flood is one text however often posted, a bot one account.

Airdrop posts are put together by near-copies, price lists by author; groups of two or more are told by kind,
the rest of the junk is just counted. Talk in no narrative is a flood from five near-copies on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from core.models import Fact, Junk

AGAIN = 2  # posts from which on a kind of junk is a flood or a bot
COPIES = 5  # of an ordinary text that make a flood


class Aside(NamedTuple):
    """A post that counts for no narrative."""

    id: str
    author: str | None
    signature: int
    junk: Junk | None  # None: talk that belongs to no narrative


class LeftOut(Fact):
    """What a day's list does not show."""

    airdrop_floods: int = 0
    price_bots: int = 0
    copy_floods: int = 0
    other_posts: int = 0  # junk in none of these


def left_out(asides: Iterable[Aside]) -> LeftOut:
    """The asides of a day in groups; their order changes nothing."""
    posts = {aside.id: aside for aside in asides}.values()
    airdrops = _sizes(_copied(post) for post in posts if post.junk == "airdrop farm")
    bots = _sizes(post.author or _copied(post) for post in posts if post.junk == "price bot")
    copies = _sizes(_copied(post) for post in posts if post.junk is None and post.signature)
    junk = sum(post.junk is not None for post in posts)
    grouped = sum(n for n in (*airdrops, *bots) if n >= AGAIN)
    return LeftOut(
        airdrop_floods=sum(n >= AGAIN for n in airdrops),
        price_bots=sum(n >= AGAIN for n in bots),
        copy_floods=sum(n >= COPIES for n in copies),
        other_posts=junk - grouped,
    )


def _copied(post: Aside) -> Hashable:
    """What a post is a copy of; a post without words is its own."""
    return post.signature or post.id


def _sizes(groups: Iterable[Hashable]) -> list[int]:
    return list(Counter(groups).values())
