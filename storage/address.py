"""DATABASE_URL: what hosts write, what the drivers understand, and what to say when it does not work.

No sentence made here shows the password.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import ConfigError

SHAPE = "DATABASE_URL must look like sqlite:///data/intern.db or postgres://user:password@host:5432/name"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# What asyncpg reads from a connection string but SQLAlchemy would hand it as unknown keywords. Everything
# else libpq knows (channel_binding, keepalives, connect_timeout …) is its own business and dropped.
_LIBPQ = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "target_session_attrs", "application_name", "options")


def normalise(url: str) -> URL:
    """The address for SQLAlchemy's async drivers. Raises ConfigError for anything it cannot be."""
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):
        raise ConfigError(f"{SHAPE}.") from None
    match parsed.drivername:
        case "sqlite" | "sqlite+aiosqlite":
            return _file(parsed)
        case "postgres" | "postgresql" | "postgresql+asyncpg":
            return _server(parsed)
        case _:
            raise ConfigError(f"{SHAPE}; {parsed.drivername} is neither.")


def _file(url: URL) -> URL:
    path = url.database or ""
    if url.host or not path or path.startswith((":memory:", "file:")):
        raise ConfigError(
            "DATABASE_URL must name a file for SQLite, with three slashes: sqlite:///data/intern.db."
        )
    if url.query:
        raise ConfigError("DATABASE_URL takes nothing after the file name for SQLite: remove the '?' part.")
    return url.set(drivername="sqlite+aiosqlite")


def _server(url: URL) -> URL:
    if not url.database:
        raise ConfigError(f"DATABASE_URL names no database at its end. {SHAPE}.")
    given = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
    query: dict[str, str] = {key: given[key] for key in ("host", "port", "dsn") if key in given}
    if mode := given.get("sslmode", given.get("ssl")):
        query["ssl"] = _ssl_mode(mode)
    if kept := {key: given[key] for key in _LIBPQ if key in given}:
        query["dsn"] = f"postgresql://?{urlencode(kept)}"
    return url.set(drivername="postgresql+asyncpg", query=query)


def _ssl_mode(mode: str) -> str:
    mode = {"true": "require", "false": "disable"}.get(mode, mode)
    if mode not in SSL_MODES:
        raise ConfigError(f"DATABASE_URL has an unknown sslmode: use one of {', '.join(SSL_MODES)}.")
    return mode


def place(url: URL) -> str:
    """Where the database is, in words, without secrets."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite file {url.database}"
    return f"PostgreSQL database {url.database} at {url.host or url.query.get('host', 'localhost')}"


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn what only the operator can mend into a ConfigError; let everything else pass."""
    try:
        yield
    except Exception as error:
        if sentence := _sentence(url, error):
            raise ConfigError(f"{sentence} (DATABASE_URL: {place(url)})") from None
        raise


def _sentence(url: URL, error: BaseException) -> str | None:
    for cause in _causes(error):
        if isinstance(cause, sqlite3.Error):
            return _SQLITE.get((getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF)
        if sentence := _refusal(cause):
            return sentence
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__


POOLED = (
    "Between INTERN and PostgreSQL stands a transaction pooler, which lends one session to many: "
    "use the direct address, or the pooler's session mode."
)
_UNWRITABLE = "The database file cannot be opened or written: check that its folder exists and is writable."
_DAMAGED = "The file is damaged or no SQLite database: move it away or restore a backup, then start again."
_SQLITE = {
    sqlite3.SQLITE_BUSY: "Another program keeps the database locked: stop it, then start again.",
    sqlite3.SQLITE_CANTOPEN: _UNWRITABLE,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FULL: "The disk is full: make room, then start again.",
    sqlite3.SQLITE_IOERR: "The disk cannot be read or written: check it, then start again.",
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_PERM: _UNWRITABLE,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
}


def _refusal(cause: BaseException) -> str | None:  # noqa: PLR0911 — a table in the shape of code
    state = str(getattr(cause, "sqlstate", None) or "")
    if state.startswith("28"):
        return "PostgreSQL refuses the user or the password: correct them."
    if state == "3D000":
        return "PostgreSQL has no database of that name: create it or correct the name."
    if state in ("42P05", "26000"):  # a prepared statement that another connection made, or that is gone
        return POOLED
    if state.startswith(("53", "57P")):
        return "PostgreSQL takes no connections at the moment: wait or free some, then start again."
    if type(cause).__name__ == "ClientConfigurationError":
        return f"The connection cannot be set up: {str(cause).splitlines()[0]}."
    if isinstance(cause, OSError):  # refused, unknown host, TLS trouble; TimeoutError is one too
        return "PostgreSQL cannot be reached: check that it runs, its host, port, sslmode and certificates."
    return None
