"""What was found, told in the JSON a model would write about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any
from zlib import crc32

from bot.sources.posts import tokens
from bot.sources.posts.features import Sense
from bot.sources.posts.grouping import Group, group
from bot.sources.posts.post import XPost

Json = dict[str, Any]
_LEANING = 0.25  # mean sentiment from which on a narrative counts as bullish or bearish
_SPLIT = 0.3  # share on either side from which on it counts as mixed


def write(task: str, posts: Sequence[XPost], known: Sequence[tuple[str, str]], sense: Sense) -> Json:
    """Flat posts for a refresh; narratives for anything else, and beside them the posts of no narrative."""
    if task == "refresh":
        return {"posts": [claim(post) for post in posts]}
    groups = group(posts, sense)
    grouped = {post.id for each in groups for post in each.posts}
    return {
        "narratives": [_narrative(each, known) for each in groups],
        "other": [claim(post) for post in posts if post.id not in grouped],
    }


def claim(post: XPost) -> Json:
    """A post as a model reports it."""
    return {
        "post_id": str(post.id),
        "author": post.author,
        "excerpt": post.text[:200],
        "likes": post.likes,
        "reposts": post.reposts,
        "replies": post.replies,
        "views": post.views,
        "sentiment": post.stance,
    }


def _narrative(found: Group, known: Sequence[tuple[str, str]]) -> Json:
    title = found.title
    tags = Counter(tag for post in found.posts for tag in tokens.cashtags(post.text))
    return {
        "slug": _known_slug(found, known) or _slug(title),
        "title": title[:80],
        "summary": _summary(found.posts)[:400],
        "tickers": [tag[1:].upper() for tag, _ in tags.most_common(8)],
        "stance": stance(post.stance for post in found.posts if post.stance is not None),
        "posts": [claim(post) for post in found.posts],
    }


def _slug(title: str) -> str:
    """Lower-case ASCII; a title without any gets a number that is always the same for it."""
    plain = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:48].strip("-")
    return plain if len(plain) >= 3 else f"story-{crc32(title.encode()):08x}"


def _known_slug(found: Group, known: Sequence[tuple[str, str]]) -> str | None:
    """The slug of a known narrative whose title or slug has the group's feature in it."""
    bare = found.feature.lstrip("$#")
    spaced = f" {bare} "
    for slug, title in known:
        words = f" {' '.join(tokens.words(f'{slug} {title}'))} "
        if spaced in words or (tokens.has_cjk(bare) and bare in title):
            return slug
    return None


def _summary(posts: Sequence[XPost]) -> str:
    loudest = max(posts, key=lambda post: (post.likes or 0, post.views or 0))
    authors = len({post.author for post in posts})
    return f"{len(posts)} posts by {authors} accounts, the loudest: {loudest.text[:250]}"


def stance(sentiments: Iterable[float]) -> str:
    """bullish | bearish | mixed | neutral."""
    values = list(sentiments) or [0.0]
    up = sum(value > _LEANING for value in values) / len(values)
    down = sum(value < -_LEANING for value in values) / len(values)
    if min(up, down) >= _SPLIT:
        return "mixed"
    mean = fmean(values)
    return "bullish" if mean > _LEANING else "bearish" if mean < -_LEANING else "neutral"
