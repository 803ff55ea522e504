"""Databases for the tests: each test that asks for one runs on SQLite and on PostgreSQL, clean every time."""

from __future__ import annotations

import os
import shutil

import pytest
import pytest_asyncio

from storage.database import Database
from storage.migrate import migrate
from tests import postgres

ENGINES = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def postgres_server():
    """This session's PostgreSQL; without one its tests are skipped, or fail if REQUIRE_POSTGRES=1."""
    try:
        with postgres.running() as server:
            yield server
    except postgres.Unavailable as error:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """Where a migrated SQLite file is kept to be copied."""
    return tmp_path_factory.mktemp("sqlite") / "template.db"


@pytest_asyncio.fixture(params=ENGINES)
async def database_url(request, tmp_path):
    """The address of a migrated, empty database."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        return server.url(await server.clean())
    template = request.getfixturevalue("sqlite_template")
    if not template.exists():
        await migrate(f"sqlite:///{template}")
    return f"sqlite:///{shutil.copy(template, tmp_path / 'intern.db')}"


@pytest_asyncio.fixture(params=ENGINES)
async def blank_url(request, tmp_path):
    """The address of a database nothing was ever done to."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'intern.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = await server.create()
    yield server.url(name)
    await server.drop(name)


@pytest_asyncio.fixture
async def database(database_url):
    """An open, migrated, empty database."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
