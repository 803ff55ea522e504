"""What is wrong with a database is one sentence, and says what may be tried again."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from storage.ailments import ailment, away, passes
from storage.database import Database, connect, normalise
from tests.storage.pragmas import pragma

GROWS = text("CREATE TABLE more AS SELECT zeroblob(100000) AS bytes")


class Refused(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


@pytest.fixture
async def file(tmp_path):
    database = await Database.open(f"sqlite:///{tmp_path}/a.db")
    yield database
    await database.close()


@pytest.mark.parametrize(
    ("trouble", "undo", "sentence"),
    [
        ("max_page_count = 1", "max_page_count = 1000", "The disk is full: make room"),
        ("query_only = on", "query_only = off", "cannot be opened or written"),
    ],
)
async def test_a_file_that_takes_no_more_says_so_until_it_does_again(file, trouble, undo, sentence):
    await pragma(file, trouble)
    with pytest.raises(SQLAlchemyError) as caught:
        async with file.durable() as c:
            await c.execute(GROWS)
    assert sentence in ailment(caught.value) and sentence in file.trouble
    assert away(caught.value) and passes(file.trouble)
    await pragma(file, undo)
    async with file.durable() as c:
        await c.execute(GROWS)
    assert file.trouble is None


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("53100", "PostgreSQL's disk is full"),
        ("53300", "takes no connections"),
        ("57P03", "takes no connections"),
        ("08006", "connection to PostgreSQL broke"),
        ("25006", "lets nobody write"),
        ("28P01", "refuses the user"),
        ("58030", "cannot read or write its disk"),
    ],
)
def test_the_longest_code_that_fits_is_told(code, sentence):
    error = DBAPIError("SELECT", {}, Refused(code))
    assert sentence in ailment(error) and away(error)


async def test_a_server_that_is_not_there_may_come_back():
    address = normalise("postgresql://u:s3cret@127.0.0.1:9/x")
    database = Database(address, connect(address))
    with pytest.raises(OperationalError) as caught:
        async with database.durable():
            pass
    assert away(caught.value) and database.trouble == ailment(caught.value)
    assert "cannot be reached" in database.trouble and "s3cret" not in database.trouble
    await database.close()


def test_a_damaged_file_does_not_get_well_by_itself():
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    sentence = ailment(DBAPIError("SELECT", {}, error))
    assert "restore a backup" in sentence and not passes(sentence)


def test_what_is_wrong_with_the_write_itself_is_no_trouble_of_the_database():
    assert not away(IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE")))
    assert not away(ValueError("no"))
    assert ailment(DBAPIError("SELECT", {}, sqlite3.OperationalError("no such table: x"))) is None
