"""What differs between SQLite and PostgreSQL; the rest of storage is written once.

`FOR UPDATE SKIP LOCKED` needs no branch: SQLAlchemy leaves it out on SQLite, where one writer at a time
holds the whole file anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Any, TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import URL, Connection, Table, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

T = TypeVar("T")
Insert = sqlite.Insert | postgresql.Insert
CHUNK = 900  # values in one IN list: SQLite may be built to take no more than 999
BUSY_SECONDS = 10  # how long a SQLite writer waits for another process
CONNECT_SECONDS = 10  # how long PostgreSQL may take to answer
WAL_BYTES = 32 * 1024 * 1024  # to which the write-ahead log is cut back after a checkpoint

# Plans are made for the values at hand: one kept from when a table was empty reads all of it ever after.
_POSTGRESQL = {
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    # A machine that vanished is noticed within seconds, and what its sessions held is free again.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
_BACKEND = select(func.pg_backend_pid())


class Lock(IntEnum):
    """Advisory locks on PostgreSQL: any numbers nobody else in the same database uses."""

    MIGRATION = 7_346_501
    CLAIM = 7_346_502
    SPEND = 7_346_503
    SENDER = 7_346_504  # the one process that sends pushes; held for as long as it does
    POLLER = 7_346_505  # the one that takes updates from Telegram


@dataclass(frozen=True, slots=True)
class Engines:
    """Three ways to the same data. On PostgreSQL `writer` and `durable` are one."""

    reader: AsyncEngine
    writer: AsyncEngine
    durable: AsyncEngine

    async def close(self) -> None:
        for engine in (self.reader, self.writer, self.durable):
            await engine.dispose()


def engines(url: URL) -> Engines:
    """Engines for a normalised address; nothing is connected yet."""
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _sqlite(url: URL) -> Engines:
    return Engines(
        reader=_sqlite_engine(url, size=4, begin="BEGIN", pragmas={"query_only": "ON"}),
        writer=_sqlite_engine(url, size=1, begin="BEGIN IMMEDIATE", pragmas={"synchronous": "NORMAL"}),
        durable=_sqlite_engine(url, size=1, begin="BEGIN IMMEDIATE", pragmas={"synchronous": "FULL"}),
    )


def to_text(value: object) -> str:
    """The JSON of a value as it stands in a JSON column."""
    return to_json(value).decode()


_JSON: dict[str, Any] = {
    "json_serializer": to_text,
    "json_deserializer": from_json,
}  # pydantic's


def _sqlite_engine(url: URL, *, size: int, begin: str, pragmas: dict[str, str]) -> AsyncEngine:
    """An engine that sends its own BEGIN: the driver's would come late and never be IMMEDIATE."""
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        **_JSON,
    )
    settings = {
        "busy_timeout": str(BUSY_SECONDS * 1000),
        "journal_mode": "WAL",
        "journal_size_limit": str(WAL_BYTES),
        "foreign_keys": "ON",
    } | pragmas

    def settle(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for name, value in settings.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", settle)
    event.listen(engine.sync_engine, "begin", start)
    event.listen(engine.sync_engine, "handle_error", _keep_when_cancelled)
    return engine


def _keep_when_cancelled(context: ExceptionContext) -> None:
    """A cancelled task's connection is sound: what its thread is at ends before the rollback begins.

    Thrown away, as SQLAlchemy would, it is closed while a statement of it may still be open somewhere: then
    it lives on unseen, and its transaction locks the file.
    """
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False


def _postgresql(url: URL) -> Engines:
    engine = create_async_engine(
        url,
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_SECONDS},
        **_JSON,
    )

    def settle(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for name, value in _POSTGRESQL.items():
            cursor.execute(f"SET {name} = {value}")
        cursor.close()
        connection.commit()

    event.listen(engine.sync_engine, "connect", settle)
    # A reading sees one moment and cannot write, as on SQLite.
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(reader=reader, writer=engine, durable=engine)


def insert(c: AsyncConnection, table: Table) -> Insert:
    """An INSERT that knows ON CONFLICT."""
    return sqlite.insert(table) if c.dialect.name == "sqlite" else postgresql.insert(table)


async def exclusively(c: AsyncConnection, lock: Lock) -> None:
    """Wait until nobody else holds `lock`, then hold it to the end of this transaction.

    On SQLite a writer already is alone.
    """
    if c.dialect.name == "postgresql":
        await c.execute(select(func.pg_advisory_xact_lock(int(lock))))


async def shares_sessions(engine: AsyncEngine) -> bool:
    """Whether something between us and PostgreSQL lends one session to several connections in turn.

    Two connections that are open at the same time never have one backend, unless it is lent out.
    """
    async with engine.connect() as first, engine.connect() as second:
        for _ in range(2):
            seen = [await _backend(c) for c in (first, second)]
            if seen[0] == seen[1]:
                return True
            async with first.begin(), second.begin():  # both at once: what was lent now changes hands
                held = [(await c.execute(_BACKEND)).scalar_one() for c in (first, second)]
            if held != seen:
                return True
    return False


async def _backend(c: AsyncConnection) -> int:
    async with c.begin():
        return int((await c.execute(_BACKEND)).scalar_one())


@asynccontextmanager
async def in_index_order(c: AsyncConnection) -> AsyncIterator[None]:
    """Have the first rows of an ORDER BY read along its index.

    After a burst of rows PostgreSQL's statistics still say there are few, and it would sort them all.
    """
    if c.dialect.name != "postgresql":
        yield
        return
    await c.execute(text("SET LOCAL enable_sort = off"))
    yield
    await c.execute(text("SET LOCAL enable_sort = on"))


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """`values` without repeats, in order, in lists short enough for one statement."""
    rest = iter(dict.fromkeys(values))
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
