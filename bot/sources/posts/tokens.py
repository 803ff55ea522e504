"""What in a text can be searched for: words, cashtags, hashtags; for CJK, characters and their pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_CJK_RUN = re.compile(f"[{_CJK}]+")
_WORD = re.compile(rf"[^\W{_CJK}]+")
_CASHTAG = re.compile(r"(?<![A-Za-z0-9_$])\$([A-Za-z][A-Za-z0-9_]{0,14})(?![A-Za-z0-9_])")
_HASHTAG = re.compile(r"(?<![A-Za-z0-9_#&])#(\w+)")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LETTER = re.compile(r"[^\W\d_]")


def has_cjk(text: str) -> bool:
    return _CJK_RUN.search(text) is not None


def cjk_runs(text: str) -> list[str]:
    """Unbroken stretches of CJK characters."""
    return _CJK_RUN.findall(text)


def words(text: str) -> list[str]:
    """Words of alphabetic scripts, case-folded; CJK is left out."""
    return _WORD.findall(text.casefold())


def cashtags(text: str) -> list[str]:
    """`$TICKER`s as `$ticker`, in order."""
    return [f"${tag.casefold()}" for tag in _CASHTAG.findall(text)]


def hashtags(text: str) -> list[str]:
    """`#Tag`s as `#tag`, in order."""
    return [f"#{tag.casefold()}" for tag in _HASHTAG.findall(text)]


def cjk_keys(text: str) -> Iterator[str]:
    """Every CJK character and every pair of neighbours: the index keys of a substring search."""
    for run in cjk_runs(text):
        yield from run
        yield from (run[i : i + 2] for i in range(len(run) - 1))


def language(text: str) -> str:
    """`zh` when a fifth of the letters are CJK, `ru` when a third are Cyrillic, else `en`."""
    letters = len(_LETTER.findall(text)) or 1
    if sum(map(len, cjk_runs(text))) / letters >= 0.2:
        return "zh"
    return "ru" if len(_CYRILLIC.findall(text)) / letters >= 1 / 3 else "en"
