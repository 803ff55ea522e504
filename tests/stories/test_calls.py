"""SIGKILL at every point of a paid call: the money stays booked, and the next look leaves no gap."""

import asyncio
import socket
import sqlite3
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot import app
from bot.clock import AppClock
from bot.settings import load
from core.models import Cycle
from core.narratives.query import discovery_queries
from storage import observations, spend
from storage.database import Database
from storage.migrate import migrate
from storage.tables import spend as spend_rows
from tests.core.makers import HOUR, poll
from tests.stories.processes import KEY, TOKEN, outside

pytestmark = [pytest.mark.story, pytest.mark.asyncio(loop_scope="module")]
WORLD = "2026-11-16T00:00:00+00:00"
NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)  # so far X is known when the story begins
KILLED, NEXT = "2026-11-18T10:00:00Z@1", "2026-11-18T11:00:00Z@1"
LATER = "2026-11-18T11:30:00Z@1"  # xAI's time: it sees all that is asked about
QUERIES = discovery_queries((), ("en", "zh"))  # asked in every turn, whatever else is
ALONE = {"CONFIRM__LOOK_UP": "false", "WORDS__ENABLED": "false"}
PATIENCE = 60.0


@asynccontextmanager
async def before_the_request_leaves(world, path):
    """Nobody takes the connection: the money is reserved and not a byte sent."""
    with deaf() as port:
        process = await world.intern(CLOCK=KILLED, XAI_BASE_URL=f"http://127.0.0.1:{port}/v1", **ALONE)
        await until(path, lambda rows: unsettled(rows) >= len(QUERIES))
        yield process


@asynccontextmanager
async def while_xai_works(world, path):
    async with asking(world, "billed_ticks", kind="slow", count=None, delay=60) as process:
        yield process


@asynccontextmanager
async def in_the_middle_of_the_stream(world, path):
    async with asking(world, "status", kind="stall", count=None) as process:
        yield process


@asynccontextmanager
async def after_the_answer_before_settling(world, path):
    """The database is in other hands when the bills arrive: nobody can write them down."""
    earlier = await made(world)
    async with asking(world, "billed_ticks", kind="slow", count=None, delay=0.5) as process:
        with closing(sqlite3.connect(path, isolation_level=None)) as c:
            c.execute("BEGIN IMMEDIATE")
            await world.xai_until(lambda state: enough(state, earlier, "delivered"), PATIENCE)
            yield process


@asynccontextmanager
async def after_settling_before_the_commit(world, path):
    """One call is settled, another holds the turn up."""
    async with asking(world, "billed_ticks", kind="slow", count=1, delay=60) as process:
        await until(path, lambda rows: settled(rows) and unsettled(rows))
        yield process


BOUNDARIES = [
    before_the_request_leaves,
    while_xai_works,
    in_the_middle_of_the_stream,
    after_the_answer_before_settling,
    after_settling_before_the_commit,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers():
    """One outside world for all tests of this module; each brings its own database."""
    async with outside("", LATER, world_start=WORLD, empty=True) as world:
        yield world


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda boundary: boundary.__name__)
async def test_a_killed_call_stays_booked_and_leaves_no_gap(boundary, servers, tmp_path):
    path = tmp_path / "intern.db"
    servers.database_url = url = f"sqlite:///{path}"
    await known_until_nine(url)
    earlier = await made(servers)
    async with boundary(servers, path) as first:
        await first.kill()
    before, _, cut = await written(url)
    assert before and not [p for p in cut if p.until > NINE], "the killed turn left no half poll"
    await servers.xai_no_faults()
    await resumed(servers)
    calls = (await servers.xai_until(bool))["log"][earlier:]
    after, spent, polls = await written(url)
    assert before.items() <= after.items(), "what was reserved or settled stands as it was"
    assert_booked(after, spent, calls)
    for query in QUERIES:
        assert_no_gap([p for p in polls if p.query == query and p.meters and p.ok])


def assert_booked(rows, spent, calls):
    """Every bill is settled once at most and to the tick, and all of them are covered."""
    bills = {call["response_id"]: call["billed_ticks"] for call in calls if call["billed_ticks"]}
    booked = [(row["response_id"], row["settled_ticks"]) for row in rows.values() if row["response_id"]]
    assert booked and len(dict(booked)) == len(booked)
    assert dict(booked).items() <= bills.items()
    counted = sum(
        row["reserved_ticks"] if row["settled_ticks"] is None else row["settled_ticks"]
        for row in rows.values()
    )
    assert spent == counted >= sum(bills.values())


def assert_no_gap(polls):
    assert polls[0].until == NINE and polls[-1].until >= NINE + 2 * HOUR
    seen = NINE
    for each in polls:
        assert each.since <= seen, "nothing was written that nobody asked about"
        seen = max(seen, each.until)


async def resumed(world):
    """The same program, here and an hour later, until its first turn is written."""
    settings = load(
        bot_token=TOKEN,
        xai_api_key=KEY,
        database_url=world.database_url,
        telegram_api_base=world.telegram,
        xai_base_url=world.xai,
        confirm={"look_up": False},
        words={"enabled": False},
    )
    stop = asyncio.Event()
    running = asyncio.create_task(app.run(settings, AppClock.parse(NEXT), stop))
    path = world.database_url.removeprefix("sqlite:///")
    await until(path, lambda rows: rows[0][0] == 2, "SELECT count(*) FROM cycles")
    stop.set()
    await running


async def known_until_nine(url):
    """A database as a finished turn left it."""
    await migrate(url)
    database = await Database.open(url)
    cycle = Cycle(id="c", started_at=NINE, known_at=NINE, params_hash="p")
    try:
        async with database.writing() as c:
            good = [poll(until=NINE, query=query, id=f"c.{i}") for i, query in enumerate(QUERIES)]
            await observations.append(c, cycle, good, [])
    finally:
        await database.close()


async def written(url):
    """Rows of the ledger by id, what counts as spent, and all polls in time order."""
    database = await Database.open(url)
    try:
        async with database.reading() as c:
            rows = {row["id"]: dict(row) for row in (await c.execute(select(spend_rows))).mappings()}
            spent = await spend.spent(c, since=NINE - HOUR)
            return rows, spent, await observations.polls(c, since=NINE - HOUR, known_by=NINE + 24 * HOUR)
    finally:
        await database.close()


@asynccontextmanager
async def asking(world, sign, **fault):
    """A process whose calls go wrong, as soon as xAI's log has the `sign` of enough of them."""
    earlier = await made(world)
    await world.xai_fault(**fault)
    process = await world.intern(CLOCK=KILLED, **ALONE)
    await world.xai_until(lambda state: enough(state, earlier, sign), PATIENCE)
    yield process


async def made(world):
    """How many calls xAI has had so far."""
    return (await world.xai_until(bool))["calls"]


def enough(state, earlier, sign):
    return sum(bool(call[sign]) for call in state["log"][earlier:]) >= len(QUERIES)


async def until(path, holds, query="SELECT settled_ticks, response_id FROM spend"):
    """Wait for what is in the database, read past whoever writes."""
    with closing(sqlite3.connect(path)) as c:
        async with asyncio.timeout(PATIENCE):
            while not holds(c.execute(query).fetchall()):
                await asyncio.sleep(0.02)


def settled(rows):
    return sum(response_id is not None for _, response_id in rows)


def unsettled(rows):
    return sum(ticks is None for ticks, _ in rows)


@contextmanager
def deaf():
    """The port of a listener whose queue is full: connecting to it never comes to an end."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
