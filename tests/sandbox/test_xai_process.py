"""The server as a process of its own: one line with its address, then work until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox.xai_client import KEY, body, prompt

ROOT = Path(__file__).parents[2]
START = "2026-11-20T00:00:00Z"


async def started(*arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox.xai", *arguments, cwd=ROOT, stdout=-1, stderr=-1
    )


@pytest.mark.story
async def test_it_prints_its_address_serves_and_stops_on_sigterm():
    clock = "2026-11-22T06:00:00Z@1"
    process = await started("--key", KEY, "--seed", "1", "--start", START, "--days", "3", "--clock", clock)
    try:
        async with asyncio.timeout(30):
            base = (await process.stdout.readline()).decode().strip()
            async with (
                aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session,
                session.post(f"{base}/responses", json=body(prompt("$QRLN within_time:2h"))) as answer,
            ):
                assert (await answer.json())["status"] == "completed"
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.story
async def test_a_wrong_argument_is_named():
    process = await started("--key", KEY, "--start", "tomorrow")
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"--start" in errors
