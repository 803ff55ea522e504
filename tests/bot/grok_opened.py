"""A Grok source on a scripted or simulated xAI, with a hand on the seconds its breakers count."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import stamina
from pydantic import SecretStr

from bot.clock import AppClock
from bot.ledger import Ledger
from bot.sources.grok import GrokSource, calls
from bot.sources.grok.client import GrokClient
from core.budget import TICKS, Caps
from storage import spend
from tests.bot.grok_fixtures import NOW
from tests.bot.grok_server import KEY

EARLY = datetime(2026, 1, 1, tzinfo=UTC)
CHAIN = ("grok-4.7", "grok-4.6")


class Seconds:
    """Monotonic time that moves only when a test moves it."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def a_day(usd):
    """Caps of which only the day's can be reached; nothing is kept for anybody."""
    day = round(usd * TICKS)
    return Caps(hour=day, day=day, month=10**6 * TICKS)


@asynccontextmanager
async def opened(database, server, *, fallbacks=(), seconds=None, daily_usd=10.0, stream=True, tell=None):
    """Retries follow at once; everything else is as in the product."""
    client = GrokClient(base_url=server.base, api_key=SecretStr(KEY), timeout_s=10.0, stream=stream)
    ledger = Ledger(database, AppClock(NOW, speed=0), a_day(daily_usd))
    source = GrokSource(
        client, ledger, model="grok-4.3", fallbacks=fallbacks, tell=tell, monotonic=seconds or Seconds()
    )
    try:
        with stamina.set_testing(True, attempts=calls.ATTEMPTS, cap=True):
            yield source
    finally:
        await source.close()


async def booked(database):
    """(ticks settled or reserved, reservations without a bill)."""
    async with database.reading() as c:
        return await spend.spent(c, since=EARLY), len(await spend.open_reservations(c))
