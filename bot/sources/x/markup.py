"""The embed service's answer read as data: a handle and plain text, never markup.

Total functions: any text is read, none raises.
"""

from __future__ import annotations

import json
from contextlib import suppress
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlsplit

from core import claims

_LONGEST = 20_000  # characters of markup: a post's are far fewer


class Shown(NamedTuple):
    """What X shows of a post."""

    author: str  # handle without the @
    text: str  # at most 200 characters, one line


def read(body: str, post_id: str) -> Shown | None:
    """Author and text of the post with that id; None for an error document, another post or garbage."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    address = claims.field(document, "url")
    author = claims.author(_last(claims.field(document, "author_url")))
    if author is None or (address is not None and _last(address) != post_id):
        return None
    html = claims.field(document, "html")
    return Shown(author, claims.line(first_paragraph(html), claims.EXCERPT) if isinstance(html, str) else "")


def first_paragraph(html: str) -> str:
    """The plain text of the first <p>: where X writes what the post says."""
    paragraph = _Paragraph()
    with suppress(AssertionError):  # the parser's word for a declaration it does not know
        paragraph.feed(html[:_LONGEST])
        paragraph.close()
    return "".join(paragraph.pieces)


class _Paragraph(HTMLParser):
    """Collects the characters of the first <p>; character references come resolved."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._inside = False
        self._done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p" and not self._done:
            self._inside = True
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self._inside:
            self._inside, self._done = False, True

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.pieces.append(data)


def _last(address: object) -> str | None:
    """The last part of an address's path."""
    if not isinstance(address, str):
        return None
    try:
        return urlsplit(address).path.rstrip("/").rsplit("/", 1)[-1]
    except ValueError:
        return None
