"""Opening, asking, committing, closing, and the sentences when something is wrong."""

import asyncio
import gc
import os
import signal
import socket
import sqlite3
import sys

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import DBAPIError

from core.errors import ConfigError
from storage import chats, dialects
from storage.address import explained, normalise
from storage.database import Database
from storage.migrate import migrate
from storage.tables import chats as chat_rows
from tests.storage.facts import chat


async def number_of_chats(database):
    async with database.reading() as c:
        return await chats.count(c)


async def test_transaction_commits_when_its_block_ends(database):
    async with database.writing() as c:
        await chats.save(c, chat())
    async with database.durable() as c:
        await chats.save(c, chat(2))
    assert await number_of_chats(database) == 2


async def test_failed_block_leaves_nothing_behind(database):
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as c:
            await chats.save(c, chat())
            raise ZeroDivisionError
    assert await number_of_chats(database) == 0


async def test_cancelled_writer_leaves_nothing_and_blocks_nobody(database):
    inside = asyncio.Event()

    async def write_and_wait():
        async with database.writing() as c:
            await chats.save(c, chat())
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.writing() as c:
        assert await chats.count(c) == 0


async def test_writers_take_turns_and_lose_no_update(database):
    async with database.writing() as c:
        await chats.save(c, chat(1, title="0"))

    async def add_one(block):
        async with block() as c:
            row = select(chat_rows.c.title).where(chat_rows.c.id == 1).with_for_update()
            title = (await c.execute(row)).scalar_one()
            await asyncio.sleep(0)
            await chats.change(c, 1, title=str(int(title) + 1))

    await asyncio.gather(*(add_one(block) for block in [database.writing, database.durable] * 10))
    async with database.reading() as c:
        assert (await chats.get(c, 1)).title == "20"


async def test_reading_sees_one_moment_and_hides_unfinished_work(database):
    async with database.reading() as reader:
        assert await chats.count(reader) == 0
        async with database.writing() as writer:
            await chats.save(writer, chat())
        assert await chats.count(reader) == 0
    assert await number_of_chats(database) == 1


async def test_reading_cannot_write(database):
    async with database.reading() as c:
        with pytest.raises(DBAPIError):
            await chats.save(c, chat())


async def test_killed_writer_leaves_no_half_state(database, database_url):
    program = """
import asyncio, os, signal, sys
from storage import chats
from storage.database import Database
from tests.storage.facts import chat
async def main():
    database = await Database.open(sys.argv[1])
    async with database.durable() as c:
        await chats.save(c, chat(1))
    async with database.durable() as c:
        await chats.save(c, chat(2))
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", program, database_url)
    assert await killed.wait() == -signal.SIGKILL
    async with database.writing() as c:
        assert await chats.get(c, 1) is not None
        assert await chats.get(c, 2) is None


async def test_closed_database_lets_the_process_end(database_url):
    program = """
import asyncio, sys
from storage.database import Database
async def main():
    database = await Database.open(sys.argv[1])
    async with database.reading(): pass
    await database.close()
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, database_url)
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_sqlite_runs_with_the_promised_settings(tmp_path):
    engines = dialects.engines(normalise(f"sqlite:///{tmp_path}/a.db"))
    found = {}
    for name in ("reader", "writer", "durable"):
        async with getattr(engines, name).connect() as c:
            pragmas = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous", "query_only")
            found[name] = [(await c.execute(text(f"PRAGMA {pragma}"))).scalar() for pragma in pragmas]
    await engines.close()
    assert found == {
        "reader": ["wal", 1, 10_000, 2, 1],
        "writer": ["wal", 1, 10_000, 1, 0],
        "durable": ["wal", 1, 10_000, 2, 0],
    }


async def test_sqlite_writer_holds_the_file_from_the_start(tmp_path):
    path = tmp_path / "a.db"
    database = await Database.open(f"sqlite:///{path}")
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        async with database.writing():
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
    finally:
        other.close()
        await database.close()


async def refusal(url):
    with pytest.raises(ConfigError) as caught:
        await Database.open(url)
    sentence = str(caught.value)
    assert "DATABASE_URL" in sentence
    assert "\n" not in sentence
    return sentence


async def test_file_that_is_no_database_is_refused_with_a_way_out(tmp_path):
    path = tmp_path / "a.db"
    path.write_bytes(b"certainly not a database, " * 400)
    assert "damaged or no SQLite database" in await refusal(f"sqlite:///{path}")
    with pytest.raises(ConfigError, match="restore a backup"):
        await migrate(f"sqlite:///{path}")


async def test_damaged_page_is_found_at_the_start(tmp_path):
    path = tmp_path / "a.db"
    await migrate(f"sqlite:///{path}")
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(4096))
    assert "damaged" in await refusal(f"sqlite:///{path}")


async def test_locked_file_is_refused_with_a_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(dialects, "BUSY_SECONDS", 0)
    path = tmp_path / "a.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert "Another program" in await refusal(f"sqlite:///{path}")
    finally:
        other.close()


async def test_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be made" in await refusal(f"sqlite:///{tmp_path}/file/a.db")


async def test_folder_in_place_of_the_file_is_refused(tmp_path):
    assert "cannot be opened" in await refusal(f"sqlite:///{tmp_path}")


async def test_missing_folders_are_made(tmp_path):
    database = await Database.open(f"sqlite:///{tmp_path}/new/deep/a.db")
    await database.close()
    assert (tmp_path / "new/deep/a.db").exists()


async def test_server_that_is_not_there_is_refused_without_the_password():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sentence = await refusal(f"postgres://ada:s3cret@127.0.0.1:{port}/intern?sslmode=disable")
    assert "cannot be reached" in sentence
    assert "s3cret" not in sentence


async def test_unknown_database_and_user_are_refused(postgres_server):
    assert "no database of that name" in await refusal(postgres_server.url("nobody_made_this"))
    stranger = make_url(postgres_server.url("postgres")).set(username="stranger", password="s3cret")
    sentence = await refusal(stranger.render_as_string(hide_password=False))
    assert "user or the password" in sentence
    assert "s3cret" not in sentence


async def test_missing_root_certificate_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    url = "postgres://ada:s3cret@127.0.0.1:1/intern?sslmode=verify-full"
    assert "root.crt" in await refusal(url)
    assert "certificates" in await refusal(f"{url}&sslrootcert={tmp_path}/none.crt")


async def test_other_errors_are_not_dressed_up(tmp_path):
    with pytest.raises(DBAPIError), explained(normalise(f"sqlite:///{tmp_path}/a.db")):
        raise DBAPIError("SELECT", {}, sqlite3.OperationalError("no such table: x"))


async def test_connection_cut_by_the_server_is_replaced(postgres_server):
    name = await postgres_server.clean()
    database = await Database.open(postgres_server.url(name))
    async with database.writing() as c:
        mine = (await c.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    admin = await Database.open(postgres_server.url("postgres"))
    async with admin.writing() as c:
        await c.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})
    await admin.close()
    assert await number_of_chats(database) == 0
    await database.close()


@pytest.fixture
def young():
    """Collections look only at what the test itself leaves: they cost a twentieth."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


async def test_a_task_cancelled_at_any_moment_leaves_no_connection_behind(database_url, young):
    for steps in range(25):
        database = await Database.open(database_url)
        try:
            tasks = [asyncio.create_task(_read_and_write(database)) for _ in range(6)]
            await asyncio.sleep(steps / 5000)  # somewhere between opening, setting up and asking
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _read_and_write(database)
        finally:
            await database.close()
        gc.collect()  # an abandoned connection complains here, and every warning is an error


async def _read_and_write(database):
    async with database.reading() as c:
        await c.execute(text("SELECT 1"))
    async with database.writing() as c:
        await c.execute(text("SELECT 1"))
