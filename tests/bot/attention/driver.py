"""SQLite without threads: with them a life costs twice as much, and is never quite the same twice.

A transaction still begins and ends in steps of the loop, so that others come between.
"""

import sqlite3
from collections import deque
from unittest.mock import patch

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import await_only


class _Cursor(sqlite3.Cursor):
    """Takes all rows at once, as the driver of production does."""

    def execute(self, *statement):
        super().execute(*statement)
        self._rows = deque(super().fetchall() if self.description else ())
        return self

    def fetchone(self):
        return self._rows.popleft() if self._rows else None

    def fetchall(self):
        return self.fetchmany(len(self._rows))

    def fetchmany(self, size=1):
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    async def _async_soft_close(self):
        """SQLAlchemy's name for giving the cursor back while rows are still to be read."""
        self.close()


class _Connection(sqlite3.Connection):
    def cursor(self):
        return super().cursor(_Cursor)


async def _at_once():
    pass


class _Dialect(SQLiteDialect_pysqlite):
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, _url):
        return AsyncAdaptedQueuePool

    def connect(self, *where, **how):
        return super().connect(*where, **how, factory=_Connection)

    def do_execute(self, *given):
        await_only(_at_once())  # SQLAlchemy insists that something is awaited
        super().do_execute(*given)

    def do_executemany(self, *given):
        await_only(_at_once())
        super().do_executemany(*given)


def without_threads():
    """Engines that are made inside of this open SQLite so."""
    return patch.dict(registry.impls, {"sqlite.aiosqlite": lambda: _Dialect})
