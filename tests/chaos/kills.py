"""A process is killed five times while it sends 200 alerts: is each of them there in the end?"""

import random
import tempfile
from pathlib import Path

from tests.stories.planting import CLOCK, copies, plant
from tests.stories.processes import outside

PEOPLE, EACH, KILLS = range(1, 21), 10, 5
WORLD = "2026-11-16T00:00:00+00:00"
SETTINGS = {
    "CLOCK": CLOCK,
    "GROK__DAILY_USD": "0",
    "TELEGRAM__PER_SECOND": "10000",
    "TELEGRAM__PER_CHAT_SECONDS": "0",
}


async def run(seed):
    """Figures of one run."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as folder:
        url = f"sqlite:///{Path(folder) / 'intern.db'}"
        await plant(url, PEOPLE, EACH)
        async with outside(url, world_start=WORLD, empty=True) as world:
            for who in PEOPLE:
                await world.act("add_private", user_id=who, name=f"Person {who}")
            await world.fault(kind="slow", method="sendMessage", times=None, delay=0.1)
            found = await killed_and_restarted(world, rng)
    return {
        "kills": KILLS,
        "kill_deliveries": len(found),
        "kill_lost": sum(times == 0 for times in found.values()),
        "kill_doubled": sum(times > 1 for times in found.values()),
        "kill_max_copies": max(found.values()),
    }


async def killed_and_restarted(world, rng):
    goal = 0
    for _ in range(KILLS):
        goal += rng.randint(20, 35)
        intern = await world.intern(**SETTINGS)
        await world.until(lambda s, n=goal: arrived(s) >= n, patience=60)
        await intern.kill()
    last = await world.intern(**SETTINGS)
    try:
        state = await world.until(everything, patience=60)
    except TimeoutError:
        state = await world.until(lambda _: True)
    await last.terminate()
    return copies(state, PEOPLE, EACH)


def arrived(state):
    return sum(times > 0 for times in copies(state, PEOPLE, EACH).values())


def everything(state):
    return arrived(state) == len(PEOPLE) * EACH
