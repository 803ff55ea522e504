"""DATABASE_URL: what hosts write, what the drivers understand, and what to say when it does not work.

No sentence made here shows the password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import ConfigError
from storage.ailments import ailment

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
        if sentence := ailment(error):
            raise ConfigError(f"{sentence}, then start again. (DATABASE_URL: {place(url)})") from None
        raise
