"""The database: opened once, asked through short-lived connections, always closed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import ConfigError
from storage import dialects
from storage.address import explained, normalise, place

__all__ = ["Database", "normalise"]
CHECKED_BYTES = 256 * 1024 * 1024  # a SQLite file up to this size is read through at every start


class Database:
    """Reads run side by side; on SQLite one write at a time, the others wait their turn.

    A transaction commits when its block ends and is rolled back when the block raises. Blocks must not
    be nested: a write inside a write would wait for itself.
    """

    def __init__(self, url: URL, engines: dialects.Engines) -> None:
        self._engines = engines
        self.dialect = url.get_backend_name()  # sqlite | postgresql
        self._turn: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        )

    @classmethod
    async def open(cls, url: str) -> Database:
        """Connect and look whether the database is sound. Raises ConfigError with one sentence."""
        address = normalise(url)
        database = cls(address, connect(address))
        try:
            with explained(address):
                await database._check(address)
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Give every connection back; a SQLite connection left open would keep the process from ending."""
        await self._engines.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one moment and cannot write."""
        async with self._engines.reader.connect() as c:
            yield c

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction. A power cut may undo the last ones on SQLite; a killed process does not."""
        async with self._transaction(self._engines.writer) as c:
            yield c

    @asynccontextmanager
    async def durable(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that also outlives a power cut: for deliveries and money."""
        async with self._transaction(self._engines.durable) as c:
            yield c

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        async with self._turn, engine.begin() as c:
            yield c

    async def _check(self, url: URL) -> None:
        async with self.writing() as c:  # a file nobody may write must not pass for a database
            await c.execute(text("SELECT 1"))
        if self.dialect != "sqlite" or _size(url) > CHECKED_BYTES:
            return
        async with self.reading() as c:
            verdict = (await c.execute(text("PRAGMA quick_check(1)"))).scalar_one()
        if verdict != "ok":
            raise ConfigError(
                f"The {place(url)} (DATABASE_URL) is damaged: move it away or restore a backup, "
                "then start again."
            )


def connect(url: URL) -> dialects.Engines:
    """Engines for a normalised address; makes the folder a SQLite file will lie in."""
    if url.get_backend_name() == "sqlite":
        _make_file(url, Path(url.database or ""))
    return dialects.engines(url)


def _make_file(url: URL, path: Path) -> None:
    """Opened once without aiosqlite, whose thread would outlive a file that cannot be opened."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"DATABASE_URL: the folder {path.parent} cannot be made: {error.strerror}."
        ) from None
    with explained(url):
        sqlite3.connect(path).close()


def _size(url: URL) -> int:
    return Path(url.database or "").stat().st_size
