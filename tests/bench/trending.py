"""`/trending` through the dispatcher, beside a handler that only echoes: what an answer costs."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from statistics import median, quantiles
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.types import Message, Update

from bot.board import Board
from bot.clock import AppClock
from bot.cycle import Wheel
from bot.handlers import make_dispatcher
from bot.handlers.room import Room
from bot.ledger import caps
from tests.bench.stage import NOW, Instant, database, plant

NARRATIVES = 100
CALLS = 400


class NoNetwork(BaseSession):
    """Answers every method at once, so that only our own work is measured."""

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        return _message(1, "ok", bot)

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        yield b""

    async def close(self) -> None: ...


async def figures() -> dict[str, float]:
    """p50 and p99 of `/trending` over the same of the echo."""
    async with database(cycle={"refresh_per_cycle": NARRATIVES}) as (db, settings):
        await plant(db, NARRATIVES)
        clock = AppClock(NOW, 0.0)
        await Wheel(settings=settings, database=db, source=Instant(), clock=clock).turn("bench")
        room = Room(database=db, board=Board(db, clock), clock=clock, caps=caps(settings))
        echo = Dispatcher(disable_fsm=True)
        echo.message.register(_echo)
        ours, bare = await _took(make_dispatcher(room, ())), await _took(echo)
    cut = [quantiles(times, n=100)[98] for times in (ours, bare)]
    return {
        "trending_p50_ms": 1000 * median(ours),
        "echo_p50_ms": 1000 * median(bare),
        "trending_p50_ratio": median(ours) / median(bare),
        "trending_p99_ratio": cut[0] / cut[1],
    }


async def _echo(message: Message) -> None:
    await message.answer(message.text or "")


async def _took(dispatcher: Dispatcher) -> list[float]:
    bot = Bot("1000001:bench-token-of-no-bot", session=NoNetwork())
    took = []
    for i in range(CALLS + 20):
        update = Update.model_validate(
            {"update_id": i, "message": _message(i + 1, "/trending", bot)}, context={"bot": bot}
        )
        begin = time.perf_counter()
        await dispatcher.feed_update(bot, update)
        took.append(time.perf_counter() - begin)
    return took[20:]


def _message(number: int, text: str, bot: Bot) -> Message:
    return Message.model_validate(
        {
            "message_id": number,
            "date": 1_795_000_000,
            "chat": {"id": 5, "type": "private", "first_name": "A"},
            "from": {"id": 5, "is_bot": False, "first_name": "A"},
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}],
        },
        context={"bot": bot},
    )
