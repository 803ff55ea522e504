"""A Bot API server on loopback with a real aiogram Bot in front of it."""

import struct
import zlib
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.sandbox.telegram import TelegramServer

TOKEN = "42:sandbox"
YOU, ADMIN, MEMBER, GROUP = 1, 2, 3, -10
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Stage:
    """server: the sandbox · bot: aiogram · http: a bare client for what is no Bot API."""

    def __init__(self, server, bot, http):
        self.server, self.bot, self.http = server, bot, http
        self.acts = server.acts

    def url(self, path):
        return f"{self.server.base}{path}"

    async def raw(self, method, **params):
        """A call without aiogram's own checks: status and JSON."""
        async with self.http.post(self.url(f"/bot{TOKEN}/{method}"), json=params) as response:
            return response.status, await response.json()

    async def act(self, **body):
        async with self.http.post(self.url("/sandbox/act"), json=body) as response:
            return response.status, await response.json()


def make_bot(base, token=TOKEN, timeout=10.0):
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base), timeout=timeout))


async def close(bot):
    """aiogram's own close waits a quarter of a second for TLS, which loopback does not use."""
    session = await bot.session.create_session()
    await session.close()


@asynccontextmanager
async def stage(*, limits=False, timeout=10.0, now=lambda: NOON, **options):
    """A private chat with YOU and a group of ADMIN and MEMBER; rates are off unless asked for."""
    server = await TelegramServer.start(token=TOKEN, now=now, limits=limits, **options)
    server.acts.add_private(YOU, "You")
    server.acts.add_group(GROUP, "Desk", {ADMIN: "Admin", MEMBER: "Member"}, [ADMIN])
    bot = make_bot(server.base, timeout=timeout)
    async with aiohttp.ClientSession() as http:
        try:
            yield Stage(server, bot, http)
        finally:
            await close(bot)
            await server.stop()


def png(width=90, height=50, shade=120):
    """A grey picture."""
    rows = b"".join(b"\0" + bytes([shade]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
