"""Delivery: how close fan-out comes to the limit, what the outbox costs, how soon the first message leaves.

The stub stands for Telegram: a sliding window, 60 ms away. Rates are ten times the real ones unless a figure
says otherwise. Beside the sender, in the same run, two loops people write: `gather` with a semaphore where
each waits out its own 429, and a leaky bucket (a second's messages at once, then as many a second): the
algorithm of aiolimiter, written here because that library is no dependency.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from statistics import median, quantiles

from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter

from bot.clock import AppClock
from bot.delivery import Sender
from bot.messages import Messages
from bot.outbox import Outbox
from bot.settings import Settings
from bot.telegram import make_bot
from core.models import DeliveryState
from storage import alerts, deliveries
from storage.database import Database
from storage.tables import chats as chat_rows
from tests.bench.limited import counted, telegram
from tests.bench.stage import database
from tests.bot.stage import alert_facts
from tests.core.makers import chat
from tests.storage import facts

TIMES, LIMIT = 10, 30
MANY, TRULY, RAW, PLANNED, FIRSTS = 1_500, 600, 3_000, 100_000, 200
TEXT = "x" * 300
PACE = {
    "per_second": 28.5 * TIMES,
    "per_chat_seconds": 1.0 / TIMES,
    "per_group_minute": 18 * TIMES,
    "concurrency": 150,  # a half of 30 × TIMES
}
UNLIMITED = {"per_second": 1e6, "per_chat_seconds": 0, "per_group_minute": 10**6, "concurrency": 200}


async def figures() -> dict[str, float]:
    """Delivery on SQLite."""
    async with telegram(limit=LIMIT * TIMES) as base:
        found = await _fan_outs(base)
    async with telegram(limit=LIMIT) as base:
        factor, refused = await _fan_out(base, TRULY, LIMIT, telegram_knobs={})
        found |= {"fanout_true_rate_factor": factor, "fanout_true_rate_429": refused}
    found |= await _raw()
    found |= {"plan_100k_s": await _planned(PLANNED), "rss_100k_mib": await _weight(PLANNED)}
    return found | await _first_sends()


async def _fan_outs(base: str) -> dict[str, float]:
    factor, refused = await _fan_out(base, MANY, LIMIT * TIMES, telegram_knobs=PACE)
    naive = await _rival(base, _gathered)
    leaky = await _rival(base, _leaky)
    return {
        "fanout_factor": factor,
        "fanout_429": refused,
        "fanout_naive_factor": naive[0],
        "fanout_naive_429": naive[1],
        "fanout_leaky_factor": leaky[0],
        "fanout_leaky_429": leaky[1],
    }


async def _fan_out(
    base: str, count: int, limit: int, *, telegram_knobs: dict[str, object]
) -> tuple[float, float]:
    """Time from the first send to the last over what the limit alone takes, and how many were refused."""
    async with waiting(base, count, telegram=telegram_knobs) as (db, made, clock):
        await _sent(db, made, clock, count)
    return _measured(await counted(base), count, limit)


def _measured(found: dict[str, object], count: int, limit: int) -> tuple[float, float]:
    times: list[float] = found["times"]  # type: ignore[assignment]
    assert len(times) >= count
    return (times[-1] - times[0]) / ((count - 1) / limit), float(found["refused"])  # type: ignore[arg-type]


async def _rival(base: str, loop: Callable[[Bot, int], Awaitable[None]]) -> tuple[float, float]:
    async with waiting(base, 0) as (_, made, _clock):
        bot = make_bot(made)
        bot.session.middleware._middlewares.clear()  # each of them handles 429 in its own way
        await asyncio.sleep(1.1)  # the window of the run before
        await loop(bot, MANY)
        await bot.session.close()
    return _measured(await counted(base), MANY, LIMIT * TIMES)


async def _gathered(bot: Bot, count: int) -> None:
    """As many as there are connections, each waiting out its own refusal."""
    room = asyncio.Semaphore(100)

    async def send(chat_id: int) -> None:
        async with room:
            await _insisted(bot, chat_id)

    await asyncio.gather(*(send(chat_id) for chat_id in range(1, count + 1)))


async def _leaky(bot: Bot, count: int) -> None:
    """A bucket that holds one second's messages and leaks as many a second."""
    size, level, last = LIMIT * TIMES, 0.0, time.monotonic()
    room = asyncio.Semaphore(100)

    async def send(chat_id: int) -> None:
        nonlocal level, last
        async with room:
            while True:
                now = time.monotonic()
                level, last = max(0.0, level - (now - last) * size), now
                if level + 1 <= size:
                    level += 1
                    break
                await asyncio.sleep(1 / size)
            await _insisted(bot, chat_id)

    await asyncio.gather(*(send(chat_id) for chat_id in range(1, count + 1)))


async def _insisted(bot: Bot, chat_id: int) -> None:
    while True:
        try:
            await bot.send_message(chat_id, TEXT)
            return
        except TelegramRetryAfter as error:
            await asyncio.sleep(error.retry_after)


async def _raw() -> dict[str, float]:
    """Unthrottled: through the outbox, with a text at hand or with the alert written out, beside aiogram."""
    async with telegram(limit=0, latency=0.0) as base:
        alone, through, rendered = [], [], []
        for _ in range(3):
            alone.append(await _alone(base))
            through.append(await _through(base, RAW, plain=True))
            rendered.append(await _through(base, RAW // 3, plain=False))
    return {
        "fanout_aiogram_per_s": median(alone),
        "fanout_outbox_per_s": median(through),
        "fanout_rendered_per_s": median(rendered),
        "fanout_raw_ratio": median(a / b for a, b in zip(through, alone, strict=True)),
    }


async def _alone(base: str) -> float:
    async with waiting(base, 0) as (_, made, _clock):
        bot = make_bot(made)
        chats_left = iter(range(1, RAW + 1))

        async def send() -> None:
            for chat_id in chats_left:
                await bot.send_message(chat_id, TEXT)

        begin = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(100)))
        took = time.perf_counter() - begin
        await bot.session.close()
    return RAW / took


async def _through(base: str, count: int, *, plain: bool) -> float:
    """Messages a second from the outbox to being written down as sent; planning is a figure of its own."""
    async with waiting(base, count, telegram=UNLIMITED) as (db, made, clock):
        while await Outbox(made, db, clock).expand():
            pass
        return count / await _sent(db, made, clock, count, plain=plain)


async def _sent(db: Database, made: Settings, clock: AppClock, count: int, *, plain: bool = False) -> float:
    """Seconds until `count` messages are written down as sent."""
    bot, stop = make_bot(made), asyncio.Event()
    render = _plain if plain else Messages(db, clock, kept=0.25).render
    sender = Sender(settings=made, database=db, bot=bot, clock=clock, render=render)
    begin = time.perf_counter()
    running = asyncio.create_task(sender.run(stop))
    while await _states(db) < count:
        await asyncio.sleep(0.05)
    took = time.perf_counter() - begin
    stop.set()
    await running
    await bot.session.close()
    return took


async def _states(db: Database) -> int:
    async with db.reading() as c:
        return (await deliveries.counts(c))[DeliveryState.SENT]


async def _plain(_delivery: object) -> tuple[str, None]:
    return TEXT, None


async def _planned(count: int) -> float:
    """Seconds from firings to deliveries in the outbox."""
    async with waiting("http://127.0.0.1:9", count) as (db, made, clock):
        outbox = Outbox(made, db, clock)
        begin = time.perf_counter()
        while await outbox.expand():
            pass
        return time.perf_counter() - begin


async def _weight(count: int) -> float:
    """MiB a sender grows above its imports while it plans `count` deliveries and sends some of them."""
    async with telegram(limit=0, latency=0.0) as base, waiting(base, count) as (_, made, _clock):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.weight"),
            *(made.database_url.get_secret_value(), base, str(RAW)),
            stdout=asyncio.subprocess.PIPE,
        )
        grown, _ = await process.communicate()
    return float(grown)


async def _first_sends() -> dict[str, float]:
    """Milliseconds from a decision's commit to its message on the wire, the sender being at rest before."""
    took = []
    async with (
        telegram(limit=0, latency=0.0) as base,
        waiting(base, 0, telegram=UNLIMITED) as (db, made, clock),
    ):
        await _people(db, FIRSTS)
        bot, stop = make_bot(made), asyncio.Event()
        render = Messages(db, clock, kept=0.25).render
        sender = Sender(settings=made, database=db, bot=bot, clock=clock, render=render)
        running = asyncio.create_task(sender.run(stop))
        for who in range(1, FIRSTS + 1):
            await _fire(db, [who], clock.now())
            decided = time.monotonic()
            sender.wake()
            while not (times := (await counted(base))["times"]):
                await asyncio.sleep(0.002)
            took.append((times[0] - decided) * 1000)  # type: ignore[index]
        stop.set()
        await running
        await bot.session.close()
    cuts = quantiles(took, n=100)
    return {"first_send_p50_ms": cuts[49], "first_send_p99_ms": cuts[98]}


@asynccontextmanager
async def waiting(
    base: str, count: int, **overrides: object
) -> AsyncIterator[tuple[Database, Settings, AppClock]]:
    """A database in which `count` chats each wait for an alert decided now."""
    clock = AppClock()
    async with database(telegram_api_base=base, **overrides) as (db, made):
        await _people(db, count)
        for first in range(1, count + 1, 10_000):
            await _fire(db, range(first, min(first + 10_000, count + 1)), clock.now())
        yield db, made, clock


async def _people(db: Database, count: int) -> None:
    for first in range(1, count + 1, 10_000):
        rows = [chat(who).model_dump() for who in range(first, min(first + 10_000, count + 1))]
        async with db.writing() as c:
            await c.execute(chat_rows.insert(), rows)


async def _fire(db: Database, people: range | list[int], now: datetime) -> None:
    told = alert_facts(now)
    fired = [facts.firing(f"f{now:%H%M%S%f}-{who}", who, at=now, facts=told) for who in people]
    async with db.durable() as c:
        await alerts.append_firings(c, fired)
