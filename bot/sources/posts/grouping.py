"""Which posts belong together: the most telling thing that several share takes its posts, then the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.sources.posts import tokens
from bot.sources.posts.features import Sense, features, label
from bot.sources.posts.post import XPost

MOST_GROUPS = 10
MOST_POSTS = 12
Features = Mapping[int, frozenset[str]]  # by post id


@dataclass(frozen=True, slots=True)
class Group:
    """Posts that share `feature`; `title` names what they are about."""

    feature: str
    title: str
    posts: tuple[XPost, ...]


def group(posts: Sequence[XPost], sense: Sense) -> list[Group]:
    """Up to ten groups, most telling first; every post is in one at most, posts without company in none."""
    having = {post.id: frozenset(features(post.text)) for post in posts}
    rest, groups = list(posts), list[Group]()
    while rest and len(groups) < MOST_GROUPS:
        best = _best(rest, having, sense)
        if best is None:
            break
        members = _family(best, rest, having, sense)
        groups.append(Group(best, _title(best, members, having, sense), tuple(members[:MOST_POSTS])))
        taken = {post.id for post in members}
        rest = [post for post in rest if post.id not in taken]
    return groups


def _rated(posts: Sequence[XPost], having: Features, sense: Sense) -> list[tuple[float, str]]:
    """What at least two of the posts share, most telling first."""
    counts = Counter(feature for post in posts for feature in having[post.id])
    lang = posts[0].lang if posts else "en"
    rated = [(count * sense.weight(feature, lang), feature) for feature, count in counts.items() if count > 1]
    return sorted((pair for pair in rated if pair[0] > 0), reverse=True)


def _best(posts: Sequence[XPost], having: Features, sense: Sense) -> str | None:
    rated = _rated(posts, having, sense)
    return rated[0][1] if rated else None


def _family(best: str, posts: Sequence[XPost], having: Features, sense: Sense) -> list[XPost]:
    """The posts with the feature, and those with what most of them also share (the ticker's project …)."""
    core = [post for post in posts if best in having[post.id]]
    counts = Counter(feature for post in core for feature in having[post.id])
    kin = {
        feature
        for feature, count in counts.items()
        if count > 1 and 2 * count > len(core) and sense.share(feature, core[0].lang) < 0.001
    }
    return [post for post in posts if _has(post, kin | {best}, having)]


def _has(post: XPost, wanted: set[str], having: Features) -> bool:
    return bool(wanted & having[post.id] or wanted.intersection(tokens.words(post.text)))


def _title(best: str, posts: Sequence[XPost], having: Features, sense: Sense) -> str:
    """The feature, and with it the most telling pair of words the posts share."""
    named = _written(best, posts)
    if " " in best or not best.isascii():
        return named
    more = [feature for _, feature in _rated(posts, having, sense) if _extends(feature)]
    own = [pair for pair in more if best in pair.split()]
    if own:
        return _written(own[0], posts)
    return f"{named} {_written(more[0], posts)}" if more else named


def _extends(feature: str) -> bool:
    """Whether it makes a title say more: two words, or a whole word of CJK."""
    return " " in feature or (not feature.isascii() and len(feature) == 2)


def _written(feature: str, posts: Sequence[XPost]) -> str:
    text = next((post.text for post in posts if feature in set(features(post.text))), feature)
    return label(feature, text)
