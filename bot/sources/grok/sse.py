"""Server-sent events: bytes in, the JSON objects in their `data` out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


class Events:
    """Reads one stream piece by piece, wherever the pieces are cut.

    Comments, `[DONE]` and data that is no JSON object are passed over: an answer ends with its terminal
    event and with nothing else.

    >>> list(Events().feed(b'event: a\\ndata: {"type": "a"}\\n\\ndata: [DONE]\\n\\n'))
    [{'type': 'a'}]
    """

    def __init__(self) -> None:
        self._line = bytearray()  # begun, its end not seen yet
        self._name = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[dict[str, Any]]:
        """Every event that this piece completes."""
        head, *rest = piece.split(b"\n")
        self._line += head
        for following in rest:
            yield from self._ended(self._line.decode("utf-8", "replace").removesuffix("\r"))
            self._line = bytearray(following)

    def _ended(self, line: str) -> Iterator[dict[str, Any]]:
        if line:
            self._field(*line.split(":", 1))
            return
        event = _object("\n".join(self._data))
        if event is not None:
            yield {"type": self._name} | event
        self._name, self._data = "", []

    def _field(self, name: str, value: str = "") -> None:
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)


def _object(data: str) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
