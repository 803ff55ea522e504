"""What breaks the Bot API's rules is refused in Telegram's words and remembered."""

import json

import aiohttp
import pytest

from .telegram_stage import GROUP, TOKEN, YOU, png, stage


@pytest.mark.parametrize(
    ("method", "params", "says"),
    [
        ("sendMessage", {"text": "hi"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": YOU}, "message text is empty"),
        ("sendMessage", {"chat_id": YOU, "text": "  \n "}, "message text is empty"),
        ("sendMessage", {"chat_id": YOU, "text": "hi", "colour": "red"}, "no parameter 'colour'"),
        ("sendMessage", {"chat_id": YOU, "text": ["hi"]}, "text must be a String"),
        ("sendMessage", {"chat_id": YOU, "text": "hi", "protect_content": "maybe"}, "must be a Boolean"),
        ("sendMessage", {"chat_id": YOU, "text": "hi", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        (
            "sendMessage",
            {"chat_id": YOU, "text": "x", "parse_mode": "MarkdownV2"},
            "reads parse_mode HTML only",
        ),
        ("sendMessage", {"chat_id": YOU, "text": "x", "entities": {"type": "bold"}}, "expected an Array"),
        (
            "sendMessage",
            {"chat_id": YOU, "text": "x", "reply_markup": {"remove_keyboard": False}},
            "only be True",
        ),
        ("editMessageText", {"chat_id": YOU, "message_id": 1}, "message text is empty"),
        ("editMessageText", {"message_id": 1, "text": "x"}, "chat_id is empty"),
        ("editMessageText", {"inline_message_id": "1", "text": "x"}, "no inline messages"),
        (
            "setMyCommands",
            {"commands": [{"command": "a", "description": "d"}] * 101},
            "BOT_COMMANDS_TOO_MUCH",
        ),
        ("sendMessage", {"chat_id": YOU, "text": "x" * 4097}, "message is too long"),
        ("sendMessage", {"chat_id": YOU, "text": "🏟" * 2049}, "message is too long"),
        ("sendMessage", {"chat_id": YOU, "text": "hi", "reply_markup": "{"}, "can't parse reply_markup JSON"),
        ("sendMessage", {"chat_id": YOU, "text": "hi", "reply_markup": []}, "must be an Object"),
        ("sendMessage", {"chat_id": YOU, "text": "hi", "reply_markup": {"rows": []}}, "has no field 'rows'"),
        ("editMessageText", {"chat_id": YOU, "text": "hi"}, "message identifier is not specified"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "text must be 0-200"),
        ("getUpdates", {"limit": 101}, "limit must be 1-100"),
        ("getUpdates", {"limit": True}, "limit must be an Integer"),
        ("setMyCommands", {"commands": [{"command": "a"}]}, "needs the field 'description'"),
        ("setMyCommands", {"commands": [], "scope": {"type": "everywhere"}}, "no BotCommandScope of type"),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat"}}, "needs the field 'chat_id'"),
        ("setWebhook", {"url": "https://bot.example/", "secret_token": "a b"}, "unallowed characters"),
        ("getChatAdministrators", {"chat_id": YOU}, "needs a group"),
    ],
)
async def test_a_call_against_the_rules_is_refused_and_remembered(method, params, says):
    async with stage() as s:
        status, body = await s.raw(method, **params)
        assert status == 400
        assert says in body["description"]
        assert body["description"].startswith("Bad Request: ")
        assert len(s.server.violations) == 1
        assert s.server.messages(YOU) == []


@pytest.mark.parametrize(
    ("button", "says"),
    [
        ({"text": "a", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "a"}, "Text buttons are unallowed"),
        ({"text": " ", "callback_data": "a"}, "must not be empty"),
        ({"text": "a", "callback_data": "a", "url": "https://x.com"}, "one action"),
        ({"text": "a", "url": "x.com"}, "Wrong HTTP URL"),
        ({"text": "a", "callback_data": "a", "style": "pink"}, "style must be one of"),
        ({"callback_data": "a"}, "needs the field 'text'"),
        ({"text": "a", "copy_text": {"text": ""}}, "text must be 1-256"),
    ],
)
async def test_a_wrong_button_is_refused(button, says):
    async with stage() as s:
        status, body = await s.raw(
            "sendMessage", chat_id=YOU, text="hi", reply_markup={"inline_keyboard": [[button]]}
        )
        assert status == 400
        assert says in body["description"]


async def test_callback_data_of_64_bytes_is_fine():
    async with stage() as s:
        markup = {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 32}]]}
        status, _ = await s.raw("sendMessage", chat_id=YOU, text="hi", reply_markup=markup)
        assert status == 200


async def test_4096_characters_are_counted_after_markup_is_taken_out():
    async with stage() as s:
        text = "<b>" + "x" * 4096 + "</b>"
        status, _ = await s.raw("sendMessage", chat_id=YOU, text=text, parse_mode="HTML")
        assert status == 200


async def test_a_keyboard_of_more_than_a_hundred_buttons_is_too_long():
    async with stage() as s:
        rows = [[{"text": "a", "callback_data": "a"}] for _ in range(101)]
        _, body = await s.raw("sendMessage", chat_id=YOU, text="hi", reply_markup={"inline_keyboard": rows})
        assert body["description"] == "Bad Request: reply markup is too long"


async def test_parameters_come_by_query_form_or_json():
    async with stage() as s:
        url = s.url(f"/bot{TOKEN}/sendMessage")
        markup = json.dumps({"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]})
        async with s.http.get(url, params={"chat_id": str(YOU), "text": "query"}) as response:
            assert response.status == 200
        form = {"chat_id": str(YOU), "text": "form", "reply_markup": markup, "protect_content": "true"}
        async with s.http.post(url, data=form) as response:
            assert response.status == 200
        with aiohttp.MultipartWriter("form-data") as parts:
            for name, value in {"chat_id": str(GROUP), "text": "multipart"}.items():
                parts.append(value).set_content_disposition("form-data", name=name)
            async with s.http.post(url, data=parts) as response:
                assert response.status == 200
        assert [each["text"] for each in s.server.messages(YOU)] == ["query", "form"]
        assert s.server.messages(YOU)[1]["has_protected_content"] is True
        assert [each["text"] for each in s.server.messages(GROUP)] == ["multipart"]


async def test_a_body_that_is_no_json_object_is_refused():
    async with stage() as s:
        headers = {"Content-Type": "application/json"}
        async with s.http.post(s.url(f"/bot{TOKEN}/getMe"), data=b"[1]", headers=headers) as response:
            assert response.status == 400


async def test_names_of_methods_are_read_without_case():
    async with stage() as s:
        status, body = await s.raw("GETME")
        assert (status, body["result"]["id"]) == (200, 42)


async def test_a_file_may_be_sent_under_its_parameters_own_name():
    async with stage() as s:
        form = aiohttp.FormData({"chat_id": str(YOU)})
        form.add_field("photo", png(), filename="chart.png")
        async with s.http.post(s.url(f"/bot{TOKEN}/sendPhoto"), data=form) as response:
            assert (await response.json())["result"]["photo"][0]["width"] == 90
        _, body = await s.raw("sendPhoto", chat_id=YOU, photo="attach://nothing")
        assert body["description"] == "Bad Request: wrong file identifier/HTTP URL specified"
