"""The Bot API's schema as a gate: names, types and limits of parameters are checked before a call counts.

Telegram itself overlooks unknown parameters; the gate does not, because an unknown parameter is a typing
mistake or a method of another version.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from .refusals import Violation, misuse

PATH = Path(__file__).parent.parent / "botapi-10.3.compact.json"
Json = dict[str, Any]

_EMPTY = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "photo": "there is no photo in the request",
}
_CHARSETS = {"A-Z, a-z, 0-9, _ and -": re.compile(r"[A-Za-z0-9_-]*")}


def utf16(text: str) -> int:
    """Length in UTF-16 units: what Telegram's offsets count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Schema:
    """What the Bot API of one version accepts."""

    def __init__(self, document: Json) -> None:
        self.version: str = document["version"]
        self._methods: Json = document["methods"]
        self._types: Json = document["types"]
        self._names = {name.lower(): name for name in self._methods}

    def method(self, name: str) -> str | None:
        """The method as the API spells it (case does not matter to Telegram), or None."""
        return self._names.get(name.lower())

    def fields(self, type_name: str) -> Json:
        """The fields of a type: name → {required, types …}."""
        fields: Json = self._types[type_name]["fields"]
        return fields

    def check(self, method: str, given: Json) -> Json:
        """The parameters, read into their types. Raises Violation naming the first one that is wrong."""
        known = self._methods[method]["params"]
        unknown = sorted(given.keys() - known.keys())
        if unknown:
            raise misuse(f"{method} has no parameter {unknown[0]!r} in Bot API {self.version}")
        read: Json = {}
        for name, rule in known.items():
            if name in given:
                read[name] = self._value(name, rule, given[name])
            elif rule["required"]:
                raise misuse(_EMPTY.get(name, f'parameter "{name}" is required'))
        return read

    def _value(self, name: str, rule: Json, value: Any) -> Any:
        read = self._typed(name, rule["types"], value)
        if not rule.get("after_entities"):  # text of messages is measured after its markup is taken out
            _within(name, rule, read)
        return read

    def _typed(self, name: str, types: list[str], value: Any) -> Any:
        first: Violation | None = None
        for type_name in sorted(types, key=lambda each: -self._resemblance(each, value)):
            try:
                return self._as(name, type_name, value)
            except Violation as failure:
                first = first or failure  # the likeliest type failed for the most telling reason
        raise first or misuse(f"{name} has no type")

    def _resemblance(self, type_name: str, value: Any) -> int:
        item = _decoded(value)
        if type_name not in self._types or not isinstance(item, dict):
            return 0
        return len(item.keys() & self.fields(type_name).keys())

    def _as(self, name: str, type_name: str, value: Any) -> Any:
        if type_name in _SCALARS:
            return _SCALARS[type_name](name, value)
        if type_name.startswith("Array of "):
            return self._array(name, type_name.removeprefix("Array of "), value)
        return self._object(name, type_name, value)

    def _array(self, name: str, type_name: str, value: Any) -> list[Any]:
        items = _json(name, value)
        if not isinstance(items, list):
            raise misuse(f"can't parse {name}: expected an Array")
        types = type_name.replace(" and ", ", ").split(", ")
        return [self._typed(name, types, item) for item in items]

    def _object(self, name: str, type_name: str, value: Any) -> Any:
        variants = self._types[type_name].get("subtypes")
        if variants:
            tag = _decoded(value).get("type") if isinstance(_decoded(value), dict) else None
            fitting = [each for each in variants if tag is None or self._tag(type_name, each) in (tag, None)]
            if not fitting:
                raise misuse(f"can't parse {name}: there is no {type_name} of type {tag!r}")
            return self._typed(name, fitting, value)
        item = _json(name, value)
        if not isinstance(item, dict):
            raise misuse(f"can't parse {name}: {type_name} must be an Object")
        return self._fields(name, type_name, item)

    def _tag(self, union: str, variant: str) -> str | None:
        """What `type` must say for this variant; None when the schema cannot tell."""
        rule = self.fields(variant).get("type") if variant in self._types else None
        if rule is None:
            return None
        if "enum_hint" in rule:
            hint: str = rule["enum_hint"][0]
            return hint
        suffix = variant.removeprefix(union)  # BotCommandScope + AllPrivateChats → all_private_chats
        return re.sub(r"(?<!^)(?=[A-Z])", "_", suffix).lower() if suffix != variant else None

    def _fields(self, name: str, type_name: str, item: Json) -> Json:
        fields = self.fields(type_name)
        unknown = sorted(item.keys() - fields.keys())
        if unknown:
            raise misuse(f"can't parse {name}: {type_name} has no field {unknown[0]!r}")
        missing = [key for key, rule in fields.items() if rule["required"] and item.get(key) is None]
        if missing:
            raise misuse(f"can't parse {name}: {type_name} needs the field {missing[0]!r}")
        given = {key: value for key, value in item.items() if value is not None}
        return {key: self._value(key, fields[key], value) for key, value in given.items()}


def _within(name: str, rule: Json, value: Any) -> None:
    charset = rule.get("charset")
    if charset and not _CHARSETS[charset].fullmatch(value):
        raise misuse(f"{name} contains unallowed characters: use {charset}")
    if "max" not in rule:
        return
    if any(not rule["min"] <= size <= rule["max"] for size in _sizes(rule["unit"], value)):
        if name == "callback_data":
            raise misuse("BUTTON_DATA_INVALID")
        raise misuse(f"{name} must be {rule['min']}-{rule['max']} ({rule['unit']})")


def _sizes(unit: str, value: Any) -> tuple[int, ...]:
    if unit == "bytes":
        return (len(value.encode()),)
    if unit == "characters":
        return (len(value), utf16(value))
    return (value,) if unit == "value" else (len(value),)


def _decoded(value: Any) -> Any:
    """JSON inside a string, as forms carry it; anything else as it is."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _json(name: str, value: Any) -> Any:
    decoded = _decoded(value)
    if isinstance(decoded, str):
        raise misuse(f"can't parse {name} JSON object")
    return decoded


def _integer(name: str, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        return int(value)
    raise misuse(f"{name} must be an Integer")


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise misuse(f"{name} must be a Float") from None


def _boolean(name: str, value: Any) -> bool:
    word = str(value).lower() if isinstance(value, str | bool | int) else ""
    if word not in ("true", "false", "1", "0"):
        raise misuse(f"{name} must be a Boolean")
    return word in ("true", "1")


def _true(name: str, value: Any) -> bool:
    if not _boolean(name, value):
        raise misuse(f"{name} can only be True")
    return True


def _string(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise misuse(f"{name} must be a String")
    return value


def _file(name: str, value: Any) -> Any:
    if isinstance(value, str) and not value.startswith("attach://"):
        raise misuse(f"{name} must be an uploaded file")
    return value


_SCALARS = {
    "Integer": _integer,
    "Float": _number,
    "Boolean": _boolean,
    "True": _true,
    "String": _string,
    "str": _string,
    "InputFile": _file,
}


@lru_cache
def load() -> Schema:
    """The schema that ships with INTERN (MIT, see LICENSE.botapi beside it)."""
    return Schema(json.loads(PATH.read_text()))
