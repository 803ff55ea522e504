"""What a real aiogram Bot puts into a chat: sent, edited, deleted, reacted to, answered."""

from datetime import timedelta

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
)
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
)

from .telegram_stage import ADMIN, GROUP, MEMBER, NOON, YOU, png, stage


def keyboard(*data):
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=each, callback_data=each)] for each in data]
    )


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


async def test_a_message_older_than_two_days_cannot_be_deleted():
    times = iter([NOON, NOON + timedelta(hours=48, seconds=1)])
    async with stage(now=lambda: next(times)) as s:
        sent = await s.bot.send_message(YOU, "old")
        with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
            await s.bot.delete_message(YOU, sent.message_id)


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
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (png()[:18], "IMAGE_PROCESS_FAILED"),
        (b"\xff\xd8\xff\xe0\x00\x04ab", "IMAGE_PROCESS_FAILED"),
        (b"\xff\xd8 no frame", "IMAGE_PROCESS_FAILED"),
        (png(3000, 10), "PHOTO_INVALID_DIMENSIONS"),
        (bytes(10 * 1024 * 1024 + 1), "too big for a photo"),
    ],
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
        assert (await s.bot.edit_message_caption(**where)).caption is None
        with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
            await s.bot.edit_message_text("text", **where)
        text = await s.bot.send_message(YOU, "text")
        with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
            await s.bot.edit_message_caption(chat_id=YOU, message_id=text.message_id, caption="new")


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
