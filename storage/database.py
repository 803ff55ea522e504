"""The database: opened once, asked through short-lived connections, always closed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import ConfigError
from storage import dialects
from storage.address import explained, normalise, place
from storage.ailments import POOLED, ailment

__all__ = ["Database", "normalise"]
T = TypeVar("T")
CHECKED_BYTES = 256 * 1024 * 1024  # a SQLite file up to this size is read through at every start


class Database:
    """Reads run side by side; on SQLite one write at a time, the others wait their turn.

    A transaction commits when its block ends and is rolled back when the block raises. Blocks must not
    be nested: a write inside a write would wait for itself.
    """

    def __init__(self, url: URL, engines: dialects.Engines) -> None:
        self._engines = engines
        self.trouble: str | None = None  # what kept the newest transaction from being written, if anything
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
        async with _connected(self._engines.reader) as c:
            yield c

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction. A power cut may undo the last ones on SQLite; a killed process does not."""
        async with self._turn, self._noting(), _connected(self._engines.writer) as c:
            yield c

    @asynccontextmanager
    async def durable(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that also outlives a power cut: for deliveries and money."""
        async with self._turn, self._noting(), _connected(self._engines.durable) as c:
            yield c

    @asynccontextmanager
    async def _noting(self) -> AsyncIterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            self.trouble = ailment(error) or self.trouble
            raise
        self.trouble = None

    async def session(self) -> AsyncConnection:
        """A connection that stays, outside any transaction: for what lives as long as a session."""
        engine = self._engines.writer.execution_options(isolation_level="AUTOCOMMIT")
        return await engine.connect()

    async def _check(self, url: URL) -> None:
        async with self.writing() as c:  # a file nobody may write must not pass for a database
            await c.execute(text("SELECT 1"))
        if self.dialect == "postgresql" and await dialects.shares_sessions(self._engines.writer):
            raise ConfigError(f"{POOLED}. (DATABASE_URL: {place(url)})")
        if self.dialect != "sqlite" or _size(url) > CHECKED_BYTES:
            return
        async with self.reading() as c:
            verdict = (await c.execute(text("PRAGMA quick_check(1)"))).scalar_one()
        if verdict != "ok":
            raise ConfigError(
                f"The {place(url)} (DATABASE_URL) is damaged: move it away or restore a backup, "
                "then start again."
            )


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, committed or rolled back and given back whatever happens.

    A task that is cancelled while a connection is opened, begun or ended would leave it, its thread and its
    lock behind: so these steps are always finished first.
    """
    c = await _finished(_begun(engine), undo=_ended)
    try:
        yield c
        await _finished(c.commit())
    finally:
        await _finished(_ended(c))


async def _begun(engine: AsyncEngine) -> AsyncConnection:
    try:
        c = await engine.connect()
    except OSError as error:  # what keeps asyncpg from connecting comes as it is
        raise OperationalError("connect", None, error) from error
    try:
        await c.begin()
    except BaseException:
        await c.close()
        raise
    return c


async def _ended(c: AsyncConnection) -> None:
    """Rolls back what was not committed."""
    await c.close()


async def _finished(step: Coroutine[Any, Any, T], undo: Callable[[T], Awaitable[None]] | None = None) -> T:
    """The step's result; a cancellation waits for the step, undoes it, and goes on."""
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(Exception):
            result = await task
            if undo is not None:
                await undo(result)
        raise


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
