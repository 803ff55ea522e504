"""Updates come in order, act once, and are confirmed only after they were handled."""

import asyncio

from aiogram.types import Update

from bot.sandbox.telegram.faults import Fault
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


async def test_a_handler_that_breaks_is_logged_and_the_next_update_is_served(stage, monkeypatch):
    async def broken():
        raise RuntimeError("the board fell off the wall")

    with monkeypatch.context() as patch:
        patch.setattr(stage.room.board, "current", broken)
        assert await stage.says("/trending") == []
    assert "just started" in await stage.answer("/trending")


async def test_stopping_finishes_the_updates_in_hand(opened):
    async with opened() as stage:
        stage.faults.add(Fault(kind="slow", method="sendMessage", delay=0.3))
        stage.acts.user_says(YOU, YOU, "/start")
        while not any(c.method == "getUpdates" and c.result for c in stage.server.calls):
            await asyncio.sleep(0.005)
        server = stage.server
    assert len([c for c in server.calls if c.method == "sendMessage" and c.code == 200]) == 1
