"""Rates: bursts are tolerated, sustained sending is not."""

import pytest
from aiogram.exceptions import TelegramRetryAfter

from bot.sandbox.telegram import Limits
from bot.sandbox.telegram.refusals import Refusal

from .telegram_stage import GROUP, YOU, stage


def send(limits, chat_id, now, *, is_group=False, times=1):
    for _ in range(times):
        with limits.sending(chat_id, is_group=is_group, now=now):
            pass


def wait_of(action):
    with pytest.raises(Refusal) as caught:
        action()
    assert caught.value.code == 429
    return caught.value.parameters["retry_after"]


def test_a_chat_takes_a_burst_and_then_one_message_a_second():
    limits = Limits()
    send(limits, YOU, 100.0, times=3)
    assert wait_of(lambda: send(limits, YOU, 100.0)) == 1
    send(limits, YOU, 101.0)
    assert wait_of(lambda: send(limits, YOU, 101.5)) == 1
    send(limits, YOU, 110.0, times=3)


def test_a_group_takes_twenty_messages_a_minute():
    limits = Limits()
    for second in range(0, 40, 2):
        send(limits, GROUP, 100.0 + second, is_group=True)
    assert wait_of(lambda: send(limits, GROUP, 140.0, is_group=True)) == 20
    send(limits, GROUP, 160.0, is_group=True)


def test_edits_of_a_group_have_a_minute_of_their_own():
    limits = Limits()
    send(limits, GROUP, 100.0, is_group=True, times=3)

    def edit(times):
        for _ in range(times):
            with limits.editing(GROUP, is_group=True, now=100.0):
                pass

    edit(20)
    assert wait_of(lambda: edit(1)) == 60


def test_thirty_messages_a_second_are_the_most_for_all_chats():
    limits = Limits()
    for chat_id in range(1, 31):
        send(limits, chat_id, 100.0)
    assert wait_of(lambda: send(limits, 31, 100.5)) == 1
    send(limits, 31, 101.0)


def test_what_did_not_go_through_does_not_count():
    limits = Limits(chat_burst=1)
    with pytest.raises(ValueError, match="no"), limits.sending(YOU, is_group=False, now=100.0):
        raise ValueError("no")
    send(limits, YOU, 100.0)


async def test_aiogram_is_told_how_long_to_wait():
    async with stage(limits=Limits(chat_rate=0.01)) as s:
        for _ in range(3):
            await s.bot.send_message(YOU, "quick")
        with pytest.raises(TelegramRetryAfter) as caught:
            await s.bot.send_message(YOU, "too quick")
        assert 99 <= caught.value.retry_after <= 100
        await s.bot.send_message(GROUP, "another chat")
        assert s.server.calls[3].code == 429
        assert len(s.server.messages(YOU)) == 3


async def test_edits_in_a_group_are_limited_too():
    async with stage(limits=Limits(group_minute=2)) as s:
        sent = await s.bot.send_message(GROUP, "0")
        for text in ("1", "2"):
            await s.bot.edit_message_text(text, chat_id=GROUP, message_id=sent.message_id)
        with pytest.raises(TelegramRetryAfter):
            await s.bot.edit_message_text("3", chat_id=GROUP, message_id=sent.message_id)
