"""What is left out of the lists, collapsed: a flood is one text however often posted, a bot one account.

Airdrop posts are put together by near-copies, price lists by author; groups of two or more are told by kind,
the rest of the junk is just counted. Talk in no narrative is a flood where five posts have the same letters:
near-copies of it may be a turn of phrase.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np

from core.models import Fact, Junk
from core.text import NEAR_BITS

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
    family = _families({post.signature for post in posts if post.junk} - {0})
    airdrops = _sizes(_copied(post, family) for post in posts if post.junk == "airdrop farm")
    bots = _sizes(post.author or _copied(post, family) for post in posts if post.junk == "price bot")
    copies = _sizes(post.signature for post in posts if post.junk is None and post.signature)
    junk = sum(post.junk is not None for post in posts)
    grouped = sum(n for n in (*airdrops, *bots) if n >= AGAIN)
    return LeftOut(
        airdrop_floods=sum(n >= AGAIN for n in airdrops),
        price_bots=sum(n >= AGAIN for n in bots),
        copy_floods=sum(n >= COPIES for n in copies),
        other_posts=junk - grouped,
    )


def _copied(post: Aside, family: dict[int, int]) -> Hashable:
    """What a post is a copy of; a post without words is its own."""
    return family[post.signature] if post.signature else post.id


def _sizes(groups: Iterable[Hashable]) -> list[int]:
    return list(Counter(groups).values())


def _families(signatures: Iterable[int]) -> dict[int, int]:
    """Signature → the first one it is near to."""
    firsts = np.zeros(0, dtype=np.uint64)
    found: dict[int, int] = {}
    for signature in sorted(signatures):
        near = np.bitwise_count(firsts ^ np.uint64(signature)) <= NEAR_BITS
        if not near.any():
            firsts = np.append(firsts, np.uint64(signature))
        found[signature] = int(firsts[near.argmax()]) if near.any() else signature
    return found
