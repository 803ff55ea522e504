"""How an answer reaches the client, or does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from aiohttp import web

from bot.sandbox.xai.calls import Call
from bot.sandbox.xai.faults import Fault
from bot.sandbox.xai.stream import events

_SLICE = 65_536  # bytes of a JSON body written at a time


async def deliver(
    request: web.Request, final: dict[str, Any], faults: Sequence[Fault], call: Call
) -> web.StreamResponse:
    """Sends the final object, as JSON or as a stream of events, under the faults of delivery."""
    kinds = {fault.kind: fault for fault in faults}
    if "timeout" in kinds:
        await asyncio.Event().wait()  # until the client leaves or the server stops
    if "slow" in kinds:
        await asyncio.sleep(kinds["slow"].delay)
    call.streamed = bool((call.request or {}).get("stream"))
    pieces = _events(final) if call.streamed else _slices(final)
    if "broken_body" in kinds:
        pieces = _broken(list(pieces))
    answer = web.StreamResponse(headers={"Content-Type": _TYPES[call.streamed]})
    call.status = answer.status
    await answer.prepare(request)
    try:
        if "stall" in kinds:
            await _stalled(answer, pieces)
        await _write(request, answer, pieces, cut="reset" in kinds)
    except ConnectionResetError:
        return answer
    call.delivered = "reset" not in kinds
    return answer


_TYPES = {True: "text/event-stream; charset=utf-8", False: "application/json"}


async def _stalled(answer: web.StreamResponse, pieces: Iterable[bytes]) -> None:
    """The first half, and no end until the client leaves or the server stops."""
    for piece in _broken(list(pieces)):
        await answer.write(piece)
    await asyncio.Event().wait()


async def _write(
    request: web.Request, answer: web.StreamResponse, pieces: Iterable[bytes], *, cut: bool
) -> None:
    """Writes all pieces; with `cut` only half of them before the connection breaks."""
    if cut:
        whole = list(pieces)
        pieces = whole[: len(whole) // 2] or [whole[0][: len(whole[0]) // 2]]
    for piece in pieces:
        await answer.write(piece)
    if not cut:
        await answer.write_eof()
    elif request.transport is not None:
        request.transport.abort()


def _events(final: dict[str, Any]) -> Iterable[bytes]:
    return (data for _, data in events(final))


def _slices(final: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(final, ensure_ascii=False).encode()
    return (body[at : at + _SLICE] for at in range(0, len(body), _SLICE))


def _broken(pieces: list[bytes]) -> Iterable[bytes]:
    """The first half, and of the next piece the first half: what follows never comes."""
    middle = len(pieces) // 2
    yield from islice(pieces, middle)
    yield pieces[middle][: len(pieces[middle]) // 2]
