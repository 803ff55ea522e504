"""A life in processes: it starts, answers, stops in time, and says what is wrong when it cannot start."""

import asyncio

import pytest

from tests.stories.processes import KEY, TOKEN, outside, said, start

pytestmark = pytest.mark.story
YOU = 1
WORLD = "2026-11-16T00:00:00+00:00"
CLOCK = "2026-11-18T10:00:00Z@1"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'intern.db'}"


async def test_it_polls_answers_and_cycles_and_a_refused_token_is_one_sentence(url, tmp_path):
    async with outside(url, CLOCK, world_start=WORLD) as world:
        intern = await world.intern(CLOCK=CLOCK)
        elsewhere = f"sqlite:///{tmp_path / 'other.db'}"
        refused = await world.intern(CLOCK=CLOCK, BOT_TOKEN="42:another-token", DATABASE_URL=elsewhere)
        await intern.says("ready")
        await intern.says("cycle ")
        await world.act("user_says", chat_id=YOU, user_id=YOU, text="/trending")
        state = await world.until(lambda s: said(s, YOU))
        assert said(state, YOU)[0].startswith("Trending")
        assert state["violations"] == []
        assert await refused.ended() == 2
        assert refused.lines[-1] == (
            "INTERN cannot start: BOT_TOKEN was refused by Telegram: ask @BotFather for the current token."
        )
        code, seconds = await intern.terminate()
        assert code == 0 and seconds < 3
        assert_no_secret(intern.output + refused.output)


async def test_sigterm_with_updates_in_flight_answers_them_all_in_time(url):
    async with outside(url, CLOCK, world_start=WORLD, empty=True) as world:
        people = range(1, 13)
        for who in people:
            await world.act("add_private", user_id=who, name=f"Person {who}")
        await world.xai_fault(kind="slow", count=None, delay=30)  # a cycle is on its way too
        intern = await world.intern(CLOCK=CLOCK)
        await intern.says("ready")
        await world.fault(kind="slow", method="sendMessage", times=None, delay=0.5)
        for who in people:
            await world.act("user_says", chat_id=who, user_id=who, text="/start")
        await world.until(lambda s: s["pending_updates"] == len(people))
        await world.until(taken_in)
        code, seconds = await intern.terminate()
        assert code == 0 and seconds < 3, intern.output
        state = await world.until(lambda s: True)
        left = state["pending_updates"]
        answered = [who for who in people if said(state, who)]
        assert len(answered) + left >= len(people)
        assert all(len(said(state, who)) <= 1 for who in people)
        await world.no_faults()
        again = await world.intern(CLOCK=CLOCK)
        state = await world.until(lambda s: all(said(s, who) for who in people))
        await again.terminate()
        assert [len(said(state, who)) for who in people] == [1] * len(people)


def taken_in(state):
    """A poll has carried updates away."""
    return any(call["method"] == "getUpdates" and call["result"] for call in state["calls"])


async def test_sigterm_ends_in_time_though_telegram_accepts_and_never_answers(url):
    over = asyncio.Event()

    async def hold(_reader, writer):
        await over.wait()
        writer.close()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    try:
        async with outside(url, CLOCK, world_start=WORLD) as world:
            intern = await world.intern(CLOCK=CLOCK, TELEGRAM_API_BASE=base)
            await intern.says("cycle ")  # X is read all the same
            code, seconds = await intern.terminate()
            assert code == 0 and seconds < 3, intern.output
    finally:
        over.set()
        silent.close()
        await silent.wait_closed()


async def test_sigterm_does_not_wait_for_a_very_slow_answer(url):
    async with outside(url, CLOCK, world_start=WORLD, empty=True) as world:
        await world.act("add_private", user_id=YOU, name="You")
        intern = await world.intern(CLOCK=CLOCK)
        await intern.says("ready")
        await world.fault(kind="slow", method="sendMessage", times=None, delay=12)
        await world.act("user_says", chat_id=YOU, user_id=YOU, text="/start")
        await world.until(taken_in)
        code, seconds = await intern.terminate()
        assert code == 0 and seconds < 3, intern.output
        state = await world.until(lambda s: True)
        assert state["pending_updates"] == 1, "Telegram brings it again"


BAD = [
    ({"BOT_TOKEN": ""}, "BOT_TOKEN is not set"),
    ({"BOT_TOKEN": "nonsense"}, "BOT_TOKEN is wrong"),
    ({"XAI_API_KEY": ""}, "XAI_API_KEY is not set"),
    ({"DATABASE_URL": "mysql://u:hunter2secret@h/d"}, "DATABASE_URL must look like"),
    ({"CYCLE__EVERY_MINUTES": "0"}, "cycle.every_minutes in config.toml is wrong"),
    ({"CLOCK": "yesterday"}, "CLOCK is 'yesterday'"),
]


async def test_a_bad_setting_is_one_sentence_and_exit_code_2(url):
    good = {"BOT_TOKEN": TOKEN, "XAI_API_KEY": KEY, "DATABASE_URL": url}
    tries = await asyncio.gather(*(start("bot", "run", **(good | changed)) for changed, _ in BAD))
    for intern, (_, sentence) in zip(tries, BAD, strict=True):
        assert await intern.ended() == 2
        (line,) = intern.lines
        assert line.startswith("INTERN cannot start: ") and sentence in line
        assert_no_secret(line)


def assert_no_secret(output):
    assert not any(secret in output for secret in (TOKEN, KEY, "hunter2secret", "sandbox-token"))
