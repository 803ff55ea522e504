"""xAI's dialect of JSON Schema: what is refused with 400, and how an answer is made to fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_REFUSED = ("maxContains", "minContains")


def violations(schema: object, path: str = "") -> Iterator[str]:
    """Every reason for which xAI answers 400 to this schema, in xAI's form of words."""
    if not isinstance(schema, Mapping):
        yield f"[standard_violation] {path or '/'}: {schema!r} is not a schema object"
        return
    for name in _types(schema):
        if name not in _TYPES:
            yield (
                f'[standard_violation] {path}/type: "{name}" is not valid under any of the schemas '
                "listed in the 'anyOf' keyword"
            )
    yield from (f"[unsupported] {path}/{key} is not supported" for key in _REFUSED if key in schema)
    yield from (
        f"[unsupported] {path}/{key} has no variants" for key in ("enum", "anyOf") if schema.get(key) == []
    )
    if isinstance(schema.get("items"), list):
        yield f"[unsupported] {path}/items is an array, use prefixItems"
    for place, part in _parts(schema):
        yield from violations(part, f"{path}/{place}")


def _types(schema: Mapping[str, Any]) -> list[Any]:
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for group in ("properties", "$defs"):
        members = schema.get(group)
        yield from ((f"{group}/{name}", part) for name, part in (members or {}).items())
    items = schema.get("items")
    if items is not None and not isinstance(items, list):
        yield "items", items
    yield from ((f"anyOf/{i}", part) for i, part in enumerate(schema.get("anyOf") or ()))


def fit(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """The value cut to the schema: unknown properties go, texts and lists are shortened, gaps are filled.

    What cannot be made to fit becomes the schema's emptiest value, as a model under `strict` writes one.
    """
    root = schema if root is None else root
    schema = _resolved(schema, root)
    kind = _kind(value)
    if not _accepts(schema, kind, value):
        return blank(schema, root)
    if kind == "object":
        names = schema.get("properties", {})
        return {
            name: fit(value[name], part, root) if name in value else blank(part, root)
            for name, part in names.items()
        }
    if kind == "array":
        return [fit(item, schema.get("items", {}), root) for item in value[: schema.get("maxItems")]]
    return value[: schema.get("maxLength")] if kind == "string" else value


def blank(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """The emptiest value the schema allows: null where it may be, else nothing, zero or the first choice."""
    schema = _resolved(schema, root)
    if "enum" in schema:
        return schema["enum"][0]
    kinds = _types(schema) or ["null"]
    kind = "null" if "null" in kinds else kinds[0]
    if kind == "object":
        return {name: blank(part, root) for name, part in schema.get("properties", {}).items()}
    empty: dict[str, Any] = {"null": None, "array": [], "string": "", "boolean": False}
    return empty.get(kind, max(0, schema.get("minimum", 0)))


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follows a `$ref`, and of several `anyOf` variants takes the one that is not null, allowing null."""
    if "$ref" in schema:
        return _resolved(root.get("$defs", {}).get(schema["$ref"].rsplit("/", 1)[-1], {}), root)
    if "anyOf" in schema:
        variants = [_resolved(variant, root) for variant in schema["anyOf"]]
        nullable = [v for v in variants if v.get("type") == "null"]
        main = next((v for v in variants if v.get("type") != "null"), variants[0])
        return {**main, "type": [*_types(main), "null"]} if nullable else main
    return schema


def _accepts(schema: Mapping[str, Any], kind: str, value: Any) -> bool:
    kinds = _types(schema)
    fits = not kinds or kind in kinds or (kind == "integer" and "number" in kinds)
    if "enum" in schema and value not in schema["enum"]:
        return False
    if kind == "string" and "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    return fits


def _kind(value: Any) -> str:
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return "null" if value is None else kinds.get(type(value), "object")
