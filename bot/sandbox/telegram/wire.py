"""HTTP in and out: parameters from any kind of request, answers whole, cut off or never given."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

from aiohttp import web

from .pictures import Upload
from .refusals import misuse

Json = dict[str, Any]
HTML_502 = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


async def read_params(request: web.Request) -> Json:
    """Parameters of the query and of a JSON, urlencoded or multipart body; uploads in place of attach://.

    Raises Violation when the body is not what its type says.
    """
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        params |= await _json_body(request)
    elif request.can_read_body:
        params |= {name: _field(value) for name, value in (await request.post()).items()}
    return _attached(params)


async def _json_body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise misuse("can't parse JSON object of the request")
    return body


def _field(value: str | bytes | bytearray | web.FileField) -> Any:
    if isinstance(value, web.FileField):
        return Upload(value.filename, value.file.read())
    return value if isinstance(value, str) else bytes(value).decode(errors="replace")


def _attached(params: Json) -> Json:
    """attach://<name> is replaced by the file of that name, which is then no parameter of its own."""
    used: set[str] = set()
    for name, value in list(params.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            key = value.removeprefix("attach://")
            if isinstance(params.get(key), Upload):
                params[name] = params[key]
                used.add(key)
    return {name: value for name, value in params.items() if name not in used}


def answer(body: Json, status: int = 200, *, cut: bool = False) -> web.Response:
    """A JSON answer; cut: its second half never arrives although the connection ends in order."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return web.Response(
        body=content[: len(content) // 2] if cut else content, status=status, content_type="application/json"
    )


def reset(request: web.Request) -> web.Response:
    """Break the connection with a TCP reset; the response returned reaches nobody."""
    transport = request.transport
    if transport is not None:
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
