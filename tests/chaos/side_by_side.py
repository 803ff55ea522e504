"""Parts of `make chaos` as processes of their own, side by side as far as the cores carry them."""

import asyncio
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

CORES = 2.0
PATIENCE = 3600.0  # seconds until a part counts as one that hangs


class Failed(Exception):
    """A part ended without figures; the message is what it said."""


async def all_of(parts, seed, begin=None):
    """The figures of all parts, with their seconds; what fails is told with all it said, and counted.

    `parts`: name → how many cores it needs, as it waits much of its time; the first that finds room runs.
    """
    figures, failed, running, waiting = {}, [], {}, dict(parts)
    try:
        while waiting or running:
            for name in list(waiting):
                if not running or sum(parts[other] for other in running.values()) + parts[name] <= CORES:
                    running[asyncio.create_task((begin or apart)(name, seed))] = name
                    del waiting[name]
            ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                name = running.pop(task)
                figures |= _ended(name, task, failed)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if failed:
        print(f"\nFAILED: {', '.join(failed)}", flush=True)
    return figures | {"parts_failed": len(failed)}


def _ended(name, task, failed):
    try:
        figures = task.result()
    except Failed as error:
        failed.append(name)
        print(f"\n{name} FAILED\n{error}\n", flush=True)
        return {}
    print(f"{name}: {figures[f'part_{name}_s']:.0f} s", flush=True)
    return figures


async def apart(name, seed):
    """One part's figures, from a process of its own. Raises Failed with what it said."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as folder:
        figures, said = Path(folder) / "figures.json", Path(folder) / "said.txt"
        command = ["-m", "tests.chaos", "--only", name, "--seed", str(seed), "--to", str(figures)]
        with said.open("wb") as out:
            process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=out, stderr=out)
            code = await _exit_code(process)
        told = said.read_text("utf-8", errors="replace")
        if code != 0 or not figures.exists():
            raise Failed(f"{told}\n{name} ended with {code}")
        print(told, end="", flush=True)
        return json.loads(figures.read_text("utf-8")) | {f"part_{name}_s": time.monotonic() - begun}


async def _exit_code(process):
    try:
        return await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        return f"no end within {PATIENCE:.0f} s"
    finally:
        if process.returncode is None:
            await _interrupted(process)


async def _interrupted(process):
    """It may stop the servers it started."""
    process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), 10.0)
    except TimeoutError:
        process.kill()
        await process.wait()
