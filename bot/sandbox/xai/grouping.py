"""Which posts belong together: the commonest cashtag, hashtag or pair of words takes its posts first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.sandbox.world import XPost, tokens

MOST_GROUPS = 10
MOST_POSTS = 12
# fmt: off
_STOP = frozenset((
    "a", "about", "after", "again", "all", "altcoin", "an", "and", "are", "as", "at", "be", "breaking",
    "but", "by", "can", "crypto", "defi", "desk", "do", "for", "from", "go", "has", "have", "heads",
    "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "more", "my", "news", "next", "no",
    "not", "now", "of", "off", "on", "onchain", "one", "only", "or", "out", "over", "safe", "sleeps",
    "so", "soon", "stay", "than", "that", "the", "their", "them", "then", "there", "they", "this",
    "thoughts", "thread", "to", "today", "too", "up", "update", "was", "we", "what", "when", "who",
    "why", "will", "with", "wow", "you", "your",
))
# fmt: on
_STOP_CJK = frozenset(
    "的了是在我有和就不人都一个上也很到说要去你会着没看好自己这么怎还先又被给对为与及吧吗呢啊"
)
_NAME = re.compile(r"(?<![$#\w])(?!Crypto)[A-Z][a-z]{4,}\b(?![:,.?!])")  # no exclamations like "Update:"
_COMMON_TAGS = frozenset(
    {"#crypto", "#airdrop", "#giveaway", "#bitcoin", "#altcoin", "#defi", "#web3", "#币圈", "#加密"}
)
_COMMON_CJK = frozenset({"加密", "加密圈", "密圈", "币圈", "链上", "消息", "大家", "早报", "快讯"})


@dataclass(frozen=True, slots=True)
class Group:
    """Posts that share `feature`; `label` is how a person would write it."""

    feature: str
    label: str
    posts: tuple[XPost, ...]


def group(posts: Sequence[XPost]) -> list[Group]:
    """Up to ten groups, biggest first; every post is in one at most, posts without company in none."""
    features = {post.id: frozenset(_features(post.text)) for post in posts}
    rest, groups = list(posts), list[Group]()
    while rest and len(groups) < MOST_GROUPS:
        best = _commonest(features[post.id] for post in rest)
        if best is None:
            break
        core = [post for post in rest if best in features[post.id]]
        names = _names(core)
        members = [post for post in rest if best in features[post.id] or names & set(tokens.words(post.text))]
        groups.append(Group(best, label(best, core[0].text), tuple(members[:MOST_POSTS])))
        taken = {post.id for post in members}
        rest = [post for post in rest if post.id not in taken]
    return groups


def _names(posts: Sequence[XPost]) -> set[str]:
    """Capitalised words that most of several posts share: the name of what they are about."""
    counts = Counter(word.casefold() for post in posts for word in set(_NAME.findall(post.text)))
    return {name for name, count in counts.items() if count >= 2 and count * 2 > len(posts)}


def _commonest(features: Iterable[frozenset[str]]) -> str | None:
    """The feature of most posts; tags win ties, and need no second post."""
    counts = Counter(feature for each in features for feature in each)
    rated = [
        (count, _weight(feature), feature) for feature, count in counts.items() if count >= _least(feature)
    ]
    return max(rated)[2] if rated else None


def _least(feature: str) -> int:
    return 1 if feature[0] in "$#" else 2


def _weight(feature: str) -> int:
    if feature[0] == "$":
        return 3
    return 2 if feature[0] == "#" else 1 if " " in feature or len(feature) > 2 else 0


def _features(text: str) -> Iterator[str]:
    yield from tokens.cashtags(text)
    yield from (tag for tag in tokens.hashtags(text) if tag not in _COMMON_TAGS)
    yield from pairs(text)


def pairs(text: str) -> Iterator[str]:
    """Neighbouring words that both mean something; in CJK two or three neighbouring characters."""
    words = tokens.words(text)
    for first, second in pairwise(words):
        if not {first, second} & _STOP and first.isalpha() and second.isalpha() and len(first + second) > 5:
            yield f"{first} {second}"
    for run in tokens.cjk_runs(text):
        for size in (2, 3):
            grams = (run[i : i + size] for i in range(len(run) - size + 1))
            yield from (gram for gram in grams if not set(gram) & _STOP_CJK and gram[:2] not in _COMMON_CJK)


def label(feature: str, text: str) -> str:
    """The feature as the text writes it; cashtags in capitals."""
    if feature[0] == "$":
        return feature.upper()
    match = re.search(r"\W+".join(map(re.escape, feature.split())), text, re.IGNORECASE)
    return match.group() if match else feature
