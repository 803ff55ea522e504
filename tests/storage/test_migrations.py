"""The migrations build what tables.py describes, on both engines, whoever runs them and how often."""

import asyncio
import sys

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from storage import dialects
from storage.address import normalise
from storage.database import Database
from storage.migrate import configuration, migrate
from storage.tables import metadata


async def ask(url, question):
    database = await Database.open(url)
    try:
        async with database.reading() as c:
            return await c.run_sync(question)
    finally:
        await database.close()


async def test_migrated_database_has_no_difference_to_the_tables(database_url):
    def difference(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    assert await ask(database_url, difference) == []


async def test_comparison_would_see_a_missing_column(blank_url):
    await migrate(blank_url)
    database = await Database.open(blank_url)
    async with database.writing() as c:
        await c.execute(text("ALTER TABLE spend DROP COLUMN purpose"))
    await database.close()

    def difference(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert [change[0] for change in await ask(blank_url, difference)] == ["add_column"]


async def test_migrating_twice_changes_nothing(database_url):
    await migrate(database_url)
    tables = await ask(database_url, lambda connection: set(inspect(connection).get_table_names()))
    assert tables == set(metadata.tables) | {"alembic_version"}


async def test_several_processes_may_migrate_at_once(blank_url):
    program = "import asyncio, sys; from storage.migrate import migrate; asyncio.run(migrate(sys.argv[1]))"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, blank_url, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    ends = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0], ends
    assert await ask(blank_url, lambda c: inspect(c).has_table("deliveries"))


async def test_failed_migration_leaves_nothing_behind(blank_url, monkeypatch):
    def broken(connection):
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("cut off")

    monkeypatch.setattr("storage.migrate._upgrade", broken)
    with pytest.raises(RuntimeError):
        await migrate(blank_url)
    assert not await ask(blank_url, lambda c: inspect(c).get_table_names())


async def test_downgrade_takes_everything_away(blank_url):
    await migrate(blank_url)
    engines = dialects.engines(normalise(blank_url))
    async with engines.writer.begin() as c:
        await c.run_sync(lambda connection: command.downgrade(configuration(connection), "base"))
    await engines.close()
    assert await ask(blank_url, lambda c: set(inspect(c).get_table_names())) <= {
        "alembic_version",
        "sqlite_sequence",
    }
