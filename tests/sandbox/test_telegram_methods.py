"""Methods that ask and that describe the bot, called by a real aiogram Bot."""

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetMe
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
)

from .telegram_stage import ADMIN, GROUP, MEMBER, YOU, close, make_bot, stage


async def test_the_bot_knows_who_it_is():
    async with stage() as s:
        me = await s.bot.get_me()
        assert (me.id, me.is_bot, me.can_read_all_group_messages) == (42, True, False)


async def test_chats_and_members_are_told_apart():
    async with stage() as s:
        assert (await s.bot.get_chat(GROUP)).title == "Desk"
        assert (await s.bot.get_chat_member(GROUP, ADMIN)).status == "creator"
        assert (await s.bot.get_chat_member(GROUP, MEMBER)).status == "member"
        assert (await s.bot.get_chat_member(GROUP, YOU)).status == "left"
        assert await s.bot.get_chat_member_count(GROUP) == 3
        with pytest.raises(TelegramBadRequest, match="invalid user_id"):
            await s.bot.get_chat_member(GROUP, 999)
        s.acts.promote(GROUP, MEMBER)
        admins = await s.bot.get_chat_administrators(GROUP)
        assert [each.user.id for each in admins] == [ADMIN, MEMBER]
        s.acts.demote(GROUP, MEMBER)
        assert (await s.bot.get_chat_member(GROUP, MEMBER)).status == "member"


async def test_a_chat_that_was_left_is_closed():
    async with stage() as s:
        assert await s.bot.leave_chat(GROUP)
        with pytest.raises(TelegramForbiddenError, match="bot is not a member of the group chat"):
            await s.bot.send_message(GROUP, "still here?")


async def test_commands_are_kept_by_scope_and_language():
    async with stage() as s:
        start, why = (BotCommand(command=name, description="d") for name in ("start", "why"))
        await s.bot.set_my_commands([start])
        await s.bot.set_my_commands([why], scope=BotCommandScopeAllGroupChats())
        await s.bot.set_my_commands([why], scope=BotCommandScopeChat(chat_id=YOU), language_code="de")
        assert [each.command for each in await s.bot.get_my_commands()] == ["start"]
        in_groups = await s.bot.get_my_commands(scope=BotCommandScopeAllGroupChats())
        assert [each.command for each in in_groups] == ["why"]
        assert await s.bot.get_my_commands(scope=BotCommandScopeChat(chat_id=YOU)) == []
        await s.bot.delete_my_commands()
        assert await s.bot.get_my_commands() == []
        with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
            await s.bot.set_my_commands([BotCommand(command="Why", description="d")])


async def test_descriptions_are_kept():
    async with stage() as s:
        assert await s.bot.set_my_description("long")
        assert await s.bot.set_my_short_description("short")
        profile = s.server.desk.profile
        assert (profile.descriptions, profile.short_descriptions) == ({"": "long"}, {"": "short"})


async def test_a_wrong_token_is_unauthorized():
    async with stage() as s:
        stranger = make_bot(s.server.base, token="43:other")
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()
        await close(stranger)


async def test_an_unknown_chat_is_not_found():
    async with stage() as s:
        with pytest.raises(TelegramBadRequest, match="chat not found"):
            await s.bot.send_message(777, "hello?")
        assert s.server.violations == []  # the world's fault, not the caller's


async def test_methods_the_sandbox_does_not_play_say_so():
    async with stage() as s:
        with pytest.raises(TelegramBadRequest, match="does not play sendDice"):
            await s.bot.send_dice(YOU)
        status, body = await s.raw("sendNothing")
        assert (status, body["description"]) == (404, "Not Found: method not found")
        assert len(s.server.violations) == 2


async def test_a_404_reaches_aiogram_as_its_own_exception():
    class SendNothing(GetMe):
        __api_method__ = "sendNothing"

    async with stage() as s:
        with pytest.raises(TelegramNotFound):
            await s.bot(SendNothing())
