"""How long people wait for an answer while INTERN tells everybody something: 200 write /start at once."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from statistics import quantiles

from bot.clock import AppClock
from bot.sandbox.telegram import TelegramServer
from tests.bench.fanout import PACE, waiting

TOKEN = "1000001:bench-token-of-no-bot"
TOLD, ASKING = 1_500, range(10_001, 10_201)


async def figures() -> dict[str, float]:
    """Seconds from /start to its answer, in the middle of a fan-out at ten times the real rate."""
    server = await TelegramServer.start(token=TOKEN, now=AppClock().now, limits=False, page=False)
    for who in (*range(1, TOLD + 1), *ASKING):
        server.acts.add_private(who, f"Person {who}")
    async with waiting(server.base, TOLD) as (_, made, _clock):
        process = await _intern(server.base, made.database_url.get_secret_value())
        try:
            took = await _burst(server)
        finally:
            process.terminate()
            await process.wait()
            await server.stop()
    cuts = quantiles(took, n=100)
    return {"reply_burst_p50_s": cuts[49], "reply_burst_p95_s": cuts[94]}


async def _burst(server: TelegramServer) -> list[float]:
    await server.wait_for(lambda: len(server.calls) > TOLD // 5, timeout=60)
    asked = time.monotonic()
    for who in ASKING:
        server.acts.user_says(who, who, "/start")
    answered: dict[int, float] = {}

    def everybody() -> bool:
        for who in set(ASKING) - answered.keys():
            if len(server.messages(who)) > 1:
                answered[who] = time.monotonic() - asked
        return len(answered) == len(ASKING)

    await server.wait_for(everybody, timeout=60)
    told = sum(1 for call in server.calls if call.method == "sendMessage") - len(answered)
    assert told < TOLD, "the fan-out was over before the last answer"
    return list(answered.values())


async def _intern(base: str, url: str) -> asyncio.subprocess.Process:
    given = {
        "BOT_TOKEN": TOKEN,
        "XAI_API_KEY": "xai-bench",
        "XAI_BASE_URL": "http://127.0.0.1:9/v1",
        "GROK__DAILY_USD": "0",
        "CONFIRM__LOOK_UP": "false",
        "DATABASE_URL": url,
        "TELEGRAM_API_BASE": base,
        "LOG__LEVEL": "error",
        **{f"TELEGRAM__{name.upper()}": str(value) for name, value in PACE.items()},
    }
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", env=os.environ | given)
