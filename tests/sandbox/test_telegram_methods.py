"""Every method the sandbox plays, called by a real aiogram Bot."""

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
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
)

from .telegram_stage import ADMIN, GROUP, MEMBER, NOON, YOU, close, make_bot, png, stage


def keyboard(*data):
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=each, callback_data=each)] for each in data]
    )


async def test_the_bot_knows_who_it_is():
    async with stage() as s:
        me = await s.bot.get_me()
        assert (me.id, me.is_bot, me.can_read_all_group_messages) == (42, True, False)


async def test_a_message_arrives_as_it_was_sent():
    async with stage() as s:
        sent = await s.bot.send_message(
            YOU,
            "<b>Hi</b> there",
            parse_mode="HTML",
            reply_markup=keyboard("more"),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            disable_notification=True,
        )
        assert sent.text == "Hi there"
        assert sent.date == NOON
        assert sent.html_text == "<b>Hi</b> there"
        assert s.server.messages(YOU)[0]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "more"
        assert s.server.violations == []


async def test_entities_may_be_given_instead_of_markup():
    async with stage() as s:
        bold = MessageEntity(type="bold", offset=3, length=2)
        sent = await s.bot.send_message(YOU, "🏟 ok", entities=[bold])
        assert sent.entities[0].extract_from(sent.text) == "ok"
        with pytest.raises(TelegramBadRequest, match="outside the text"):
            await s.bot.send_message(YOU, "ok", entities=[MessageEntity(type="bold", offset=1, length=2)])


async def test_a_reply_quotes_its_message():
    async with stage() as s:
        asked = s.acts.user_says(YOU, YOU, "/why")
        answer = await s.bot.send_message(
            YOU, "Because.", reply_parameters=ReplyParameters(message_id=asked["message_id"])
        )
        assert answer.reply_to_message.text == "/why"
        with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
            await s.bot.send_message(YOU, "?", reply_parameters=ReplyParameters(message_id=999))


async def test_a_photo_is_kept_and_can_be_sent_again_by_its_id():
    async with stage() as s:
        photo = BufferedInputFile(png(90, 50), "chart.png")
        sent = await s.bot.send_photo(YOU, photo, caption="<i>Volume</i>", parse_mode="HTML")
        assert (sent.photo[-1].width, sent.photo[-1].height) == (90, 50)
        assert sent.caption_entities[0].type == "italic"
        again = await s.bot.send_photo(GROUP, sent.photo[-1].file_id)
        assert again.photo == sent.photo
        async with s.http.get(s.url(f"/sandbox/pictures/{sent.photo[-1].file_unique_id}")) as response:
            assert (response.content_type, await response.read()) == ("image/png", png(90, 50))


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"no picture", "IMAGE_PROCESS_FAILED"), (png(3000, 10), "PHOTO_INVALID_DIMENSIONS")],
)
async def test_what_is_no_photo_is_refused(content, says):
    async with stage() as s:
        with pytest.raises(TelegramBadRequest, match=says):
            await s.bot.send_photo(YOU, BufferedInputFile(content, "chart.png"))


async def test_the_size_of_a_jpeg_is_read_from_its_frame_header():
    async with stage() as s:
        frame = b"\xff\xc0\x00\x11\x08" + (40).to_bytes(2, "big") + (70).to_bytes(2, "big") + bytes(10)
        jpeg = b"\xff\xd8\xff\xe0\x00\x04ab" + frame + b"\xff\xd9"
        sent = await s.bot.send_photo(YOU, BufferedInputFile(jpeg, "chart.jpg"))
        assert (sent.photo[0].width, sent.photo[0].height) == (70, 40)


async def test_an_edit_replaces_text_and_drops_a_keyboard_not_sent_again():
    async with stage() as s:
        sent = await s.bot.send_message(YOU, "<b>one</b>", parse_mode="HTML", reply_markup=keyboard("a"))
        edited = await s.bot.edit_message_text("two", chat_id=YOU, message_id=sent.message_id)
        assert (edited.text, edited.entities, edited.reply_markup) == ("two", None, None)
        assert edited.edit_date == int(NOON.timestamp())
        assert [each["text"] for each in s.server.messages(YOU)] == ["two"]


async def test_an_edit_that_changes_nothing_is_refused():
    async with stage() as s:
        sent = await s.bot.send_message(YOU, "same", reply_markup=keyboard("a"))
        with pytest.raises(TelegramBadRequest, match="message is not modified"):
            await s.bot.edit_message_text(
                "same", chat_id=YOU, message_id=sent.message_id, reply_markup=keyboard("a")
            )
        with pytest.raises(TelegramBadRequest, match="message is not modified"):
            await s.bot.edit_message_reply_markup(
                chat_id=YOU, message_id=sent.message_id, reply_markup=keyboard("a")
            )


async def test_a_keyboard_and_a_caption_are_edited_alone():
    async with stage() as s:
        photo = BufferedInputFile(png(), "chart.png")
        sent = await s.bot.send_photo(YOU, photo, caption="old", reply_markup=keyboard("a"))
        where = {"chat_id": YOU, "message_id": sent.message_id}
        edited = await s.bot.edit_message_reply_markup(**where, reply_markup=keyboard("b"))
        assert (edited.caption, edited.reply_markup.model_dump()) == ("old", keyboard("b").model_dump())
        assert (await s.bot.edit_message_caption(**where, caption="new")).caption == "new"
        with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
            await s.bot.edit_message_text("text", **where)


async def test_only_the_bots_own_existing_messages_can_be_edited():
    async with stage() as s:
        said = s.acts.user_says(YOU, YOU, "mine")
        with pytest.raises(TelegramBadRequest, match="message can't be edited"):
            await s.bot.edit_message_text("x", chat_id=YOU, message_id=said["message_id"])
        with pytest.raises(TelegramBadRequest, match="message to edit not found"):
            await s.bot.edit_message_text("x", chat_id=YOU, message_id=999)


async def test_a_deleted_message_is_gone_and_its_id_never_comes_back():
    async with stage() as s:
        supergroup = s.acts.upgrade_group(GROUP)
        sent = await s.bot.send_message(supergroup, "oops")
        assert await s.bot.delete_message(supergroup, sent.message_id)
        assert sent.message_id not in [each["message_id"] for each in s.server.messages(supergroup)]
        with pytest.raises(TelegramBadRequest, match="message to delete not found"):
            await s.bot.delete_message(supergroup, sent.message_id)
        assert (await s.bot.send_message(supergroup, "next")).message_id > sent.message_id


async def test_deleting_what_others_wrote_takes_admin_rights():
    async with stage() as s:
        said = s.acts.user_says(GROUP, MEMBER, "spam")
        with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
            await s.bot.delete_message(GROUP, said["message_id"])
        s.acts.promote(GROUP, s.bot.id)
        assert await s.bot.delete_message(GROUP, said["message_id"])


async def test_a_press_is_answered_once_it_is_known():
    async with stage() as s:
        sent = await s.bot.send_message(YOU, "?", reply_markup=keyboard("yes"))
        query_id = s.acts.user_presses(YOU, YOU, sent.message_id, "yes")
        assert await s.bot.answer_callback_query(query_id, text="Muted", show_alert=True)
        assert s.server.desk.presses[query_id].answer == {"text": "Muted", "show_alert": True}
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await s.bot.answer_callback_query("nobody")


async def test_actions_and_reactions_are_checked():
    async with stage() as s:
        said = s.acts.user_says(YOU, YOU, "hello")
        assert await s.bot.send_chat_action(YOU, "typing")
        assert await s.bot.set_message_reaction(YOU, said["message_id"], [ReactionTypeEmoji(emoji="👀")])
        with pytest.raises(TelegramBadRequest, match="REACTION_INVALID"):
            await s.bot.set_message_reaction(YOU, said["message_id"], [ReactionTypeEmoji(emoji="✅")])
        with pytest.raises(TelegramBadRequest, match="wrong parameter action"):
            await s.bot.send_chat_action(YOU, "thinking")


async def test_chats_and_members_are_told_apart():
    async with stage() as s:
        assert (await s.bot.get_chat(GROUP)).title == "Desk"
        assert (await s.bot.get_chat_member(GROUP, ADMIN)).status == "creator"
        assert (await s.bot.get_chat_member(GROUP, MEMBER)).status == "member"
        assert (await s.bot.get_chat_member(GROUP, YOU)).status == "left"
        assert await s.bot.get_chat_member_count(GROUP) == 3
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


async def test_topics_of_a_forum_receive_only_what_is_sent_to_them():
    async with stage() as s:
        forum = s.acts.add_group(
            -1000000000777, "Forum", {ADMIN: "Admin"}, [ADMIN], kind="supergroup", forum=True
        )
        topic = s.acts.add_topic(forum, "Alerts")
        sent = await s.bot.send_message(forum, "here", message_thread_id=topic)
        assert (sent.message_thread_id, sent.is_topic_message) == (topic, True)
        with pytest.raises(TelegramBadRequest, match="message thread not found"):
            await s.bot.send_message(forum, "where?", message_thread_id=99)


async def test_a_404_reaches_aiogram_as_its_own_exception():
    class SendNothing(GetMe):
        __api_method__ = "sendNothing"

    async with stage() as s:
        with pytest.raises(TelegramNotFound):
            await s.bot(SendNothing())
