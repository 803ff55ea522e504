"""What people do reaches the bot as Telegram would tell it, by Python and over HTTP."""

import asyncio

import pytest
from aiogram.exceptions import TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from core.errors import BadInput

from .telegram_stage import ADMIN, GROUP, MEMBER, YOU, stage

KEYS = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Why", callback_data="why:1")]])


async def state_of(s, **query):
    """What /sandbox/state tells."""
    async with s.http.get(s.url("/sandbox/state"), params=query) as response:
        return await response.json()


async def update(s):
    """The one update that waits, confirmed."""
    (found,) = await s.bot.get_updates(timeout=5)
    await s.bot.get_updates(offset=found.update_id + 1)
    return found


async def test_a_command_is_marked_as_one():
    async with stage() as s:
        s.acts.user_says(YOU, YOU, "/start abc")
        message = (await update(s)).message
        assert (message.from_user.id, message.chat.type) == (YOU, "private")
        assert [(each.type, each.length) for each in message.entities] == [("bot_command", 6)]


async def test_a_press_carries_the_message_it_was_made_on():
    async with stage() as s:
        sent = await s.bot.send_message(GROUP, "moved", reply_markup=KEYS)
        s.acts.user_presses(GROUP, MEMBER, sent.message_id, "why:1")
        query = (await update(s)).callback_query
        assert (query.data, query.from_user.id, query.message.text) == ("why:1", MEMBER, "moved")
        assert await query.answer("Because")


async def test_only_a_button_that_is_there_can_be_pressed_unless_the_client_is_behind():
    async with stage() as s:
        sent = await s.bot.send_message(YOU, "moved", reply_markup=KEYS)
        with pytest.raises(BadInput, match="no button"):
            s.acts.user_presses(YOU, YOU, sent.message_id, "old")
        s.acts.user_presses(YOU, YOU, sent.message_id, "old", even_if_gone=True)
        assert (await update(s)).callback_query.data == "old"


async def test_blocking_is_told_and_closes_the_chat_until_unblocked():
    async with stage() as s:
        s.acts.block(YOU)
        change = (await update(s)).my_chat_member
        assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
        with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
            await s.bot.send_message(YOU, "hello?")
        with pytest.raises(BadInput, match="unblock first"):
            s.acts.user_says(YOU, YOU, "hi")
        s.acts.unblock(YOU)
        assert (await update(s)).my_chat_member.new_chat_member.status == "member"
        await s.bot.send_message(YOU, "hello!")


async def test_a_kicked_bot_may_not_write_and_hears_nothing():
    async with stage() as s:
        s.acts.kick_bot(GROUP)
        assert (await update(s)).my_chat_member.from_user.id == ADMIN
        s.acts.user_says(GROUP, MEMBER, "/trending")
        assert await s.bot.get_updates() == []
        with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
            await s.bot.send_message(GROUP, "hello?")
        s.acts.add_bot(GROUP, MEMBER)
        change, joined = await s.bot.get_updates()
        assert change.my_chat_member.new_chat_member.status == "member"
        assert [each.id for each in joined.message.new_chat_members] == [s.bot.id]


async def test_the_admin_who_kicks_is_named():
    async with stage() as s:
        s.acts.promote(GROUP, MEMBER)
        s.acts.kick_bot(GROUP, MEMBER)
        assert (await update(s)).my_chat_member.from_user.id == MEMBER


async def test_a_promoted_bot_is_told_its_rights():
    async with stage() as s:
        s.acts.promote(GROUP, s.bot.id)
        member = (await update(s)).my_chat_member.new_chat_member
        assert (member.status, member.can_delete_messages, member.is_anonymous) == (
            "administrator",
            True,
            False,
        )


async def test_privacy_mode_hides_what_is_not_meant_for_the_bot():
    async with stage() as s:
        sent = await s.bot.send_message(GROUP, "news")
        s.acts.user_says(GROUP, MEMBER, "just talking")
        s.acts.user_says(GROUP, MEMBER, "/start@other_bot")
        s.acts.user_says(GROUP, MEMBER, "/why@intern_sandbox_bot")
        s.acts.user_says(GROUP, MEMBER, "an answer", reply_to=sent.message_id)
        assert [each.message.text for each in await s.bot.get_updates()] == [
            "/why@intern_sandbox_bot",
            "an answer",
        ]


async def test_an_admin_bot_sees_everything():
    async with stage() as s:
        s.acts.promote(GROUP, s.bot.id)
        s.acts.user_says(GROUP, MEMBER, "just talking")
        assert (await s.bot.get_updates())[-1].message.text == "just talking"


async def test_an_anonymous_admin_writes_as_the_group():
    async with stage() as s:
        s.acts.user_says(GROUP, ADMIN, "/settings", anonymous=True)
        message = (await update(s)).message
        assert message.from_user.username == "GroupAnonymousBot"
        assert message.sender_chat.id == message.chat.id == GROUP
        with pytest.raises(BadInput, match="Only an admin"):
            s.acts.user_says(GROUP, MEMBER, "/settings", anonymous=True)


async def test_an_upgraded_group_lives_on_under_a_new_id():
    async with stage() as s:
        new_id = s.acts.upgrade_group(GROUP)
        farewell, welcome = await s.bot.get_updates()
        assert (farewell.message.chat.id, farewell.message.migrate_to_chat_id) == (GROUP, new_id)
        assert (welcome.message.chat.id, welcome.message.migrate_from_chat_id) == (new_id, GROUP)
        with pytest.raises(TelegramMigrateToChat) as moved:
            await s.bot.send_message(GROUP, "hello?")
        assert moved.value.migrate_to_chat_id == new_id
        sent = await s.bot.send_message(new_id, "hello!")
        assert sent.chat.type == "supergroup"
        assert (await s.bot.get_chat_member(new_id, ADMIN)).status == "creator"
        with pytest.raises(BadInput, match="no basic group any more"):
            s.acts.upgrade_group(GROUP)
        with pytest.raises(BadInput, match="lives on as"):
            s.acts.user_says(GROUP, MEMBER, "anyone?")


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda acts: acts.user_says(99, YOU, "hi"), "There is no chat 99"),
        (lambda acts: acts.user_says(GROUP, YOU, "hi"), "is not in chat"),
        (lambda acts: acts.user_says(YOU, YOU, " "), "write something"),
        (lambda acts: acts.user_says(YOU, YOU, "hi", reply_to=5), "no message 5"),
        (lambda acts: acts.user_says(GROUP, ADMIN, "hi", thread_id=5), "no topic 5"),
        (lambda acts: acts.add_private(YOU, "Twice"), "already a chat"),
        (lambda acts: acts.add_private(42, "Bot"), "cannot be a person's id"),
        (lambda acts: acts.add_group(5, "G", {ADMIN: "A"}, [ADMIN]), "id lies below"),
        (lambda acts: acts.add_group(-5, "G", {ADMIN: "A"}, [MEMBER]), "admins are members"),
        (lambda acts: acts.add_topic(GROUP, "T"), "no forum"),
        (lambda acts: acts.block(GROUP), "no private chat"),
        (lambda acts: acts.kick_bot(YOU), "no group"),
        (lambda acts: acts.kick_bot(GROUP, MEMBER), "Only an admin"),
        (lambda acts: acts.promote(GROUP, ADMIN), "cannot be changed"),
        (lambda acts: acts.add_bot(GROUP, ADMIN), "already in chat"),
        (lambda acts: acts.upgrade_group(YOU), "no group"),
    ],
)
async def test_what_nobody_could_do_is_refused_with_a_sentence(act, says):
    async with stage() as s:
        with pytest.raises(BadInput, match=says):
            act(s.acts)


async def test_people_act_over_http():
    async with stage() as s:
        status, body = await s.act(act="user_says", chat_id=YOU, user_id=YOU, text="/start")
        assert (status, body["result"]["text"]) == (200, "/start")
        assert (await update(s)).message.text == "/start"
        _, body = await s.act(act="upgrade_group", chat_id=GROUP)
        assert body["result"] < -1_000_000_000_000
        _, body = await s.act(act="add_group", chat_id=-11, title="New", members={"7": "Seven"}, admins=[7])
        assert body == {"ok": True, "result": -11}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "Name an act: add_bot, "),
        ({"act": "_move_bot"}, "Name an act: add_bot, "),
        ({"act": "user_says", "chat_id": YOU}, "user_id"),
        ({"act": "user_says", "chat_id": YOU, "user_id": "you", "text": "x"}, "valid integer"),
        ({"act": "block", "user_id": 99}, "There is no chat 99"),
        ({"act": "user_says", "chat_id": YOU, "user_id": YOU, "text": "x" * 4097}, "message is too long"),
    ],
)
async def test_a_wrong_act_over_http_is_refused_with_a_sentence(body, says):
    async with stage() as s:
        status, answer = await s.act(**body)
        assert status == 400
        assert says in answer["description"]


async def test_an_act_must_be_sent_as_json():
    async with stage() as s:
        answer = await s.http.post(s.url("/sandbox/act"), data={"act": "block", "user_id": "1"})
        assert answer.status == 400
        assert "application/json" in (await answer.json())["description"]


async def test_the_state_tells_everything_and_waits_for_the_next_change():
    async with stage() as s:
        s.acts.user_says(YOU, YOU, "/start")
        await s.bot.send_message(YOU, "Hi", reply_parameters=ReplyParameters(message_id=1))
        await s.raw("sendMessage", chat_id=YOU)
        state = await state_of(s)
        assert [each["text"] for each in state["chats"][0]["messages"]] == ["/start", "Hi"]
        assert [each["code"] for each in state["calls"]] == [200, 400]
        assert state["violations"] == ["sendMessage: Bad Request: message text is empty"]
        assert (state["pending_updates"], state["bot"]["id"]) == (1, 42)
        later = asyncio.create_task(state_of(s, seen=state["changes"], timeout=10))
        s.acts.user_says(YOU, YOU, "more")
        assert (await asyncio.wait_for(later, 5))["changes"] > state["changes"]


async def test_a_state_asked_for_wrongly_says_how():
    async with stage() as s:
        answer = await s.http.get(s.url("/sandbox/state?seen=soon"))
        assert answer.status == 400
        assert "whole number" in (await answer.json())["description"]
