"""What a post says of its subject by its words alone: from −1 (fear, blame) to 1 (hope, praise).

VADER's valences v and rules of thumb (Hutto & Gilbert 2014, MIT): a word before may deny (× −0.74) or stress
(± 0.293), what follows "but" outweighs what went before. To its words come our own of crypto X and of four
more languages; tickers, @names and links say nothing. Score = Σv/(Σ|v| + 2): the balance of what is said.

>>> round(score("Looks like a rug pull, stay away"), 2), score("Block 840000 at 14:00 UTC") is None
(-0.69, True)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import NamedTuple, TypeVar

from core.lexicon import english, languages
from core.text import CJK, normalise

_RESERVE = 2.0  # one mild word is no clear stance
_DENIED = -0.74
_FADING = (1.0, 0.95, 0.9)  # what a word that stands so many places before still does
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.5
_STEM = 3  # letters of the shortest stem

_PAUSES = ".,;:!?…"
_TOKEN = re.compile(rf"[$#]?[^\W\d_{CJK}]+|[{CJK}]+|[\u2190-\u2bff\U0001f300-\U0001faff]|[{_PAUSES}]")
_ASCII_TOKEN = re.compile("[$#]?[a-z]+|[.,;:!?]")  # the same in lower case ASCII, found sooner
_IS_CJK = re.compile(f"[{CJK}]")
_APOSTROPHE = re.compile(r"['’](?<=\w.)(?=\w)")

Phrase = tuple[tuple[str, ...], float]
Term = TypeVar("Term", str, tuple[str, ...])


class Lexicon(NamedTuple):
    """Valences in [−4, 4], and the words that change others'."""

    words: Mapping[str, float]
    stems: Mapping[str, float]
    phrases: Mapping[str, Sequence[Phrase]]  # by their first word, the longest first
    chinese: Mapping[str, Sequence[tuple[str, float]]]  # by their first character, the longest first
    heads: Set[str]  # all words that tell or change anything, and first words of phrases
    stress: Mapping[str, float]
    deny: Set[str]

    def valence(self, word: str) -> float:
        """Of one word in any of its forms; 0 for words that tell nothing."""
        known = self.words.get(word)
        if known is None and len(word) >= _STEM and not word.isascii():
            ends = range(len(word), _STEM - 1, -1)
            known = next((self.stems[word[:n]] for n in ends if word[:n] in self.stems), None)
        return known or 0.0

    def phrase(self, tokens: Sequence[str], place: int) -> Phrase | None:
        """The longest known phrase that begins there."""
        for words, valence in self.phrases.get(tokens[place], ()):
            if tuple(tokens[place : place + len(words)]) == words:
                return words, valence
        return None


def score(text: str) -> float | None:
    """The text's stance in [−1, 1]; None where no word of it tells any."""
    found = [valence for valence in _valences(text, lexicon()) if valence]
    if not found:
        return None
    return sum(found) / (sum(map(abs, found)) + _RESERVE)


def _valences(text: str, known: Lexicon) -> Iterator[float]:
    """The valence of every word, phrase or Chinese term, in order."""
    plain = _APOSTROPHE.sub("", normalise(text))
    pattern = _ASCII_TOKEN if plain.isascii() else _TOKEN
    tokens = pattern.findall(plain)
    if "#" in plain:
        tokens = [token.lstrip("#") for token in tokens]
    weight = 1.0 if languages.BUT.isdisjoint(tokens) else _BEFORE_BUT
    end = 0
    heads = known.heads
    telling = [place for place, token in enumerate(tokens) if token in heads or not token.isascii()]
    for place in telling:  # most words tell nothing
        if place < end:
            continue  # inside a phrase
        token = tokens[place]
        if token in languages.BUT:
            weight = _AFTER_BUT
        if not token.isascii() and _IS_CJK.match(token):
            yield from (weight * valence for valence in _chinese(token, known))
            continue
        phrase = known.phrase(tokens, place)
        words, valence = phrase or ((token,), known.valence(token))
        end = place + len(words)
        if valence:
            denied = end < len(tokens) and tokens[end] in languages.NOT_AFTER
            valence = _in_context(valence, tokens[max(0, place - len(_FADING)) : place], known)
            yield weight * valence * (_DENIED if denied else 1.0)


def _in_context(valence: float, before: Sequence[str], known: Lexicon) -> float:
    """What the words right before make of it; a pause ends their reach."""
    for fading, word in zip(_FADING, reversed(before), strict=False):
        if word in _PAUSES:
            break
        stress = known.stress.get(word, 0.0) * fading
        valence += stress if valence > 0 else -stress
        if word in known.deny:
            valence *= _DENIED
    return valence


def _chinese(run: str, known: Lexicon) -> Iterator[float]:
    """The valences of the terms in a run of characters; one before a term may deny it."""
    end = 0
    for place, first in enumerate(run):
        if first not in known.chinese or place < end:
            continue
        for term, valence in known.chinese[first]:
            if run.startswith(term, place):
                yield valence * (_DENIED if place and run[place - 1] in languages.CHINESE_NOT else 1.0)
                end = place + len(term)
                break


@cache
def lexicon() -> Lexicon:
    """All words, read once when the first text is scored."""
    from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SentimentIntensityAnalyzer  # noqa: PLC0415

    general = SentimentIntensityAnalyzer().lexicon
    words = {word: valence for word, valence in general.items() if word.isalpha()}
    listed = {
        word: valence
        for table in (languages.RUSSIAN, languages.SPANISH, languages.TURKISH, english.WORDS, english.EMOJI)
        for valence, line in table.items()
        for word in line.split()
    }
    words |= {word: valence for word, valence in listed.items() if not word.endswith("*")}
    phrases = _by_head(
        (tuple(phrase.split()), v) for v, lines in english.PHRASES.items() for phrase in lines.split(",")
    )
    return Lexicon(
        words=words,
        stems={word[:-1]: valence for word, valence in listed.items() if word.endswith("*")},
        phrases=phrases,
        chinese=_by_head((term, v) for v, lines in languages.CHINESE.items() for term in lines.split()),
        heads={word for word, valence in words.items() if valence} | phrases.keys() | languages.BUT,
        stress=BOOSTER_DICT,
        deny={word.replace("'", "") for word in NEGATE} | languages.NOT,
    )


def _by_head(terms: Iterable[tuple[Term, float]]) -> dict[str, list[tuple[Term, float]]]:
    """Terms by their first word or character, the longest first."""
    found: dict[str, list[tuple[Term, float]]] = defaultdict(list)
    for term, valence in terms:
        found[term[0]].append((term, valence))
    return {head: sorted(same, key=lambda known: -len(known[0])) for head, same in found.items()}
