"""The same answer as server-sent events, in xAI's order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from bot.sandbox.xai.wire import opened

Json = dict[str, Any]
_PIECES = 400  # most text deltas of one message
_PIECE = 24  # least characters of a delta

_EMPTY: dict[str, Json] = {  # what of an item is not there yet when it is added
    "reasoning": {"summary": []},
    "custom_tool_call": {"input": ""},
    "message": {"content": []},
}


def events(final: Json) -> Iterator[tuple[str, bytes]]:
    """Every event's type and its bytes on the wire, from the final response object."""
    numbers = count()
    for kind, fields in _events(final):
        data = {"sequence_number": next(numbers), "type": kind, **fields}
        yield kind, f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _events(final: Json) -> Iterator[tuple[str, Json]]:
    yield "response.created", {"response": opened(final)}
    yield "response.in_progress", {"response": opened(final)}
    for index, item in enumerate(final["output"]):
        yield from _item(item, index)
    yield f"response.{final['status']}", {"response": final}


def _item(item: Json, index: int) -> Iterator[tuple[str, Json]]:
    place = {"item_id": item["id"], "output_index": index}
    begun = {**item, **_EMPTY[item["type"]], "status": "in_progress"}
    yield "response.output_item.added", {"item": begun, "output_index": index}
    if item["type"] == "reasoning":
        yield from _summary(item["summary"][0], place)
    elif item["type"] == "custom_tool_call":
        yield "response.custom_tool_call_input.delta", {**place, "delta": item["input"]}
        yield "response.custom_tool_call_input.done", {**place, "input": item["input"]}
    else:
        yield from _message(item["content"][0], place, ended=item["status"] == "completed")
    if item["status"] == "completed":  # an incomplete message just stops
        yield "response.output_item.done", {"item": item, "output_index": index}


def _summary(part: Json, place: Json) -> Iterator[tuple[str, Json]]:
    place = {**place, "summary_index": 0}
    yield "response.reasoning_summary_part.added", {**place, "part": {**part, "text": ""}}
    yield "response.reasoning_summary_text.delta", {**place, "delta": part["text"]}
    yield "response.reasoning_summary_text.done", {**place, "text": part["text"]}
    yield "response.reasoning_summary_part.done", {**place, "part": part}


def _message(part: Json, place: Json, *, ended: bool) -> Iterator[tuple[str, Json]]:
    place = {**place, "content_index": 0}
    yield "response.content_part.added", {**place, "part": {**part, "text": "", "annotations": []}}
    for delta in _pieces(part["text"]):
        yield "response.output_text.delta", {**place, "delta": delta, "logprobs": []}
    if not ended:
        return
    for number, annotation in enumerate(part["annotations"]):
        fields = {"annotation": annotation, "annotation_index": number}
        yield "response.output_text.annotation.added", {**place, **fields}
    yield "response.output_text.done", {**place, "text": part["text"], "logprobs": []}
    yield "response.content_part.done", {**place, "part": part}


def _pieces(text: str) -> Iterator[str]:
    size = max(_PIECE, len(text) // _PIECES)
    yield from (text[at : at + size] for at in range(0, len(text), size))
