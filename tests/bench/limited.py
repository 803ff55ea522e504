"""A Bot API that does one thing: take messages at most `limit` a second, in a sliding window, 60 ms away.

A process of its own, so that what is measured has a core to itself. It answers as Telegram does: 429 with
`retry_after` above the limit. `GET /count` tells what it saw.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import unquote_plus
from urllib.request import urlopen

RETRY_AFTER = 3  # seconds, as the reference's mock has it


class Limited(asyncio.Protocol):
    """One keep-alive connection; requests are small and come whole or in two pieces."""

    seen: deque[float] = deque()
    times: list[float] = []
    refused = 0
    limit, latency = 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (head := self.buffer.find(b"\r\n\r\n")) >= 0:
            found = re.search(rb"content-length: (\d+)", self.buffer[:head], re.I)
            end = head + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < end:
                return
            request, self.buffer = self.buffer[:end], self.buffer[end:]
            self._asked(request[:head], request[head + 4 :])

    def _asked(self, head: bytes, body: bytes) -> None:
        cls = type(self)
        if head.startswith(b"GET /count"):
            self._answer(200, {"sent": len(cls.times), "refused": cls.refused, "times": cls.times})
            cls.times, cls.refused = [], 0
            return
        now = time.monotonic()
        while cls.seen and cls.seen[0] <= now - 1.0:
            cls.seen.popleft()
        if cls.limit and len(cls.seen) >= cls.limit:
            cls.refused += 1
            parameters = {"retry_after": RETRY_AFTER}
            self._later(429, {"ok": False, "error_code": 429, "parameters": parameters,
                              "description": f"Too Many Requests: retry after {RETRY_AFTER}"})  # fmt: skip
            return
        cls.seen.append(now)
        cls.times.append(now)
        found = re.search(rb"chat_id[^-0-9]*(-?\d+)", unquote_plus(body.decode()).encode())
        chat = {"id": int(found[1]) if found else 0, "type": "private", "first_name": "P"}
        message = {"message_id": len(cls.times), "date": 1, "chat": chat, "text": "x"}
        self._later(200, {"ok": True, "result": message})

    def _later(self, code: int, answer: object) -> None:
        if self.latency:
            asyncio.get_running_loop().call_later(self.latency, self._answer, code, answer)
        else:
            self._answer(code, answer)

    def _answer(self, code: int, answer: object) -> None:
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with suppress(OSError):
            self.transport.write(head.encode() + body)


async def serve(limit: int, latency: float) -> None:
    Limited.limit, Limited.latency = limit, latency
    server = await asyncio.get_running_loop().create_server(Limited, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@asynccontextmanager
async def telegram(*, limit: int, latency: float = 0.06) -> AsyncIterator[str]:
    """Its address; `limit` 0: as fast as anybody likes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.limited", str(limit), str(latency), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def counted(base: str) -> dict[str, object]:
    """What came in since the last time: how many, how many were refused, when (monotonic seconds)."""
    text = await asyncio.to_thread(lambda: urlopen(f"{base}/count", timeout=10).read())
    found: dict[str, object] = json.loads(text)
    return found


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
