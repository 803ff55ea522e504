"""Places that one process at a time may take: who sends, who polls Telegram, who has the SQLite file.

On PostgreSQL a seat is an advisory lock of a session: when its process dies the server frees it at once. On
SQLite the whole database belongs to one process, by a lock on a file beside it that dies with its holder.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sqlalchemy import URL, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import ConfigError
from storage.address import place
from storage.database import Database
from storage.dialects import Lock

_PATIENCE = 3.0  # seconds a session may take to answer before it counts as lost


class Seat:
    """One place in one database. Taken and kept on a connection of its own."""

    def __init__(self, database: Database, lock: Lock) -> None:
        self._db = database
        self._lock = int(lock)
        self._session: AsyncConnection | None = None

    async def take(self) -> bool:
        """Sit down if nobody else does; True as well where one process has the database to itself."""
        if self._db.dialect == "sqlite":
            return True
        session = self._session or await self._db.session()
        self._session = session
        try:
            return bool((await session.execute(select(func.pg_try_advisory_lock(self._lock)))).scalar_one())
        except (SQLAlchemyError, OSError):
            await self.leave()
            raise

    async def kept(self) -> bool:
        """Whether the session that holds the seat still answers. If not, somebody else may sit there."""
        if self._session is None:
            return self._db.dialect == "sqlite"
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._session.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def leave(self) -> None:
        """Stand up. A session that cannot say so is thrown away, and the lock with it."""
        session, self._session = self._session, None
        if session is None:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await session.execute(select(func.pg_advisory_unlock_all()))
        except (SQLAlchemyError, OSError):
            await session.invalidate()
        finally:
            await session.close()


@contextmanager
def alone(url: URL) -> Iterator[None]:
    """Have a SQLite file to oneself. Raises ConfigError while another process has it."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    path = Path(f"{url.database}-instance")
    with _made(path, url) as file:  # it stays: taking it away would let two processes lock two files
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"another INTERN runs on the {place(url)}: stop it, or give this one a DATABASE_URL of "
                "its own (several processes share a PostgreSQL database)."
            ) from None
        yield


def _made(path: Path, url: URL) -> TextIO:
    """The file, in its folder. On a read-only or full disk the operator hears which one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w")
    except OSError as error:
        raise ConfigError(
            f"beside the {place(url)} (DATABASE_URL) nothing can be written: {error.strerror}. "
            "Check that its folder exists, is writable and has room, then start again."
        ) from None
