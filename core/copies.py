"""Near-copies: posts in the same words, though somebody decorated, cut, shuffled or retyped them.

A text is its set of words and of pairs of adjacent words. A later text is a near-copy of an earlier one when
70 % of the smaller set is in the other (containment) and the two overlap by a Jaccard index of 0.3 (Broder,
"On the resemblance and containment of documents", 1997). Only letters count: not case, digits, punctuation,
emoji, URLs, @names or look-alike letters; stop words count in pairs only, and Chinese, Japanese and Korean go
by pairs of characters. A family is an original with all its near-copies; copies of copies belong to it only
if they still are like the original, so that no chain of small changes joins what has nothing in common.

Pairs are found by prefix filtering (Bayardo, Ma and Srikant, "Scaling up all pairs similarity search", WWW
2007): sets so alike have some of their rarest elements in common, so only those are looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.models import Excerpt, Post
from core.narratives.stopwords import WORDS
from core.text import CJK, normalise

Ints = NDArray[np.int64]
CONTAINED = 0.7  # share of the smaller set that is in the larger one
ALIKE = 0.3  # and the Jaccard index: a short text inside a long one is no copy of it
FEWEST = 8  # words and pairs of words; a text with fewer is a copy only of its equals
SHARED = 3  # rare elements that two texts must share to be compared
NEIGHBOURS = 4  # and with how many before it that share one, beside the first of all
_TOKEN = re.compile(rf"[{CJK}]|(?:(?![{CJK}])[^\W\d_])+")
_ASCII_TOKEN = re.compile("[a-z]+")  # the same in lower case ASCII, found sooner
_IS_CJK = re.compile(f"[{CJK}]")


def families(texts: Sequence[str]) -> list[int]:
    """For each text, oldest first, the position of the original it copies, or its own.

    A text without letters copies nothing. Some 10,000 posts take a third of a second.

    >>> families(["gm", "Lumen bridge is open again, go on", "", "RT @x: LUMEN bridge is open again", "GM"])
    [0, 1, 2, 1, 0]
    """
    said = [" ".join(_tokens(normalise(text))) for text in texts]
    first: dict[str, int] = {}
    for i, text in enumerate(said):
        first.setdefault(text, i)
    distinct = [text for text in first if text]
    original = _originals(len(distinct), _pairs(distinct))
    place = {text: first[distinct[original[i]]] for i, text in enumerate(distinct)}
    return [place[text] if text else i for i, text in enumerate(said)]


def _tokens(plain: str) -> list[str]:
    return (_ASCII_TOKEN if plain.isascii() else _TOKEN).findall(plain)


def alike(a: str, b: str) -> bool:
    """Whether two texts are near-copies; a text without letters resembles nothing."""
    return families((a, b)) == [0, 0]


def settled(posts: Mapping[str, Post], known: Iterable[Excerpt]) -> dict[str, Post]:
    """The posts with the signature of their family: that of its oldest known post, if it has one.

    So near-copies have equal signatures wherever they are counted. A known post keeps its own as long as it
    says the same, whatever is found later. The order of neither changes anything.
    """
    before = {
        e.post_id: e
        for e in known
        if e.text and e.signature and (e.post_id not in posts or posts[e.post_id].text == e.text)
    }
    fresh = [Excerpt(p.id, p.text, p.signature) for p in posts.values() if p.id not in before]
    every = [*sorted(before.values(), key=_age), *sorted(fresh, key=_age)]
    code: dict[int, int] = {}
    found: dict[str, int] = {}
    for excerpt, family in zip(every, families([excerpt.text for excerpt in every]), strict=True):
        shared = code.setdefault(family, excerpt.signature)
        found[excerpt.post_id] = excerpt.signature if excerpt.post_id in before else shared
    return {
        id: post if post.signature == found[id] else post.model_copy(update={"signature": found[id]})
        for id, post in posts.items()
    }


def _age(excerpt: Excerpt) -> int:
    return int(excerpt.post_id)


def _originals(count: int, pairs: Iterable[tuple[int, int, float]]) -> list[int]:
    """For each of `count` texts the original it is most like, or itself, given pairs with their likeness."""
    like: dict[int, list[tuple[float, int]]] = {}
    for earlier, later, likeness in pairs:
        like.setdefault(later, []).append((-likeness, earlier))
    original = list(range(count))
    for later in sorted(like):
        found = [each for each in like[later] if original[each[1]] == each[1]]
        original[later] = min(found, default=(0.0, later))[1]
    return original


def _pairs(said: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Near-copies among distinct texts: the earlier, the later, their Jaccard index."""
    if len(said) < 2:
        return
    row, element, often = _elements(said)
    size = np.bincount(row, minlength=len(said))
    begin = np.cumsum(size) - size
    place = np.arange(len(row)) - begin[row]
    prefix = size - np.ceil(ALIKE * size).astype(np.int64) + SHARED
    telling = (place < prefix[row]) & often & (size[row] >= FEWEST)
    earlier, later = _meetings(row[telling], element[telling])
    common = _common(earlier, later, row[often], element[often])
    smaller = np.minimum(size[earlier], size[later])
    jaccard = common / (size[earlier] + size[later] - common)
    alike = (jaccard >= ALIKE) & (common >= CONTAINED * smaller)
    found = (earlier[alike].tolist(), later[alike].tolist(), jaccard[alike].tolist())
    yield from zip(*found, strict=True)


def _common(a: Ints, b: Ints, row: Ints, element: Ints) -> Ints:
    """How many elements each pair of texts shares; `row` and `element` are sorted."""
    span = int(element.max(initial=0)) + 1
    cells = row * span + element
    begin, end = np.searchsorted(row, a), np.searchsorted(row, a, side="right")
    count = end - begin
    pair = np.repeat(np.arange(len(a)), count)
    place = np.arange(len(pair)) + np.repeat(begin - (np.cumsum(count) - count), count)
    sought = b[pair] * span + element[place]
    at = np.minimum(np.searchsorted(cells, sought), len(cells) - 1)
    return np.bincount(pair[cells[at] == sought], minlength=len(a))


def _elements(said: Sequence[str]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Texts' sets as columns: text, element, whether it occurs twice; by text, then from rare to common."""
    tokens = " ".join(said).split(" ")
    numbers = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    word = np.fromiter(map(numbers.__getitem__, tokens), np.int64, len(tokens))
    row = np.repeat(np.arange(len(said)), [text.count(" ") + 1 for text in said])
    telling = [not _IS_CJK.match(token) and token not in WORDS for token in numbers]
    alone = np.array(telling, dtype=bool)[word]
    beside = row[1:] == row[:-1]
    pair = (word[:-1] + 1) * (len(numbers) + 1) + word[1:] + 1  # beyond the numbers of the words
    element = np.concatenate([word[alone], pair[beside]])
    row = np.concatenate([row[alone], row[1:][beside]])
    return _from_rare_to_common(row, element)


def _from_rare_to_common(row: Ints, element: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Each element of each row once, renumbered by how often it occurs."""
    order = np.argsort(element, kind="stable")
    begins = np.flatnonzero(np.diff(element[order], prepend=-1))
    count = np.diff(begins, append=len(order))
    by_count = np.argsort(count, kind="stable")
    rank = np.empty_like(by_count)
    rank[by_count] = np.arange(len(count))
    span = max(len(count), 1)
    cell = np.sort(row[order] * span + np.repeat(rank, count))
    row, element = np.divmod(cell[np.diff(cell, prepend=-1) > 0], span)
    return row, element, count[by_count][element] > 1


def _meetings(row: Ints, element: Ints) -> tuple[Ints, Ints]:
    """Pairs of texts that share enough rare elements: each with the first that has one and some before it."""
    order = np.argsort(element, kind="stable")
    row, element = row[order], element[order]
    span = int(row.max(initial=0)) + 1
    start = np.searchsorted(element, element)
    first = row[start]
    far = np.arange(len(row)) - start > NEIGHBOURS
    met = [first[far] * span + row[far]]
    for lag in range(1, NEIGHBOURS + 1):
        same = element[lag:] == element[:-lag]
        met.append(row[:-lag][same] * span + row[lag:][same])
    pair = np.sort(np.concatenate(met))
    begins = np.flatnonzero(np.diff(pair, prepend=-1))
    enough = np.diff(begins, append=len(pair)) >= SHARED
    return np.divmod(pair[begins[enough]], span)
