"""Runs of words as people wrote them: what terms and titles are made of."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from core.narratives.stopwords import CJK_EDGES, CJK_LEXICON
from core.text import CJK, CJK_STOP, RECENT, REMEMBERED, readable, words

BOTH = " + "  # joins the parts of a term that must occur together
TOLD = 1 << 13  # texts whose phrases are kept at hand: as many as one turn tells stories of
MAX_WORDS = 7
MAX_CJK = 12
_WORD = rf"[$#]?[^\W_{CJK}]+(?:['’.&-][^\W_{CJK}]+)*"
_ASCII_WORD = "[$#]?[A-Za-z0-9]+(?:['.&-][A-Za-z0-9]+)*"  # the same in plain ASCII, found sooner
_TOKEN, _ASCII_TOKEN = re.compile(f"[{CJK}]+|{_WORD}"), re.compile(_ASCII_WORD)
_STRETCH = re.compile(f"([{CJK}]+)(?: ?{_WORD})*|{_WORD}(?: ?{_WORD})*")
_ASCII_STRETCH = re.compile(f"{_ASCII_WORD}(?: ?{_ASCII_WORD})*()")
_SIGN = re.compile(r"['’](?:s(?= |$))?|[$#]")
_LINK = re.compile(
    r"\b[\w-]+\.(?:com|net|org|io|xyz|app|fun|ai|me|co|gg|finance|fi|link|site|top|vip|ly|to|dev)\b"
)
_CJK_RUN = re.compile(f"[{CJK}]+")
_LEXICON = re.compile("|".join(sorted(CJK_LEXICON, key=lambda word: (-len(word), word))))
_COUNTED = re.compile(r"\d ?$")
_MEASURE = re.compile("^[年月日号点时分个万亿元美倍枚轮天届条只]+")


class Run(NamedTuple):
    """Adjacent latin words, or a CJK run without particles."""

    at: int  # how many characters into the text
    tokens: tuple[str, ...]  # as written; none in a CJK run
    keys: tuple[str, ...]  # as compared
    telling: tuple[bool, ...]  # no stop words
    cjk: str = ""


Phrase = tuple[Run, int, int]  # a piece of a run: where it begins and ends, in words or CJK characters


@lru_cache(maxsize=TOLD)
def phrases(text: str, *, most_words: int = MAX_WORDS, most_cjk: int = MAX_CJK) -> Mapping[str, Phrase]:
    """All phrases of a text by key, first occurrence: up to 7 words, or 2 to 12 CJK characters.

    A phrase begins and ends with a telling word and never crosses punctuation, a line end or an emoji.
    Remembered, because a story is told anew whenever it has grown.
    """
    found: dict[str, Phrase] = {}
    for run in runs(text):
        for key_, begin, end in _cjk(run.cjk, most_cjk) if run.cjk else _latin(run, most_words):
            if key_ not in found:
                found[key_] = run, begin, end
    return found


@lru_cache(maxsize=RECENT)
def runs(text: str) -> tuple[Run, ...]:
    """What phrases are parts of, in order."""
    return tuple(_run(at, stretch) for at, stretch in _stretches(text) if stretch)


def _run(at: int, stretch: list[str] | str) -> Run:
    if isinstance(stretch, str):
        return Run(at, (), (), (), stretch)
    keys = _plain(" ".join(stretch)).split(" ")
    return Run(at, tuple(stretch), tuple(keys), tuple([_tells(key) for key in keys]))


@lru_cache(maxsize=REMEMBERED)
def _tells(key: str) -> bool:
    return bool(words(key))


@lru_cache(maxsize=RECENT)
def key(text: str) -> str:
    """The form in which phrases are compared: lower case words, no signs, single blanks."""
    return _plain(" ".join(_tokens(readable(text))))


def _plain(tokens: str) -> str:
    """One token, or several with blanks between them, as compared."""
    return _SIGN.sub("", tokens.lower())


def _tokens(plain: str) -> list[str]:
    return (_ASCII_TOKEN if plain.isascii() else _TOKEN).findall(plain)


def _stretches(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Adjacent latin words as a list, a CJK run without particles as a string; each with its place.

    Words right behind a CJK run stand where it does.
    """
    before = 0
    for line in html.unescape(text).splitlines():
        plain = _LINK.sub("\n", readable(line))
        for found in (_ASCII_STRETCH if plain.isascii() else _STRETCH).finditer(plain):
            at, run = before + found.start(), found[1] or ""
            if run:
                counted = _COUNTED.search(plain[: found.start()])
                yield from (
                    (at, piece) for piece in CJK_STOP.split(_MEASURE.sub("", run) if counted else run)
                )
            yield at, _tokens(found[0][len(run) :])
        before += len(plain)


def _latin(run: Run, most: int) -> list[tuple[str, int, int]]:
    """Runs of at most that many words."""
    keys = run.keys
    telling = [i for i, tells in enumerate(run.telling) if tells]
    return [
        (" ".join(keys[i : j + 1]), i, j + 1)
        for place, i in enumerate(telling)
        for j in telling[place : place + most]
        if j < i + most
    ]


@lru_cache(maxsize=TOLD)
def _cjk(run: str, most: int) -> list[tuple[str, int, int]]:
    """Pieces that neither cut a word of the lexicon nor begin or end with a function word."""
    inside = {k for word in _LEXICON.finditer(run) for k in range(word.start() + 1, word.end())}
    whole = {(word.start(), word.end()) for word in _LEXICON.finditer(run)}
    starts = {a for a, _ in whole} | {i for i in range(len(run)) if run[i] not in CJK_EDGES} - inside
    ends = {b for _, b in whole} | {j for j in range(1, len(run) + 1) if run[j - 1] not in CJK_EDGES} - inside
    telling = sorted(j for j in ends if j >= 2 and _tells(run[j - 2 : j]))
    begins = sorted(i for i in starts if _tells(run[i : i + 2]))
    return [(run[i:j], i, j) for i in begins for j in telling if 2 <= j - i <= most]


class Shared(NamedTuple):
    """A phrase that several texts contain."""

    key: str
    surface: str  # its commonest spelling
    named: bool  # every spelling has capitals or is a tag: a name, not an ordinary word
    voices: frozenset[int]  # positions of those texts
    at: int  # how many characters into the text that names it first


def shared(texts: Sequence[str], *, most_words: int, most_cjk: int) -> list[Shared]:
    """Phrases of at most that length in two or more of the texts, sorted by key.

    A part of a longer shared phrase is left out when it occurs in just the same texts.
    """
    if len(texts) < 2:
        return []
    told = [phrases(text, most_words=most_words, most_cjk=most_cjk) for text in texts]
    times = Counter(chain.from_iterable(told))
    voices: dict[str, list[int]] = {key_: [] for key_, count in times.items() if count >= 2}
    for voice, found in enumerate(told):
        for key_ in found.keys() & voices.keys():
            voices[key_].append(voice)
    groups: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for key_ in sorted(sorted(voices), key=len, reverse=True):
        same = groups[tuple(voices[key_])]
        if not any(contains(longer, key_) for longer in same):
            same.append(key_)
    return sorted(
        _shared(key_, frozenset(group), [told[voice][key_] for voice in group])
        for group, kept in groups.items()
        for key_ in kept
    )


def _shared(key_: str, voices: frozenset[int], said: Sequence[Phrase]) -> Shared:
    pieces = [run.cjk[i:j] or run.tokens[i:j] for run, i, j in said]
    written = pieces if len(set(pieces)) > 1 else pieces[:1]  # nearly always all write the same
    spellings = Counter(map(_shown, written))
    first = min([run.at + i if run.cjk else run.at for run, i, _ in said])
    return Shared(key_, _commonest(spellings), all(map(_is_name, spellings)), voices, first)


def _shown(piece: str | tuple[str, ...]) -> str:
    return piece if isinstance(piece, str) else " ".join([token.lstrip("$#") for token in piece])


def size(phrase: str) -> float:
    """Telling words of a phrase; two CJK characters beyond the trade's vocabulary count as one."""
    if phrase.isascii():
        return len(words(phrase))
    latin = sum(not is_cjk(word) for word in words(phrase))
    return latin + sum(map(len, _CJK_RUN.findall(_LEXICON.sub(" ", phrase)))) / 2


def _commonest(spellings: Counter[str]) -> str:
    return max(spellings, key=lambda spelling: (spellings[spelling], not spelling.isupper(), spelling))


def _is_name(surface: str) -> bool:
    return all(word[0].isupper() or not words(word) for word in surface.split()) and surface.isascii()


def holds(text: str, term: str) -> bool:
    """Whether normalised `text` contains a term: a phrase, or all parts of one written "a + b"."""
    return all(contains(text, part) for part in term.split(BOTH))


def contains(text: str, phrase: str) -> bool:
    """Whether normalised `text` contains the phrase: CJK anywhere, words only as whole words."""
    return phrase in text and (is_cjk(phrase) or f" {phrase} " in f" {text} ")


def is_cjk(phrase: str) -> bool:
    return bool(_CJK_RUN.match(phrase))
