"""What a model wrote, field by field: each is read alone, and what cannot be true becomes None or empty.

Total functions: any JSON value is read, none raises.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from core.models import Post

EXCERPT = 200  # characters of a post we keep
TITLE = 80
SUMMARY = 400
SLUG = 48

_ID = re.compile(r"[1-9][0-9]{0,19}")
_AUTHOR = re.compile(r"@?([A-Za-z0-9_]{1,15})")
_TICKER = re.compile(r"\$?([A-Za-z][A-Za-z0-9]{1,9})")
_MARKUP = str.maketrans("<>[]{}|\\`*_~", " " * 12)
_COUNTS = ("likes", "reposts", "replies", "views")
_BLANK = ("Cc", "Zl", "Zp")  # controls and line ends stand for white space
_GONE = ("Cs", "Cf")  # lone surrogates; direction marks and other invisible signs
_JOINERS = "\u200c\u200d"  # invisible too, but they make letters and emoji what they are


def field(value: Any, name: str) -> Any:
    """A member of an object; None where there is no object or no member."""
    return value.get(name) if isinstance(value, dict) else None


def rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def excerpts(document: Any) -> list[str]:
    """The words of all posts an answer claims, grouped or not."""
    groups = [document, *rows(field(document, "narratives"))]
    posts = [post for group in groups for name in ("posts", "other") for post in rows(field(group, name))]
    return [text for post in posts if (text := line(field(post, "excerpt"), EXCERPT))]


def post_id(claim: Any) -> str | None:
    """The id a claim names, as digits; a number is as good as a string."""
    value = field(claim, "post_id")
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63:
        return str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def line(value: Any, limit: int) -> str:
    """One visible line of at most `limit` characters, never cut inside an accented letter or an emoji."""
    if not isinstance(value, str):
        return ""
    text = " ".join("".join(map(_shown, value[: 8 * limit])).split())
    if len(text) <= limit:
        return text
    end = limit
    while end > 0 and _joined(text[end - 1], text[end]):
        end -= 1
    return text[: end or limit].rstrip()


def title(value: Any) -> str:
    """A narrative's proposed title: one line without anything that some client reads as markup."""
    return line(value.translate(_MARKUP), TITLE) if isinstance(value, str) else ""


def author(value: Any) -> str | None:
    """A handle without its @; None for anything that cannot be one."""
    match = _AUTHOR.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1] if match else None


def authors(value: Any) -> set[str]:
    """Every author that is named anywhere in an answer, however deep."""
    found, rest = set(), [value]
    while rest:
        item = rest.pop()
        if isinstance(item, dict):
            found.add(author(item.get("author")))
        rest += item.values() if isinstance(item, dict) else rows(item)
    return {name for name in found if name}


def tickers(value: Any) -> tuple[str, ...]:
    """Tickers in capitals without the $, each once."""
    found = [_TICKER.fullmatch(item.strip()) for item in rows(value)[:16] if isinstance(item, str)]
    return tuple(dict.fromkeys(match[1].upper() for match in found if match))


def stance(value: Any) -> float | None:
    """A number in [−1, 1]."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1 <= value <= 1 else None


def counts(claim: Any, known: Post | None) -> dict[str, int | None]:
    """Counts that can be true: whole, not negative, not below what was known, likes not above views."""
    read = {name: _count(field(claim, name)) for name in _COUNTS}
    for name, value in read.items():
        before = getattr(known, name) if known else None
        if value is not None and before is not None and value < before:
            read[name] = None
    likes, views = read["likes"], read["views"]
    if likes is not None and views is not None and likes > views:
        read["likes"] = read["views"] = None
    return read


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 1 << 62 else None


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category in _BLANK:
        return " "
    return "" if category in _GONE and char not in _JOINERS else char


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours are parts of one visible character."""
    modifies = unicodedata.category(right)[0] == "M" or "\U0001f3fb" <= right <= "\U0001f3ff"
    return modifies or right in _JOINERS or left in _JOINERS
