"""What ails a database, in a sentence for whoever runs it. None of them shows a password.

The same trouble ends a start and only delays a running process, so what follows it is said apart.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection

POOLED = (
    "Between INTERN and PostgreSQL stands a transaction pooler, which lends one session to many: "
    "use the direct address, or the pooler's session mode"
)
_UNWRITABLE = (
    "The database file cannot be opened or written: check that its folder exists and that both are writable"
)
_DAMAGED = "The database file is damaged or no SQLite database: stop INTERN, move it away or restore a backup"
_FULL = "The disk is full: make room"
_DISK = "The disk cannot be read or written: check it"
_SQLITE = {
    sqlite3.SQLITE_BUSY: "Another program keeps the database locked: stop it",
    sqlite3.SQLITE_CANTOPEN: _UNWRITABLE,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_PERM: _UNWRITABLE,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
}
_LEFT = "The connection to PostgreSQL broke: check that it runs and can be reached"
# By the beginning of PostgreSQL's error code; the longest that fits is told.
_POSTGRESQL = {
    "08": _LEFT,
    "25006": "PostgreSQL lets nobody write, as a standby or a read-only database does: use the one that does",
    "26000": POOLED,  # a prepared statement that is gone
    "28": "PostgreSQL refuses the user or the password: correct them",
    "3D000": "PostgreSQL has no database of that name: create it or correct the name",
    "42P05": POOLED,  # a prepared statement that another connection made
    "53": "PostgreSQL takes no connections at the moment: wait or free some",
    "53100": "PostgreSQL's disk is full: make room there",
    "57P": "PostgreSQL takes no connections at the moment: wait or free some",
    "58": "PostgreSQL cannot read or write its disk: check it",
}
_OUT_OF_REACH = "PostgreSQL cannot be reached: check that it runs, its host, port, sslmode and certificates"


def ailment(error: BaseException) -> str | None:
    """What is wrong and what to do, without a full stop; None when it is nothing an operator can mend.

    Any OSError among the causes counts as PostgreSQL's, so `error` has to come from a database.
    """
    for cause in _causes(error):
        if isinstance(cause, sqlite3.Error):
            return _SQLITE.get((getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF)
        if sentence := _refusal(cause):
            return sentence
    return None


def passes(sentence: str) -> bool:
    """Whether work goes on by itself once the ailment is over. From a damaged file nothing may go on."""
    return sentence != _DAMAGED


def away(error: BaseException) -> bool:
    """Whether the same write may well succeed later: the database failed, not what was written to it."""
    if isinstance(error, IntegrityError | DataError | ProgrammingError):
        return False
    return isinstance(error, DBAPIError | NoConnection | OSError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__


def _refusal(cause: BaseException) -> str | None:
    state = str(getattr(cause, "sqlstate", None) or "")
    for length in (5, 3, 2):
        if sentence := _POSTGRESQL.get(state[:length]):
            return sentence
    if type(cause).__name__ == "ClientConfigurationError":
        return f"The connection cannot be set up: {str(cause).splitlines()[0]}"
    if isinstance(cause, DBAPIError) and cause.connection_invalidated:
        return None if isinstance(cause.orig, sqlite3.Error) else _LEFT
    if isinstance(cause, OSError):  # refused, unknown host, TLS trouble; TimeoutError is one too
        return _OUT_OF_REACH
    return None
