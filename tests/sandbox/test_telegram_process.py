"""The sandbox as a process of its own, driven over HTTP."""

import asyncio
import signal
import sys
from contextlib import asynccontextmanager

from .telegram_stage import TOKEN, close, make_bot


@asynccontextmanager
async def process(*options, **environment):
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.sandbox.telegram",
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def test_it_prints_its_address_serves_and_ends_on_sigterm():
    async with process("--token", TOKEN, CLOCK="2026-11-20T12:00:00Z@1") as sandbox:
        base = (await asyncio.wait_for(sandbox.stdout.readline(), 20)).decode().strip()
        bot = make_bot(base)
        sent = await bot.send_message(1, "Hello")
        assert sent.date.strftime("%Y-%m-%d %H") == "2026-11-20 12"
        await close(bot)
        sandbox.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(sandbox.wait(), 10) == 0


async def test_a_wrong_token_ends_with_a_sentence():
    async with process("--token", "nonsense") as sandbox:
        _, errors = await asyncio.wait_for(sandbox.communicate(), 20)
        assert sandbox.returncode == 1
        assert b"A bot token is <bot id>:<secret>" in errors
        assert b"Traceback" not in errors
