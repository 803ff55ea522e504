"""The one place where foreign text becomes Telegram HTML.

Nothing from X or a model is ever markup, and it is defanged: no client can turn a domain, an @name, a
t.me link or a command in it into something to tap. The only links are posts we verified and our own.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://\S*", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<=[\w-])\.(?=[^\W\d_]{2,})")
_TAPPABLE = re.compile(r"(^|(?<=[^\w]))([@/#$])(?=\w)")
_ADDRESS = re.compile(r"(?<=\w)@(?=\w)")
_SPACE = re.compile(r"\s+")
NEAR = 10  # letters: a word longer than that is cut, like a run of Chinese
_JOINER = "\u2060"  # word joiner: invisible, and ends what a client would link


def plain(text: str, limit: int = 200) -> str:
    """One visible line of at most `limit` characters: no controls, no direction tricks, no emoji walls."""
    kept = "".join(c if _visible(c) else " " for c in text)
    calm = re.sub(r"(\W)\1{3,}", r"\1\1\1", _SPACE.sub(" ", kept)).strip()
    return calm if len(calm) <= limit else _cut(calm, limit - 1).rstrip(" ,;:–-") + "…"


def _cut(text: str, limit: int) -> str:
    """The beginning, up to a word's end if one is near."""
    whole = text[: limit + 1].rpartition(" ")[0]
    return whole if limit - len(whole) <= NEAR else text[:limit]


def _visible(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] != "C" or char == "\u200d"


def defang(text: str) -> str:
    """Nothing in it can be tapped any more; it reads the same."""
    text = _SCHEME.sub("[link]", text)
    text = _DOMAIN.sub(f".{_JOINER}", text)
    text = _ADDRESS.sub(f"{_JOINER}@{_JOINER}", text)
    return _TAPPABLE.sub(lambda m: f"{m[2]}{_JOINER}", text)


def foreign(text: str, limit: int = 200) -> str:
    """Text from X or a model, ready to stand in a message."""
    return html.escape(defang(plain(text, limit)), quote=False)


def bold(text: str, limit: int = 60) -> str:
    """A foreign title in bold."""
    return f"<b>{foreign(text, limit)}</b>"


def label(text: str, limit: int) -> str:
    """Foreign text on a button: not HTML, never empty."""
    return plain(text, limit) or "…"


def post_link(post_id: str, words: str) -> str:
    """A link to a verified post: its id is digits, nothing else can get into the address."""
    digits = "".join(c for c in post_id if c in "0123456789")
    return f'<a href="https://x.com/i/status/{digits}">{html.escape(words)}</a>'


def lines(*parts: str | None) -> str:
    """The parts that are there, one a line."""
    return "\n".join(part for part in parts if part)


def dotted(parts: Iterable[str | None]) -> str:
    """The parts that are there, with a middle dot between them."""
    return " · ".join(part for part in parts if part)


def unmarked(text: str) -> str:
    """Our own HTML without its markup, for when Telegram refuses the entities."""
    return html.unescape(re.sub(r"</?[a-z][^>]*>", "", text))
