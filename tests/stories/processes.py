"""Real processes on loopback: the two servers of the outside world and INTERN itself."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "42:sandbox-token-of-stories"
KEY = "xai-key-of-stories"
PATIENCE = 20.0


class Process:
    """A started program; its output is kept, line by line."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self._grown = asyncio.Condition()
        self._readers = [asyncio.create_task(self._read(s)) for s in (process.stdout, process.stderr)]

    async def _read(self, stream):
        async for line in stream:
            async with self._grown:
                self.lines.append(line.decode().rstrip())
                self._grown.notify_all()

    @property
    def output(self):
        return "\n".join(self.lines)

    async def says(self, text, patience=PATIENCE):
        """The first line that contains `text`."""

        def found():
            return next((line for line in self.lines if text in line), None)

        async with self._grown:
            try:
                await asyncio.wait_for(self._grown.wait_for(found), patience)
            except TimeoutError:
                raise AssertionError(f"never said {text!r}:\n{self.output[-3000:]}") from None
            return found()

    async def kill(self):
        """SIGKILL: no chance to tidy up."""
        self.process.kill()
        await self.ended()

    async def terminate(self):
        """SIGTERM: the exit code and how many seconds it took."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self.process.send_signal(signal.SIGTERM)
        return await self.ended(), loop.time() - begun

    async def ended(self, patience=PATIENCE):
        code = await asyncio.wait_for(self.process.wait(), patience)
        await asyncio.gather(*self._readers)
        return code

    async def close(self):
        if self.process.returncode is None:
            self.process.kill()
        await self.ended()


async def start(*command, **environment):
    """`python -m <command>` in a clean environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZDIR") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *command,
        cwd=ROOT,
        env=kept | environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Process(process)


class Outside:
    """Telegram and xAI as processes, steered over HTTP; `intern()` starts INTERN against them."""

    def __init__(self, telegram, xai, http, database_url):
        self.telegram, self.xai, self.http, self.database_url = telegram, xai, http, database_url
        self.started = []

    async def intern(self, **environment):
        settings = {
            "BOT_TOKEN": TOKEN,
            "XAI_API_KEY": KEY,
            "DATABASE_URL": self.database_url,
            "TELEGRAM_API_BASE": self.telegram,
            "XAI_BASE_URL": self.xai,
            "CONFIRM__LOOK_UP": "false",  # no process of a test asks anything beyond loopback
        }
        process = await start("bot", "run", **(settings | environment))
        self.started.append(process)
        return process

    async def act(self, act, **given):
        """Somebody in Telegram does something."""
        async with self.http.post(f"{self.telegram}/sandbox/act", json={"act": act, **given}) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body["result"]

    async def fault(self, **given):
        async with self.http.post(f"{self.telegram}/sandbox/faults", json=given) as answer:
            assert answer.status == 200, await answer.text()

    async def no_faults(self):
        async with self.http.delete(f"{self.telegram}/sandbox/faults"):
            pass

    async def until(self, holds, patience=PATIENCE):
        """Telegram's state as soon as `holds(state)`."""
        seen = -1
        async with asyncio.timeout(patience):
            while True:
                url = f"{self.telegram}/sandbox/state?seen={seen}&timeout={patience}"
                async with self.http.get(url) as answer:
                    state = await answer.json()
                if holds(state):
                    return state
                seen = state["changes"]

    async def xai_fault(self, **given):
        async with self.http.post(f"{self._steering}/faults", json=given) as answer:
            assert answer.status == 200, await answer.text()

    async def xai_no_faults(self):
        async with self.http.delete(f"{self._steering}/faults"):
            pass

    async def xai_until(self, holds, patience=PATIENCE):
        async with asyncio.timeout(patience):
            while True:
                async with self.http.get(f"{self._steering}/state") as answer:
                    state = await answer.json()
                if holds(state):
                    return state
                await asyncio.sleep(0.02)

    @property
    def _steering(self):
        return self.xai.removesuffix("/v1") + "/sandbox"


@asynccontextmanager
async def outside(database_url, clock=None, *, world_start, empty=False):
    """Both servers, ready; everything started through them is gone at the end."""
    scene = ["--empty"] if empty else []
    telegram = await start("bot.sandbox.telegram", "--token", TOKEN, "--no-limits", *scene)
    xai = await start(
        "bot.sandbox.xai",
        *("--key", KEY, "--start", world_start, "--days", "4", "--seed", "3"),
        *(["--clock", clock] if clock else []),
    )
    processes = [telegram, xai]
    try:
        bases = [await p.says("http://") for p in processes]
        async with aiohttp.ClientSession() as http:
            made = Outside(*bases, http, database_url)
            try:
                yield made
            finally:
                processes += made.started
    finally:
        for process in processes:
            await process.close()


def said(state, chat_id, by="INTERN"):
    """Texts the bot wrote in a chat."""
    (chat,) = [c for c in state["chats"] if c["id"] == chat_id]
    return [m["text"] for m in chat["messages"] if m["from"]["first_name"] == by and "text" in m]
