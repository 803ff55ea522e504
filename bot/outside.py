"""The outside world as INTERN asks it: what posts come from, what measures and confirms, what it may cost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from bot.clock import AppClock
from bot.confirmations import Confirmer
from bot.ledger import Ledger, caps
from bot.notices import Tell
from bot.settings import Settings
from bot.sources import Meter, Source
from bot.sources.grok import open_client, open_source
from bot.sources.grok.calls import Calls
from bot.sources.grok.wording import Wordsmith
from bot.sources.posts import open_posts
from bot.sources.x import open_lookup, open_meter
from storage.database import Database


class Outside(NamedTuple):
    """Everything a turn of the wheel talks to; named as the Wheel's arguments are."""

    source: Source
    ledger: Ledger
    meter: Meter | None
    confirmer: Confirmer


@asynccontextmanager
async def wording(settings: Settings, ledger: Ledger) -> AsyncIterator[Wordsmith]:
    """Who puts answers into words, out of the same ledger as the searches."""
    calls = Calls(open_client(settings), ledger, time.monotonic)
    try:
        yield Wordsmith(calls, settings.grok.model)
    finally:
        await calls.close()


@asynccontextmanager
async def outside(
    settings: Settings, database: Database, clock: AppClock, *, tell: Tell | None = None
) -> AsyncIterator[Outside]:
    """What the settings describe, closed in reverse; `tell` hears what the operator should know."""
    ledger = Ledger(database, clock, caps(settings))
    async with AsyncExitStack() as stack:
        source: Source
        if settings.posts_file is not None:
            source = open_posts(settings.posts_file, clock)
        else:
            source = open_source(settings, ledger, tell=tell)
        stack.push_async_callback(source.close)
        meter = open_meter(settings, ledger, clock)
        # Whether posts of a file still stand on X is nobody's question.
        lookup = open_lookup(settings) if settings.posts_file is None else None
        for opened in (meter, lookup):
            if opened is not None:
                stack.push_async_callback(opened.close)
        knobs = settings.confirm
        confirmer = Confirmer(lookup, per_cycle=knobs.per_cycle, timeout_s=knobs.timeout_seconds)
        yield Outside(source, ledger, meter, confirmer)
