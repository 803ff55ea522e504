"""What two posts can have in common, and how telling it is: a sense of language."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from bot.sources.posts import tokens
from bot.sources.posts.post import XPost

_SAMPLE = 3000  # posts of a language from which it is known how people usually talk
_TOO_COMMON = 0.005  # share of usual posts above which words tell nothing
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{4,}\b")  # a capital within a sentence
_WORDS = re.compile(r"(?<![$#\w])[A-Za-z]+(?: [A-Za-z]+)+\b")  # with nothing but blanks between them
# fmt: off
_STOP = frozenset((
    "a", "about", "after", "again", "all", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do",
    "for", "from", "go", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "just", "me",
    "more", "my", "next", "no", "not", "now", "of", "off", "on", "one", "only", "or", "out", "over", "so",
    "than", "that", "the", "their", "them", "then", "there", "they", "this", "to", "too", "up", "was",
    "we", "what", "when", "who", "why", "will", "with", "you", "your",
))
# fmt: on
_STOP_CJK = frozenset(
    "的了是在我有和就不人都一个上也很到说要去你会着没看好自己这么怎还先又被给对为与及吧吗呢啊即已"
)
_COMMON_TAGS = frozenset({"#crypto", "#airdrop", "#giveaway", "#altcoin", "#defi", "#web3", "#币圈", "#加密"})


class Sense:
    """Knows from posts how people usually talk, and so which words are news."""

    def __init__(self, posts: Sequence[XPost]) -> None:
        self._usual = {lang: Counter[str]() for lang in sorted({post.lang for post in posts})}
        self._size = dict.fromkeys(self._usual, 1)
        for lang, usual in self._usual.items():
            for post in _sample(posts, lang):
                usual.update(set(features(post.text)))
                self._size[lang] += 1

    def share(self, feature: str, lang: str) -> float:
        """Of the usual posts of a language, how many have the feature."""
        return self._usual[lang][feature] / self._size[lang] if lang in self._usual else 0.0

    def weight(self, feature: str, lang: str) -> float:
        """How telling it is that a post has the feature; 0 = not at all."""
        share = self.share(feature, lang)
        if share > _TOO_COMMON and not is_tag(feature):
            return 0.0
        telling = -math.log(share + 1 / (self._size.get(lang, 1) + 1))
        return telling * (1.3 if is_tag(feature) else 1.0 + 0.01 * len(feature))


def _sample(posts: Sequence[XPost], lang: str) -> Iterator[XPost]:
    """Ordinary posts, evenly from all there are."""
    usual = [post for post in posts if post.lang == lang and post.story is None]
    return islice(iter(usual[:: len(usual) // _SAMPLE + 1]), _SAMPLE)


def is_tag(feature: str) -> bool:
    return feature[0] in "$#"


def features(text: str) -> Iterator[str]:
    """Cashtags, hashtags, names, pairs of words; in CJK two to four neighbouring characters."""
    yield from tokens.cashtags(text)
    yield from (tag for tag in tokens.hashtags(text) if tag not in _COMMON_TAGS)
    yield from (name.casefold() for name in _NAME.findall(text))
    for run in _WORDS.findall(text):
        for first, second in pairwise(run.casefold().split()):
            if not {first, second} & _STOP and len(first + second) > 5:
                yield f"{first} {second}"
    for run in tokens.cjk_runs(text):
        for size in (2, 3, 4):
            grams = (run[i : i + size] for i in range(len(run) - size + 1))
            yield from (gram for gram in grams if not set(gram) & _STOP_CJK)


def label(feature: str, text: str) -> str:
    """The feature as the text writes it; cashtags in capitals."""
    if feature[0] == "$":
        return feature.upper()
    match = re.search(r"\W+".join(map(re.escape, feature.split())), text, re.IGNORECASE)
    return match.group() if match else feature
