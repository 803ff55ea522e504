"""Updates reach the bot in order, wait for confirmation, and belong to one poller."""

import asyncio

import pytest
from aiogram import Dispatcher
from aiogram.exceptions import TelegramConflictError
from aiogram.filters import Command
from aiogram.methods import SendMessage

from .telegram_stage import GROUP, MEMBER, YOU, stage


async def test_a_long_poll_returns_when_something_happens():
    async with stage() as s:
        assert await s.bot.get_updates(timeout=0) == []
        poll = asyncio.create_task(s.bot.get_updates(timeout=30))
        await s.server.wait_for(lambda: s.server.desk.updates.polls == 2)
        assert not poll.done()
        s.acts.user_says(YOU, YOU, "/start")
        updates = await asyncio.wait_for(poll, 5)
        assert [each.message.text for each in updates] == ["/start"]


async def test_what_is_not_confirmed_comes_again_and_what_is_does_not():
    async with stage() as s:
        for text in ("one", "two", "three"):
            s.acts.user_says(YOU, YOU, text)
        first = await s.bot.get_updates(timeout=0, limit=2)
        assert [each.message.text for each in first] == ["one", "two"]
        assert [each.update_id for each in await s.bot.get_updates()] == [
            each.update_id for each in [*first, *await s.bot.get_updates(offset=-1)]
        ]
        assert await s.bot.get_updates(offset=first[-1].update_id + 2) == []


async def test_a_negative_offset_keeps_only_the_last_updates():
    async with stage() as s:
        for text in ("one", "two", "three"):
            s.acts.user_says(YOU, YOU, text)
        assert [each.message.text for each in await s.bot.get_updates(offset=-1)] == ["three"]
        assert [each.message.text for each in await s.bot.get_updates()] == ["three"]


async def test_of_two_pollers_the_older_one_loses():
    async with stage() as s:
        polls = [asyncio.create_task(s.bot.get_updates(timeout=30)) for _ in range(2)]
        done, waiting = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED, timeout=5)
        with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
            await done.pop()
        s.acts.user_says(YOU, YOU, "hello")
        (update,) = await asyncio.wait_for(waiting.pop(), 5)
        assert update.message.text == "hello"


async def test_polling_is_refused_while_a_webhook_is_set():
    async with stage() as s:
        s.acts.user_says(YOU, YOU, "hello")
        assert await s.bot.set_webhook("https://bot.example/hook")
        info = await s.bot.get_webhook_info()
        assert (info.url, info.pending_update_count) == ("https://bot.example/hook", 1)
        with pytest.raises(TelegramConflictError, match="while webhook is active"):
            await s.bot.get_updates()
        assert await s.bot.delete_webhook(drop_pending_updates=True)
        assert await s.bot.get_updates() == []


async def test_allowed_updates_hold_for_what_happens_afterwards():
    async with stage() as s:
        s.acts.user_says(YOU, YOU, "before")
        await s.bot.get_updates(allowed_updates=["callback_query"])
        s.acts.user_says(YOU, YOU, "after")
        assert [each.message.text for each in await s.bot.get_updates()] == ["before"]
        await s.bot.get_updates(allowed_updates=[])  # aiogram leaves an empty list out: nothing changes
        status, _ = await s.raw("getUpdates", allowed_updates=[])
        s.acts.user_says(YOU, YOU, "default")
        assert [each.message.text for each in await s.bot.get_updates()] == ["before", "default"]
        assert status == 200


async def test_closing_the_server_sends_a_waiting_poll_home():
    async with stage() as s:
        poll = asyncio.create_task(s.bot.get_updates(timeout=30))
        await s.server.wait_for(lambda: s.server.desk.updates.polls == 1)
        s.server.desk.updates.close()
        assert await asyncio.wait_for(poll, 5) == []


async def test_an_aiogram_dispatcher_lives_on_the_sandbox():
    async with stage() as s:
        dispatcher = Dispatcher()

        @dispatcher.message(Command("ping"))
        async def ping(message):
            return SendMessage(chat_id=message.chat.id, text="pong")

        polling = asyncio.create_task(
            dispatcher.start_polling(s.bot, handle_signals=False, close_bot_session=False)
        )
        s.acts.user_says(YOU, YOU, "/ping")
        s.acts.user_says(GROUP, MEMBER, "/ping@intern_sandbox_bot")
        await s.server.wait_for(lambda: s.server.messages(YOU)[-1]["text"] == "pong")
        await s.server.wait_for(lambda: s.server.messages(GROUP)[-1]["text"] == "pong")
        await dispatcher.stop_polling()
        await polling
        assert s.server.violations == []
