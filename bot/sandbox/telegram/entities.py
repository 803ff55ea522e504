"""What a text looks like once Telegram has taken it: trimmed, measured, with the entities clients will show.

Clients make links of their own accord; the automatic entities are found here too, so that a test can say
"nothing in this message is a live link".
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .markup import parse_html
from .refusals import misuse
from .schema import utf16
from .tags import Entity

# Bare domains become links only under a known top-level domain. The official list has some 1,500; these are
# the general ones, those of crypto projects and the larger countries.
_DOMAINS = """
com net org info biz io ai app dev co me gg fi fm to tv xyz site online top link click live pro club shop
store tech cloud finance cash exchange money trade market capital fund network digital world wtf lol vip
eth ton ru cn uk de fr jp kr in br us eu ch nl it es pl ua tr ca au sg hk
"""
_HOST = rf"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{'|'.join(_DOMAINS.split())})"
_AUTOMATIC: dict[str, re.Pattern[str]] = {
    "email": re.compile(rf"(?<![\w.+-])[\w.+-]+@{_HOST}\b", re.IGNORECASE),
    "url": re.compile(
        r"(?<![\w@.])(?:(?:https?|ftp)://[^\s<>\"]+[^\s<>\".,;:!?)\]']"
        rf"|(?:{_HOST}|(?:\d{{1,3}}\.){{3}}\d{{1,3}})(?![\w-]|\.\w)(?::\d+)?(?:[/?#][^\s<>\"]*[^\s<>\".,;:!?)\]'])?)"
        r"|(?<!\w)(?:tg|ton)://[^\s<>\"]+",
        re.IGNORECASE,
    ),
    "mention": re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{3,32}(?!\w)"),
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "hashtag": re.compile(r"(?<!\w)#(?=\w*[^\W\d])\w{1,256}"),
    "cashtag": re.compile(r"(?<![\w$])\$(?:[A-Z0-9]{1,8})(?<!\$)(?![\w$])"),
}
_NO_AUTOMATIC_INSIDE = {"code", "pre", "text_link", "text_mention", "url", "email", "mention", "date_time"}
_WHITE = " \t\n\r\v\f "


class Formatted(NamedTuple):
    """A text as a message carries it; entity offsets count UTF-16 units."""

    text: str
    entities: list[Entity]


def format_text(
    source: str, *, parse_mode: str | None, entities: list[Entity] | None, limit: int, what: str = "message"
) -> Formatted:
    """Read markup or ready entities, trim, check the length (1 … `limit`) and find automatic links.

    `limit` holds for code points and for UTF-16 units, the stricter reading of the documented "characters".
    Raises a Refusal in Telegram's words.
    """
    text, marked = _read(source, parse_mode, entities)
    text, marked = _trim(text.replace("\r", ""), marked)
    if max(len(text), utf16(text)) > limit:
        raise misuse(f"{what} is too long")
    inner = [entity for entity in marked if not _inside_code(entity, marked)]
    return Formatted(text, _in_order([*inner, *_automatic(text, inner)]))


def _read(source: str, mode: str | None, entities: list[Entity] | None) -> tuple[str, list[Entity]]:
    if not mode or mode.lower() == "none":
        return source, _checked(source, entities or [])
    if mode.lower() != "html":
        if mode.lower() in ("markdown", "markdownv2"):
            raise misuse("the sandbox reads parse_mode HTML only")
        raise misuse("unsupported parse_mode")
    return parse_html(source)


def _checked(text: str, entities: list[Entity]) -> list[Entity]:
    """Entities as given. One that ends outside the text is an error; an empty one is dropped."""
    length = utf16(text)
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] < 0 or entity["offset"] + entity["length"] > length:
            raise misuse(f"entity of type {entity['type']!r} lies outside the text")
        if entity["type"] == "text_link" and not entity.get("url"):
            raise misuse("can't parse MessageEntity: text_link needs a url")
    return [dict(entity) for entity in entities if entity["length"]]


def _trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    left = len(text) - len(text.lstrip(_WHITE))  # white space is one UTF-16 unit each
    trimmed = text.strip(_WHITE)
    end = utf16(trimmed)
    moved = []
    for entity in entities:
        start = max(0, entity["offset"] - left)
        stop = min(end, entity["offset"] + entity["length"] - left)
        if stop > start:
            moved.append({**entity, "offset": start, "length": stop - start})
    return trimmed, moved


def _inside_code(entity: Entity, entities: list[Entity]) -> bool:
    return any(
        other is not entity
        and other["type"] in ("code", "pre")
        and other["offset"] <= entity["offset"]
        and entity["offset"] + entity["length"] <= other["offset"] + other["length"]
        for other in entities
    )


def _automatic(text: str, marked: list[Entity]) -> list[Entity]:
    taken = [entity for entity in marked if entity["type"] in _NO_AUTOMATIC_INSIDE]
    found: list[Entity] = []
    for kind, pattern in _AUTOMATIC.items():
        for match in pattern.finditer(text):
            entity = {"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match[0])}
            if not any(_overlap(entity, other) for other in [*taken, *found]):
                found.append(entity)
    return found


def _overlap(one: Entity, other: Entity) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"]
    )


def _in_order(entities: list[Entity]) -> list[Entity]:
    return sorted(entities, key=lambda each: (each["offset"], -each["length"]))


def required(formatted: Formatted, *, what: str) -> Formatted:
    """The same text. Raises a Refusal when nothing is left of it."""
    if not formatted.text:
        raise misuse(f"{what} is empty")
    return formatted


def as_fields(formatted: Formatted, *, text: str = "text", entities: str = "entities") -> dict[str, Any]:
    """The fields of a Message: the text and, when there are any, its entities."""
    fields: dict[str, Any] = {text: formatted.text}
    return fields | ({entities: formatted.entities} if formatted.entities else {})
