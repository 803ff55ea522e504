"""Money at its edges: before the call leaves, under the cap, on the next day, with absurd bills."""

import asyncio
import shutil
import socket
from datetime import UTC, datetime, timedelta, timezone

import pytest
import pytest_asyncio
import stamina
from aiohttp import web
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.clock import AppClock
from bot.ledger import Ledger, caps
from bot.sandbox.world import simulated_world
from bot.sandbox.xai import XaiServer
from bot.settings import load
from bot.sources import grok
from bot.sources.grok import GrokSource, calls, prices
from bot.sources.grok.client import GrokClient
from core.budget import TICKS
from core.errors import CapReached, OutOfCredit, Rejected, Retry
from core.models import QuestionKind
from storage import spend
from storage.database import Database
from storage.migrate import migrate
from tests.bot.grok_fixtures import NOW, question, response, usage
from tests.bot.grok_opened import a_day
from tests.bot.grok_server import KEY, serving

WORLD = simulated_world(seed=3, start=NOW - timedelta(days=1), days=1.5)
REFRESH = question(QuestionKind.REFRESH, narrative_id="n1")
RESERVED = prices.reservation(REFRESH, "grok-4.3")
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL_MIDNIGHT = timedelta(hours=12)


class StillClock(AppClock):
    """App time that moves only when a test moves it."""

    def __init__(self, start=NOW):
        super().__init__(start, 0.0)

    def move(self, by):
        self._start += by


class Purse:
    """What the ledger says."""

    def __init__(self, database):
        self.database = database

    async def spent(self):
        async with self.database.reading() as c:
            return await spend.spent(c, since=EARLY)

    async def reserved(self):
        async with self.database.reading() as c:
            return await spend.open_reservations(c)


@pytest_asyncio.fixture
async def purse(tmp_path, sqlite_template):
    if not sqlite_template.exists():
        await migrate(f"sqlite:///{sqlite_template}")
    database = await Database.open(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'intern.db')}")
    yield Purse(database)
    await database.close()


@pytest_asyncio.fixture
async def xai():
    server = await XaiServer.start(world=WORLD, now=lambda: NOW, api_key=KEY)
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def asking(purse):
    """`asking(base)` makes a source that asks there; all are closed in the end."""
    made = []

    def source(base, *, daily_usd=10.0, clock=None, timeout_s=5.0, stream=True):
        client = GrokClient(base_url=base, api_key=SecretStr(KEY), timeout_s=timeout_s, stream=stream)
        ledger = Ledger(purse.database, clock or StillClock(), a_day(daily_usd))
        made.append(GrokSource(client, ledger, model="grok-4.3"))
        return made[-1]

    yield source
    for each in made:
        await each.close()


@pytest.fixture(autouse=True)
def at_once():
    """Attempts follow each other without a pause."""
    with stamina.set_testing(True, attempts=calls.ATTEMPTS, cap=True):
        yield


def dollars(ticks):
    return ticks / TICKS


# --- before and after a call


async def test_the_money_is_set_aside_before_the_call_leaves(asking, xai, purse):
    xai.faults.add("timeout")
    call = asyncio.create_task(asking(xai.base).ask(REFRESH))
    await xai.wait_for(bool)
    (entry,) = await purse.reserved()
    assert (entry.purpose, entry.narrative_id, entry.at) == ("refresh", "n1", NOW)
    assert entry.reserved_ticks == RESERVED == await purse.spent()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert await purse.spent() == RESERVED


async def test_the_ledger_tells_purposes_apart_and_adds_up_to_what_xai_billed(asking, xai, purse):
    source = asking(xai.base)
    for asked in (question(QuestionKind.DISCOVER), REFRESH, REFRESH):
        await source.ask(asked)
    first, second, third = (call.billed_ticks for call in xai.calls)
    async with purse.database.reading() as c:
        assert await spend.breakdown(c, since=EARLY) == {"discover": first, "refresh": second + third}
    assert await purse.spent() == xai.billed_ticks and await purse.reserved() == []


async def test_more_searches_than_were_told_are_paid_in_full_where_nobody_could_stop_them(asking, xai, purse):
    xai.faults.add("excess_searches")
    answer = await asking(xai.base, stream=False).ask(REFRESH)
    assert answer.usage.searches == 3 and await purse.spent() == xai.billed_ticks


async def test_nobody_listening_costs_nothing(asking, purse):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Retry, match="out of reach"):
            await asking(f"http://127.0.0.1:{free.getsockname()[1]}/v1").ask(REFRESH)
    assert await purse.spent() == 0 and await purse.reserved() == []


async def test_xai_decides_how_long_to_wait(asking, xai, monkeypatch):
    monkeypatch.setattr(calls, "WAIT_S", 0.0)
    xai.faults.add("rate_limited", retry_after=0.2)
    loop = asyncio.get_running_loop()
    with stamina.set_testing(False):
        before = loop.time()
        await asking(xai.base).ask(REFRESH)
    assert loop.time() - before >= 0.2
    assert [call.status for call in xai.calls] == [429, 200]


@pytest.mark.parametrize(
    "body", [None, 7, "words", [], {}, {"output": 3}, {"output": None, "usage": {"x": 1}}]
)
async def test_any_other_json_is_rejected_and_stays_booked(asking, purse, body):
    async with serving(web.json_response(body)) as server:
        with pytest.raises(Rejected) as caught:
            await asking(server.base).ask(REFRESH)
    assert caught.value.fault == "unreadable" and await purse.spent() == RESERVED


@pytest.mark.parametrize(
    "block",
    [
        usage(cost_in_usd_ticks=10**40),
        usage(cost_in_usd_ticks=None, input_tokens=10**18, output_tokens=10**18),
        usage(cost_in_usd_ticks=None, server_side_tool_usage_details={"x_posts_fetched": 10**12}),
        usage(cost_in_usd_ticks=None, server_side_tool_usage_details={"x_posts_fetched": 10**8}),
    ],
)
async def test_absurd_numbers_and_names_do_not_break_the_ledger(asking, purse, block):
    async with serving(web.json_response(response(id="r\x00\ud800", usage=block))) as server:
        await asking(server.base).ask(REFRESH)
    assert 0 < await purse.spent() < 1 << 62


# --- the cap


async def test_the_cap_ends_at_midnight_to_the_microsecond(asking, xai):
    clock = StillClock()
    source = asking(xai.base, daily_usd=1.2 * dollars(RESERVED), clock=clock)
    await source.ask(REFRESH)
    clock.move(UNTIL_MIDNIGHT - timedelta(microseconds=1))
    with pytest.raises(CapReached, match=r"Daily cap reached.*until 21 Nov 00:00 UTC") as caught:
        await source.ask(REFRESH)
    assert caught.value.until == NOW + UNTIL_MIDNIGHT
    clock.move(timedelta(microseconds=1))
    await source.ask(REFRESH)
    assert len(xai.calls) == 2


async def test_the_day_is_a_utc_day_whatever_zone_the_clock_was_started_in(asking, xai):
    clock = StillClock(NOW.astimezone(timezone(timedelta(hours=9))))
    with pytest.raises(CapReached) as caught:
        await asking(xai.base, daily_usd=0.01, clock=clock).ask(REFRESH)
    assert caught.value.until == NOW + UNTIL_MIDNIGHT and xai.calls == []


async def test_another_attempt_needs_room_under_the_cap_too(asking, xai, purse):
    xai.faults.add("reset", count=None)
    with pytest.raises(CapReached):
        await asking(xai.base, daily_usd=1.5 * dollars(RESERVED)).ask(REFRESH)
    assert len(xai.calls) == 1 and await purse.spent() == RESERVED


async def test_a_cap_of_nothing_asks_nothing(asking, xai, purse):
    with pytest.raises(CapReached, match=r"\$0\.00"):
        await asking(xai.base, daily_usd=0).ask(REFRESH)
    assert xai.calls == [] and await purse.spent() == 0


async def test_questions_asked_together_reach_xai_four_at_a_time(asking, xai):
    xai.faults.add("timeout", count=None)
    source = asking(xai.base)
    calls = [asyncio.create_task(source.ask(REFRESH)) for _ in range(9)]
    await xai.wait_for(lambda seen: len(seen) == 4)
    with pytest.raises(TimeoutError):
        await xai.wait_for(lambda seen: len(seen) > 4, timeout=0.1)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


# --- the key, the settings


async def test_the_key_is_in_no_log_and_no_error(asking, xai):
    xai.faults.add("rate_limited")
    xai.faults.add("server_error")
    xai.faults.add("out_of_credit")
    source = asking(xai.base)
    with capture_logs() as events, pytest.raises(OutOfCredit) as caught:
        await source.ask(REFRESH)
    assert len(xai.calls) == 3 and len(events) >= 2  # two retries are told
    assert KEY not in f"{events} {caught.value!r} {source!r} {vars(source)}"


async def test_the_settings_describe_the_source(xai, purse):
    settings = load(
        bot_token="42:sandbox-token",
        xai_api_key=KEY,
        xai_base_url=xai.base,
        grok={"model": "grok-4.7", "daily_usd": 1.0, "timeout_seconds": 5},
    )
    source = grok.open_source(settings, Ledger(purse.database, StillClock(), caps(settings)))
    try:
        answer = await source.ask(REFRESH)
    finally:
        await source.close()
    assert answer.served_model == xai.calls[0].request["model"] == "grok-4.7"
    assert await purse.spent() == xai.billed_ticks
