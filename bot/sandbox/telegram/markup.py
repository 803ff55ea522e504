"""HTML as Telegram reads it: text and entities out of tags, or a sentence that says where it is wrong.

The errors carry the wording and the byte offsets of the official server's parser, because a sender that
falls back to plain text has to recognise them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .refusals import Violation, misuse
from .schema import utf16
from .tags import SPECIAL, TAGS, Entity

_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}  # all names the API knows; others stay as written
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,7})|#([0-9]{1,8})|(lt|gt|amp|quot));?")
_SPACE = " \t\r\n\0\v"
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s=>]*)(?:\s*(?P<equals>=)\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[A-Za-z0-9.-]*)))?\s*"""
)
_VALUELESS = {("blockquote", "expandable")}


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    start: int  # UTF-16 offset
    at: int  # index in the output


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The text without its tags and the entities over it (offsets in UTF-16 units), outermost first.

    Raises Violation "can't parse entities: …" in the official server's words.
    """
    return _Parser(source).parse()


def unescape(text: str) -> str:
    """Character references replaced; unknown ones stay as they are written."""
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code < 0x110000 else match[0]


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.text = ""
        self.length = 0  # of the text, in UTF-16 units
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        while self.position < len(self.source):
            if self.source[self.position] != "<":
                self._plain()
            elif self.source.startswith("</", self.position):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise self._error(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)  # only a block of code has a language
        return self.text, sorted(self.entities, key=lambda each: (each["offset"], -each["length"]))

    def _plain(self) -> None:
        end = self.source.find("<", self.position)
        end = len(self.source) if end < 0 else end
        text = unescape(self.source[self.position : end])
        if any(0xD800 <= ord(character) < 0xE000 for character in text):
            raise self._error("Text contains invalid Unicode characters after decoding HTML entities")
        self.text += text
        self.length += utf16(text)
        self.position = end

    def _start_tag(self) -> None:
        begin = self.position
        name_end = self._skip(begin + 1, until=_SPACE + ">")
        if name_end == len(self.source):
            raise self._error("Unclosed start tag at byte offset", begin)
        tag = self.source[begin + 1 : name_end].lower()
        if tag not in TAGS:
            raise self._error(f'Unsupported start tag "{tag}" at byte offset', begin)
        self.position = self._skip_space(name_end)
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._error('Tag "span" must have class "tg-spoiler" at byte offset', begin)
        self.open.append(_Open(tag, attributes, self.length, len(self.text)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while not self.source.startswith(">", self.position):
            if self.position == len(self.source):
                raise self._error(f'Unclosed start tag "{tag}" at byte offset', begin)
            name, value = self._attribute(tag, begin)
            attributes[name] = value
        self.position += 1
        return attributes

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        match = _ATTRIBUTE.match(self.source, self.position)
        name = match["name"].lower() if match else ""
        if not match or not name:
            raise self._error(f'Empty attribute name in the tag "{tag}" at byte offset', begin)
        self.position = match.end()
        if not match["equals"]:
            if (tag, name) in _VALUELESS:
                return name, ""
            message = f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset'
            raise self._error(message, begin)
        if match["bare"] is not None:
            self._check_token(match, begin)
            return name, match["bare"].lower()
        return name, unescape(match["double"] if match["double"] is not None else match["single"])

    def _check_token(self, match: re.Match[str], begin: int) -> None:
        following = self.source[match.end("bare") : match.end("bare") + 1]
        if following in ("'", '"', ""):
            raise self._error("Unclosed start tag at byte offset", begin)
        if following not in _SPACE + ">":
            raise self._error("Unexpected end of name token at byte offset", match.start("bare"))

    def _end_tag(self) -> None:
        begin = self.position
        if not self.open:
            raise self._error("Unexpected end tag at byte offset", begin)
        name_end = self._skip(begin + 2, until=_SPACE + ">")
        name = self.source[begin + 2 : name_end].lower()
        close = self._skip_space(name_end)
        if not self.source.startswith(">", close):
            raise self._error("Unclosed end tag at byte offset", begin)
        opened = self.open.pop()
        if name not in ("", opened.tag):
            offset = self._bytes(begin)
            raise self._error(
                f'Unmatched end tag at byte offset {offset}, expected "</{opened.tag}>", found "</{name}>"'
            )
        self.position = close + 1
        if self.length > opened.start:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        plain: Entity = {
            "type": TAGS[opened.tag],
            "offset": opened.start,
            "length": self.length - opened.start,
        }
        special = SPECIAL.get(opened.tag)
        entity = special(plain, opened.attributes, self.text[opened.at :]) if special else plain
        if entity is None:
            return
        if opened.tag == "pre":
            self._language(entity)
        self.entities.append(entity)

    def _language(self, pre: Entity) -> None:
        """<pre><code class="language-…"> is one block with a language."""
        inner = self.entities[-1] if self.entities else {}
        if inner.get("type") == "code" and all(inner[key] == pre[key] for key in ("offset", "length")):
            self.entities.pop()
            if "language" in inner:
                pre["language"] = inner["language"]

    def _skip(self, start: int, *, until: str) -> int:
        while start < len(self.source) and self.source[start] not in until:
            start += 1
        return start

    def _skip_space(self, start: int) -> int:
        while start < len(self.source) and self.source[start] in _SPACE:
            start += 1
        return start

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def _error(self, message: str, position: int | None = None) -> Violation:
        where = "" if position is None else f" {self._bytes(position)}"
        return misuse(f"can't parse entities: {message}{where}")
