"""The tags Telegram knows, and what their attributes turn into."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .refusals import misuse

Entity = dict[str, Any]

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}


def _link(entity: Entity, attributes: dict[str, str], text: str) -> Entity | None:
    url = (attributes.get("href") or text).strip()
    if not re.match(r"(?:https?|tg|ton)://\S+$|[\w-]+(?:\.[\w-]+)+\S*$", url, re.IGNORECASE):
        return None  # the official server drops a link it cannot read and keeps its text
    if "://" not in url:
        url = f"http://{url}"
    scheme, _, rest = url.partition("://")
    return {**entity, "url": f"{scheme}://{rest}" if "/" in rest else f"{scheme}://{rest}/"}


def _code(entity: Entity, attributes: dict[str, str], text: str) -> Entity:
    language = attributes.get("class", "")
    prefix = "language-"
    return {**entity, "language": language[len(prefix) :]} if language.startswith(prefix) else entity


def _quote(entity: Entity, attributes: dict[str, str], text: str) -> Entity:
    return {**entity, "type": "expandable_blockquote"} if "expandable" in attributes else entity


def _emoji(entity: Entity, attributes: dict[str, str], text: str) -> Entity:
    number = attributes.get("emoji-id", "")
    if not number.isdecimal():
        raise misuse("can't parse entities: Invalid custom emoji identifier specified")
    return {**entity, "custom_emoji_id": number}


def _time(entity: Entity, attributes: dict[str, str], text: str) -> Entity:
    unix = attributes.get("unix", "")
    if not unix.isdecimal():
        raise misuse('can\'t parse entities: Invalid date specified in the tag "tg-time"')
    written = {"date_time_format": attributes["format"]} if attributes.get("format") else {}
    return {**entity, "unix_time": int(unix), **written}


SPECIAL: dict[str, Callable[[Entity, dict[str, str], str], Entity | None]] = {
    "a": _link,
    "code": _code,
    "blockquote": _quote,
    "tg-emoji": _emoji,
    "tg-time": _time,
}
