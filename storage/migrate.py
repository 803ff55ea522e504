"""Bring the database to the shape this version needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from storage import dialects
from storage.address import explained, normalise
from storage.database import connect

_SCRIPTS = Path(__file__).resolve().parent / "migrations"


async def migrate(url: str) -> None:
    """Upgrade to the newest revision, in one transaction: all of it or nothing.

    Safe to run twice and from several processes at once. Raises ConfigError if the database cannot be opened.
    """
    address = normalise(url)
    engines = connect(address)
    try:
        with explained(address):
            async with engines.durable.begin() as c:
                await dialects.exclusively(c, dialects.Lock.MIGRATION)
                await c.run_sync(_upgrade)
    finally:
        await engines.close()


def _upgrade(connection: Connection) -> None:
    command.upgrade(configuration(connection), "head")


def configuration(connection: Connection) -> Config:
    """Alembic's settings for this connection; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
