"""Updates come in order, act once, and are confirmed only after they were handled."""

import asyncio

import pytest
from aiogram.exceptions import TelegramNotFound
from aiogram.methods import GetUpdates
from aiogram.types import Update

from bot.intake import Intake
from bot.sandbox.telegram.faults import Fault
from core.errors import ConfigError
from storage import updates
from tests.bot.stage import GROUP, MEMBER, YOU


async def test_an_update_brought_three_times_acts_once(stage):
    said = stage.acts.user_says(YOU, YOU, "/start")
    await stage.settled()
    update = Update.model_validate({"update_id": 1, "message": said}, context={"bot": stage.bot})
    for _ in range(3):
        await stage.intake.handle([update])
    assert len(stage.heard()) == 1


async def test_two_messages_of_one_chat_stay_in_order_however_slow_the_first(stage):
    stage.faults.add(Fault(kind="slow", method="sendMessage", chat_id=YOU, delay=0.4))
    stage.acts.user_says(YOU, YOU, "/start")
    stage.acts.user_says(YOU, YOU, "/help")
    await stage.settled()
    assert [m["text"][:12] for m in stage.heard()] == ["Hello, I am ", "What you can"]


async def test_a_slow_chat_holds_up_no_other_chat_of_its_batch(stage):
    stage.faults.add(Fault(kind="slow", method="sendMessage", chat_id=YOU, delay=0.5))
    stage.acts.user_says(YOU, YOU, "/start")
    stage.acts.user_says(GROUP, MEMBER, "/help")
    await stage.server.wait_for(lambda: stage.heard(GROUP), timeout=0.4)
    assert stage.heard(YOU) == []
    await stage.settled()


async def test_an_update_is_not_confirmed_while_it_is_being_handled(stage):
    stage.faults.add(Fault(kind="slow", method="sendMessage", delay=0.3))
    stage.acts.user_says(YOU, YOU, "/start")
    await stage.server.wait_for(lambda: stage.server.desk.updates.polls, timeout=2)
    assert len(stage.server.desk.updates) == 1
    await stage.settled()
    assert len(stage.heard()) == 1


async def test_many_chats_are_all_answered(stage):
    for user in range(100, 140):
        stage.acts.add_private(user, f"Person {user}")
    for user in range(100, 140):
        stage.acts.user_says(user, user, "/status")
    await stage.settled()
    assert all(len(stage.heard(user)) == 1 for user in range(100, 140))


async def test_a_handler_that_breaks_says_so_and_the_next_update_is_served(stage, monkeypatch):
    async def broken():
        raise RuntimeError("the board fell off the wall")

    with monkeypatch.context() as patch:
        patch.setattr(stage.room.board, "current", broken)
        assert await stage.answer("/trending") == "Something went wrong here. Please try again in a minute."
    assert "just started" in await stage.answer("/trending")


async def test_stopping_finishes_the_updates_in_hand(opened):
    async with opened() as stage:
        stage.faults.add(Fault(kind="slow", method="sendMessage", delay=0.3))
        stage.acts.user_says(YOU, YOU, "/start")
        while not any(c.method == "getUpdates" and c.result for c in stage.server.calls):
            await asyncio.sleep(0.005)
        server = stage.server
    assert len([c for c in server.calls if c.method == "sendMessage" and c.code == 200]) == 1


async def test_a_slow_chat_holds_up_no_chat_that_writes_later(stage):
    stage.faults.add(Fault(kind="slow", method="sendMessage", chat_id=GROUP, times=None, delay=2))
    stage.acts.user_says(GROUP, MEMBER, "/help")
    await stage.server.wait_for(
        lambda: any(c.method == "getUpdates" and c.result for c in stage.server.calls)
    )
    stage.acts.user_says(YOU, YOU, "/help")
    await stage.server.wait_for(lambda: stage.heard(YOU), timeout=1)
    assert stage.heard(GROUP) == []
    await stage.settled()
    assert len(stage.heard(GROUP)) == len(stage.heard(YOU)) == 1


async def test_what_telegram_brings_again_meanwhile_is_not_handled_twice_nor_asked_for_without_pause(stage):
    stage.faults.add(Fault(kind="slow", method="sendMessage", delay=1))
    stage.acts.user_says(YOU, YOU, "/start")
    await stage.settled()
    brought = [c for c in stage.server.calls if c.method == "getUpdates" and c.result]
    assert len(stage.heard()) == 1 and 2 <= len(brought) <= 6


async def test_only_the_handled_beginning_is_confirmed(stage):
    stage.faults.add(Fault(kind="slow", method="sendMessage", chat_id=GROUP, delay=0.8))
    stage.acts.user_says(GROUP, MEMBER, "/help")
    stage.acts.user_says(YOU, YOU, "/help")
    await stage.server.wait_for(lambda: stage.heard(YOU), timeout=0.6)
    await asyncio.sleep(0.3)
    assert len(stage.server.desk.updates) == 2
    await stage.settled()


async def test_cancelled_it_drops_what_is_in_hand_at_once(stage):
    begun = asyncio.Event()

    class Hanging:
        def resolve_used_update_types(self):
            return []

        async def feed_update(self, _bot, _update):
            begun.set()
            await asyncio.sleep(60)

    class Bringing:
        async def get_updates(self, **_):
            return [Update(update_id=7)]

    intake = Intake(bot=Bringing(), dispatcher=Hanging(), database=stage.database, clock=stage.clock)
    running = asyncio.create_task(intake.run(asyncio.Event()))
    await begun.wait()
    running.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(running, return_exceptions=True)
    async with stage.database.reading() as c:
        assert not await updates.seen(c, [7])


async def test_a_person_who_writes_too_fast_is_one_line_in_the_log(stage, caplog):
    stage.faults.add(Fault(kind="retry_after", method="sendMessage", retry_after=60))
    await stage.says("/start")
    assert caplog.text.count("no answer: Telegram asked for a pause") == 1
    assert "Traceback" not in caplog.text and "update failed" not in caplog.text


async def test_an_address_without_bots_ends_the_polling_with_a_sentence(stage, monkeypatch):
    async def nowhere(**_):
        raise TelegramNotFound(GetUpdates(), "Not Found")

    with monkeypatch.context() as patch:
        patch.setattr(type(stage.bot), "get_updates", lambda _bot, **how: nowhere(**how))
        with pytest.raises(ConfigError, match=r"BOT_TOKEN .* TELEGRAM_API_BASE"):
            await stage.intake.run(asyncio.Event())
