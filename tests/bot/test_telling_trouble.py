"""A database in trouble is told as one sentence, in the log and to whoever asks for health."""

import asyncio
import json
import sqlite3
import sys

import pytest
import structlog
from sqlalchemy.exc import DBAPIError

from bot.logs import Ailing
from bot.web import Health
from tests.bot.stage import YOU
from tests.core.makers import chat, score
from tests.storage.pragmas import pragma


def full():
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return DBAPIError("INSERT", {}, error)


@pytest.mark.parametrize("form", ["error", "triple", "at hand"])
def test_a_full_disk_is_a_sentence_and_no_traceback(form):
    try:
        raise full()
    except DBAPIError as error:
        given = {"error": error, "triple": sys.exc_info(), "at hand": True}[form]
        told = Ailing()(None, "error", {"event": "delivery stumbled", "exc_info": given})
    assert told == {
        "event": "delivery stumbled",
        "why": "The disk is full: make room; INTERN goes on by itself",
    }


def test_the_same_is_not_said_every_second_but_everything_is_said_once():
    tell = Ailing()
    for event in ("a", "b"):
        assert tell(None, "error", {"event": event, "exc_info": full()})["event"] == event
        with pytest.raises(structlog.DropEvent):
            tell(None, "error", {"event": event, "exc_info": full()})
    assert Ailing(every=0)(None, "error", {"event": "a", "exc_info": full()})


@pytest.mark.parametrize("error", [ValueError("no"), OSError("Telegram away"), None])
def test_any_other_error_keeps_its_traceback(error):
    event = {"event": "update failed", "exc_info": error}
    assert Ailing()(None, "error", dict(event)) == event


async def test_a_disk_that_takes_nothing_stops_no_reading_and_when_it_is_well_all_goes_on(stage, caplog):
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"))
    await stage.fire(YOU, id="f1")
    await pragma(stage.database, "query_only = on")
    running = asyncio.create_task(stage.sender.run(stop := asyncio.Event()))
    async with asyncio.timeout(5):
        while stage.database.trouble is None:
            await asyncio.sleep(0.01)
    status, told = await health(stage)
    assert status == 200 and "cannot be opened or written" in told["cannot_write"]
    assert "I am INTERN" in await stage.answer("/start")
    before = len(stage.heard())
    await pragma(stage.database, "query_only = off")
    async with asyncio.timeout(5):
        while len(stage.heard()) == before or "delivery goes on" not in caplog.text:
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert (await health(stage))[1] == {}


async def health(stage):
    """Status and what is told besides the usual."""
    answer = await Health(stage.database, stage.clock)._healthz(None)
    told = json.loads(answer.text)
    return answer.status, {key: told[key] for key in told if key not in ("ok", "data_age_seconds")}
