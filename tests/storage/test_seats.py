"""One process at a time sends, polls, or has a SQLite file; the next one learns so at once."""

import asyncio
import os
import signal
import sys

import pytest
from sqlalchemy import make_url, text

from core.errors import ConfigError
from storage.database import Database, normalise
from storage.dialects import Lock
from storage.seats import Seat, alone
from tests.pooler import pooled

HOLDER = """
import asyncio, sys
from storage.database import Database
from storage.dialects import Lock
from storage.seats import Seat

async def main():
    seat = Seat(await Database.open(sys.argv[1]), Lock.SENDER)
    print(await seat.take(), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
async def url(postgres_server):
    return postgres_server.url(await postgres_server.clean())


@pytest.fixture
async def two(url):
    opened = [await Database.open(url), await Database.open(url)]
    yield opened
    for database in opened:
        await database.close()
    await asyncio.sleep(0)  # a connection that was cut is let go of in the loop's next round


async def test_a_seat_is_taken_by_one_and_free_when_that_one_stands_up(two):
    first, second = (Seat(database, Lock.SENDER) for database in two)
    assert await first.take() and not await second.take()
    assert await first.kept()
    await first.leave()
    assert await second.take()
    assert not await first.take()
    await first.leave()
    await second.leave()


async def test_seats_of_different_duties_are_different_seats(two):
    first, second = Seat(two[0], Lock.SENDER), Seat(two[1], Lock.POLLER)
    assert await first.take() and await second.take()
    await first.leave()
    await second.leave()


async def test_a_killed_holders_seat_is_free_within_a_second(two, url):
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, url, stdout=asyncio.subprocess.PIPE
    )
    assert await holder.stdout.readline() == b"True\n"
    seat = Seat(two[0], Lock.SENDER)
    assert not await seat.take()
    os.kill(holder.pid, signal.SIGKILL)
    await holder.wait()
    async with asyncio.timeout(1):
        while not await seat.take():
            await asyncio.sleep(0.02)
    await seat.leave()


async def test_a_seat_is_lost_with_its_session(two):
    first, second = (Seat(database, Lock.SENDER) for database in two)
    assert await first.take()
    async with two[1].writing() as c:
        await c.execute(
            text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")
        )
    assert not await first.kept()
    await first.leave()
    assert await second.take()
    await second.leave()


async def test_where_one_process_has_the_database_every_seat_is_free(tmp_path):
    database = await Database.open(f"sqlite:///{tmp_path / 'intern.db'}")
    seat = Seat(database, Lock.SENDER)
    assert await seat.take() and await seat.kept()
    await seat.leave()
    await database.close()


def test_a_sqlite_file_belongs_to_one(tmp_path):
    url = normalise(f"sqlite:///{tmp_path / 'new' / 'intern.db'}")
    with alone(url):
        with (
            pytest.raises(ConfigError, match=r"another INTERN runs on the SQLite file .*intern\.db: stop it"),
            alone(url),
        ):
            pass
        with alone(normalise(f"sqlite:///{tmp_path / 'other.db'}")):
            pass
    with alone(url):
        pass


async def test_a_transaction_pooler_is_refused_with_a_sentence(url):
    async with pooled(make_url(url)) as through:
        with pytest.raises(ConfigError, match=r"transaction pooler.*session mode"):
            await Database.open(through.render_as_string(hide_password=False))


async def test_sessions_of_ones_own_are_no_pooler(two):
    assert two[0].dialect == two[1].dialect == "postgresql"


def test_a_place_where_nothing_can_be_written_is_refused_with_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "a.db-instance").mkdir()
    for place in ("file/a.db", "a.db"):
        with (
            pytest.raises(ConfigError, match="nothing can be written"),
            alone(normalise(f"sqlite:///{tmp_path}/{place}")),
        ):
            pass
