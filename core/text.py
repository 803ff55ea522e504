"""What the words of a post say, whatever its language, spelling tricks or decoration.

Everything here is pure and total: any string gets an answer, and posts that a reader would call the same
text get the same answer. Texts are claims of a model about strangers' posts, so look-alike letters
(full width, mathematical bold, Cyrillic or Greek twins of Latin ones) are read as what they imitate.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

from core.narratives.stopwords import CJK_PARTICLES, CJK_WORDS, WORDS

REMEMBERED = 1 << 15  # texts and terms whose words are kept at hand
RECENT = 1 << 14  # texts as they read, more than a day brings: several ask for the same ones in turn

# Every post is read with these: a pattern that begins with the character it looks for, and only then looks
# back, is found several times as fast; in plain ASCII, as most posts are, simpler ones say the same.
_URL = re.compile(r"[Hh](?i:ttps?://)[!-~]*|[Ww](?<!\w.)(?i:ww\.)[!-~]*|[Tt](?<!\w.)(?i:\.co/)[!-~]*")
_NAME = re.compile(r"@(?<![A-Za-z0-9_]@)[A-Za-z0-9_]+")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u20e3]"
)
_SIGNS = re.compile("[™℠ℹⓂ㊗㊙]")  # emoji-like signs that NFKC would turn into letters

_LOOKS = "АВЕЅІЈКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧаесорхуіјѕ"
_TWINS = str.maketrans(_LOOKS, "ABESIJKMHOPCTYXABEZHIKMNOPTYXaecopxyijs")
_LOOK = re.compile(f"[{_LOOKS}]")
_MIXED = re.compile(rf"(?=\w*[A-Za-z])(?=\w*[{_LOOKS}])\w+")
_CASHTAG = re.compile(
    rf"\$(?<![A-Za-z0-9_$]\$)([A-Za-z{_LOOKS}][A-Za-z0-9{_LOOKS}]{{1,9}})(?![A-Za-z0-9_{_LOOKS}])"
)
_HASHTAG = re.compile(r"#(?<![\w#&]#)(\w{2,50})")
_NO_LETTER = re.compile(r"[\W\d_]+")
_NO_ASCII_LETTER = re.compile("[^a-z]+")
_AMOUNT = re.compile(r"\d+[^\W\d_]{0,2}")  # 100k, 10x, 24h: a number, not a word

_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA = "\u3041-\u30ff"
_HANGUL = "\uac00-\ud7af"
CJK = _HAN + _KANA + _HANGUL  # a character class: scripts written without word marks, and Korean
_RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
_ASCII_WORD = re.compile(r"\d+[a-z]{0,2}(?![a-z0-9])|([a-z0-9]{2,})")  # an amount, or a group with the word
_IS_CJK = re.compile(f"[{CJK}]")
_APOSTROPHE = re.compile(r"['’](?:(?<=\w.)s\b)?")
_LONG_FIRST = sorted(CJK_WORDS, key=lambda word: (-len(word), word))
CJK_STOP = re.compile(f"[{CJK_PARTICLES}]|" + "|".join(_LONG_FIRST))  # where a run of Chinese is cut


@lru_cache(maxsize=RECENT)
def readable(text: str) -> str:
    """The text as a person would read it aloud: entities resolved, URLs, @names and invisibles out.

    Case, punctuation and emoji stay, white space becomes single blanks. Used where wording is shown.
    """
    plain = html.unescape(text)
    ascii = plain.isascii()
    if not ascii:
        plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _SIGNS.sub(" ", plain)))
    plain = _NAME.sub(" ", _without_links(plain))
    if not ascii and _LOOK.search(plain):
        plain = _MIXED.sub(lambda word: word[0].translate(_TWINS), plain)
    return " ".join(plain.split())


def _without_links(plain: str) -> str:
    has_link = "/" in plain or "w." in plain or "W." in plain
    return _URL.sub(" ", plain) if has_link else plain


@lru_cache(maxsize=RECENT)
def normalise(text: str) -> str:
    """`readable` in lower case: what two spellings of the same words have in common."""
    return unicodedata.normalize("NFKC", readable(text).lower())


@lru_cache(maxsize=REMEMBERED)
def words(text: str) -> tuple[str, ...]:
    """The telling words in reading order: words of ≥ 2 letters without stop words, CJK as character bigrams.

    Remembered, because every turn reads the texts of three days anew.

    >>> words("Aave: the SEC closes its probe 比特币")
    ('aave', 'sec', 'closes', 'probe', '比特', '特币')
    """
    plain = _APOSTROPHE.sub("", normalise(text))
    if plain.isascii():
        return tuple([word for word in _ASCII_WORD.findall(plain) if word and word not in WORDS])
    found: list[str] = []
    for run in _RUN.findall(plain):
        if not run.isascii() and _IS_CJK.match(run):
            found += _bigrams(run)
        elif len(run) >= 2 and not (run[0].isdecimal() and _AMOUNT.fullmatch(run)):
            found.append(run)
    return tuple([word for word in found if word not in WORDS])


def _bigrams(run: str) -> list[str]:
    pieces = CJK_STOP.split(run)
    return [piece[i : i + 2] for piece in pieces for i in range(len(piece) - 1)]


def cashtags(text: str) -> tuple[str, ...]:
    """Tickers written as $TICKER, upper case without the $, in order of appearance; no amounts."""
    plain = html.unescape(text)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", plain))
    if "$" not in plain:
        return ()
    found = (match.translate(_TWINS).upper() for match in _CASHTAG.findall(_without_links(plain)))
    return tuple(dict.fromkeys(found))


def hashtags(text: str) -> tuple[str, ...]:
    """Tags written as #tag, lower case without the #, in order of appearance; #1 is a number."""
    plain = normalise(text)
    if "#" not in plain:
        return ()
    found = (tag for tag in _HASHTAG.findall(plain) if not tag.isdigit())
    return tuple(dict.fromkeys(found))


def language(text: str) -> str:
    """The script a post is written in: zh, ja, ko, ru, ar, en (any Latin script), or und when there is none.

    Tickers, @names and URLs do not count: "$BTC 突破" is Chinese.
    """
    plain = _CASHTAG.sub(" ", readable(text))
    if not _NOT_LATIN.search(plain):
        return "en" if _LATIN.search(plain) else "und"
    letters = sum(map(str.isalpha, plain))
    if not letters:  # "・", a digit of another script
        return "und"
    share = {name: len(letter.findall(plain)) / letters for name, letter in _LETTER.items()}
    if share["kana"] > 0.1 and share["kana"] + share["zh"] > 0.2:
        return "ja"
    best = max(("zh", "ko", "ru", "ar"), key=lambda name: share[name])
    return best if share[best] > 0.2 else "en" if share["en"] > 0 else "und"


_SCRIPTS = {
    "zh": _HAN,
    "kana": _KANA,
    "ko": _HANGUL,
    "ru": "\u0400-\u04ff",
    "ar": "\u0600-\u06ff\u0750-\u077f",
    "en": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
}
_LETTER = {name: re.compile(f"[{chars}]") for name, chars in _SCRIPTS.items()}
_LATIN = _LETTER["en"]
_NOT_LATIN = re.compile("[" + "".join(chars for name, chars in _SCRIPTS.items() if name != "en") + "]")


def signature(text: str) -> int:
    """A 63-bit number of the text's letters: 0 without letters, else in [1, 2^63).

    Case, digits, punctuation, spacing, emoji, URLs and @names change nothing. Texts that only nearly say the
    same have other numbers until they are counted together (`core.copies`).
    """
    plain = normalise(text)
    letters = (_NO_ASCII_LETTER if plain.isascii() else _NO_LETTER).sub("", plain)
    return int.from_bytes(blake2b(letters.encode(), digest_size=8).digest()) >> 1 or 1 if letters else 0
