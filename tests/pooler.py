"""A transaction pooler for the tests: like PgBouncer's it lends a server session for one transaction only.

It speaks as much of PostgreSQL's protocol as that takes: message by message, and whoever is answered "idle"
gives the session back.
"""

import asyncio
import contextlib
from contextlib import asynccontextmanager


class Pooler:
    """Lends the server session that came back last."""

    def __init__(self, socket_path):
        self._path = socket_path
        self._idle = []

    async def _borrow(self, startup):
        if self._idle:
            return self._idle.pop()
        server, writer = await asyncio.open_unix_connection(self._path)
        writer.write(startup)
        greeting = kind = b""
        while kind != b"Z":
            kind, message = await read(server)
            greeting += message
        return server, writer, greeting

    async def serve(self, reader, client):
        startup = await first(reader, client)
        session = await self._borrow(startup)
        client.write(session[2])
        self._idle.append(session)
        lent = answering = None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while (message := await read(reader))[0] != b"X":
                if answering is None or answering.done():
                    lent = await self._borrow(startup)
                    answering = asyncio.create_task(self._answer(lent, client))
                lent[1].write(message[1])
        client.close()
        with contextlib.suppress(ConnectionError):
            await client.wait_closed()

    async def _answer(self, session, client):
        """What the server says, until no transaction is open: then the session is free for others."""
        while True:
            kind, message = await read(session[0])
            if kind == b"Z" and message[-1:] == b"I":
                self._idle.append(session)
                client.write(message)
                return
            client.write(message)

    async def close(self):
        for _, writer, _ in self._idle:
            writer.close()
            await writer.wait_closed()


async def first(reader, writer):
    """The client's startup message; a wish for TLS is refused."""
    while True:
        length = await reader.readexactly(4)
        body = await reader.readexactly(int.from_bytes(length) - 4)
        if int.from_bytes(body[:4]) != 80877103:
            return length + body
        writer.write(b"N")


async def read(reader):
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(int.from_bytes(head[1:]) - 4)


@asynccontextmanager
async def pooled(url):
    """The address of a pooler before the server of `url`, which listens on a Unix socket."""
    pooler = Pooler(f"{url.query['host']}/.s.PGSQL.{url.port or 5432}")
    async with await asyncio.start_server(pooler.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield url.set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
        await pooler.close()
