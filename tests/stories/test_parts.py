"""On PostgreSQL the parts are processes of their own: one answers, one sends, a second sender stands by."""

import subprocess
import sys

import pytest

from tests.stories.planting import CLOCK, copies, plant
from tests.stories.processes import KEY, TOKEN, outside, said, start

pytestmark = pytest.mark.story
WORLD = "2026-11-16T00:00:00+00:00"
YOU, PATIENCE = 1, 60.0
GIVEN = {"CLOCK": CLOCK, "GROK__DAILY_USD": "0", "TELEGRAM__PER_CHAT_SECONDS": "0"}


@pytest.fixture
async def url(postgres_server):
    return postgres_server.url(await postgres_server.clean())


async def test_web_answers_sender_sends_and_a_second_sender_takes_over(url):
    await plant(url, [YOU], 2)
    async with outside(url, world_start=WORLD, empty=True) as world:
        await world.act("add_private", user_id=YOU, name="You")
        sender = await part(world, "sender")
        await sender.says("ready", PATIENCE)
        state = await world.until(lambda s: min(copies(s, [YOU], 2).values()) == 1, PATIENCE)
        assert state["pending_updates"] == 0 and not polled(state), "a sender takes no updates"
        standby, web = await part(world, "sender"), await part(world, "web")
        await standby.says("standing by: another process of this INTERN sends", PATIENCE)
        await web.says("ready", PATIENCE)
        await world.act("user_says", chat_id=YOU, user_id=YOU, text="/help")
        await world.until(lambda s: len(said(s, YOU)) == 3, PATIENCE)
        await sender.kill()
        await plant(url, [2], 1)  # nobody is there: it ends dead, and the log says who tried
        await standby.says("not sent", PATIENCE)


def polled(state):
    return any(call["method"] == "getUpdates" for call in state["calls"])


async def part(world, role):
    settings = {"BOT_TOKEN": TOKEN, "XAI_API_KEY": KEY, "DATABASE_URL": world.database_url}
    bases = {"TELEGRAM_API_BASE": world.telegram, "XAI_BASE_URL": world.xai, "CONFIRM__LOOK_UP": "false"}
    process = await start("bot", "run", role, **settings, **bases, **GIVEN)
    world.started.append(process)
    return process


async def test_parts_on_sqlite_are_refused_with_a_sentence(tmp_path):
    given = {"BOT_TOKEN": TOKEN, "XAI_API_KEY": KEY, "DATABASE_URL": f"sqlite:///{tmp_path / 'intern.db'}"}
    process = await start("bot", "run", "sender", **given)
    assert await process.ended(PATIENCE) == 2
    assert process.lines == [
        "INTERN cannot start: several processes share their work through PostgreSQL only: set DATABASE_URL "
        "to one, or leave the roles out to do everything in one process."
    ]


async def test_a_role_nobody_knows_is_refused(tmp_path):
    process = await start("bot", "run", "spy")
    assert await process.ended(PATIENCE) == 2
    assert "write web, worker, sender or several of them" in process.output


def test_a_sender_loads_nothing_that_only_scores_need():
    program = (
        "import sys, bot.app, bot.roles.sender; print({'scipy', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
