"""Methods that put something into a chat: send, edit, delete, react, answer a press."""

from __future__ import annotations

from typing import Any

from .chats import ADMINS, Chat
from .desk import Desk
from .entities import Formatted, as_fields, format_text, required
from .keyboards import inline_keyboard
from .refusals import bad_request, misuse

Json = dict[str, Any]
TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
DELETE_WITHIN = 48 * 3600  # seconds of app time
_ACTIONS = """
typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker
find_location record_video_note upload_video_note
"""
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_REACTIONS = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊
🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋
🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃
💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""


def send_message(desk: Desk, params: Json) -> Json:
    chat = desk.chats.reach(params["chat_id"])
    text = _text(params)
    fields = {**_surroundings(desk, chat, params), **as_fields(text)}
    if "link_preview_options" in params:
        fields["link_preview_options"] = params["link_preview_options"]
    return desk.chats.post(chat, desk.bot, fields, thread_id=_thread(chat, params))


def send_photo(desk: Desk, params: Json) -> Json:
    chat = desk.chats.reach(params["chat_id"])
    caption = _caption(params)
    picture = desk.pictures.take(params["photo"])
    fields = {**_surroundings(desk, chat, params), "photo": picture.sizes}
    if caption.text:
        fields |= as_fields(caption, text="caption", entities="caption_entities")
    shown = {"show_caption_above_media": "show_caption_above_media", "has_spoiler": "has_media_spoiler"}
    fields |= {field: True for name, field in shown.items() if params.get(name)}
    return desk.chats.post(chat, desk.bot, fields, thread_id=_thread(chat, params))


def send_document(desk: Desk, params: Json) -> Json:
    chat = desk.chats.reach(params["chat_id"])
    caption = _caption(params)
    fields = {**_surroundings(desk, chat, params), "document": desk.papers.take(params["document"]).field}
    if caption.text:
        fields |= as_fields(caption, text="caption", entities="caption_entities")
    return desk.chats.post(chat, desk.bot, fields, thread_id=_thread(chat, params))


def edit_message_text(desk: Desk, params: Json) -> Json:
    if "text" not in params:
        raise misuse("message text is empty")
    chat, message = _own(desk, params)
    text = _text(params)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    changes = {
        "entities": None,
        "link_preview_options": params.get("link_preview_options"),
        **as_fields(text),
    }
    return _edit(desk, chat, message, changes, params)


def edit_message_caption(desk: Desk, params: Json) -> Json:
    chat, message = _own(desk, params)
    caption = _caption(params)
    if "photo" not in message:
        raise bad_request("there is no caption in the message to edit")
    changes: Json = {"caption": None, "caption_entities": None}
    if caption.text:
        changes |= as_fields(caption, text="caption", entities="caption_entities")
    return _edit(desk, chat, message, changes, params)


def edit_message_reply_markup(desk: Desk, params: Json) -> Json:
    chat, message = _own(desk, params)
    return _edit(desk, chat, message, {}, params)


def delete_message(desk: Desk, params: Json) -> bool:
    chat = desk.chats.reach(params["chat_id"])
    message = desk.chats.message(chat, params["message_id"], purpose="delete")
    foreign = message["from"]["id"] != desk.bot["id"]
    if foreign and chat.is_group and chat.bot_status not in ADMINS:
        raise bad_request("message can't be deleted")
    if desk.chats.unix() - message["date"] > DELETE_WITHIN:
        raise bad_request("message can't be deleted for everyone")
    desk.chats.delete(chat, message["message_id"])
    return True


def send_chat_action(desk: Desk, params: Json) -> bool:
    chat = desk.chats.reach(params["chat_id"])
    if params["action"] not in _ACTIONS.split():
        raise misuse("wrong parameter action in request")
    desk.bell.ring({"kind": "action", "chat_id": chat.id, "action": params["action"]})
    return True


def set_message_reaction(desk: Desk, params: Json) -> bool:
    chat = desk.chats.reach(params["chat_id"])
    message = desk.chats.message(chat, params["message_id"], purpose="react")
    reaction = params.get("reaction", [])
    if len(reaction) > 1 or any(each.get("emoji") not in _REACTIONS.split() for each in reaction):
        raise misuse("REACTION_INVALID" if len(reaction) <= 1 else "REACTIONS_TOO_MANY")
    chat.reactions[message["message_id"]] = reaction
    event = {"kind": "reaction", "chat_id": chat.id, "message_id": message["message_id"]}
    desk.bell.ring({**event, "reaction": reaction})
    return True


def answer_callback_query(desk: Desk, params: Json) -> bool:
    press = desk.presses.get(params["callback_query_id"])
    if press is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    press.answer = {"text": params.get("text", ""), "show_alert": params.get("show_alert", False)}
    desk.bell.ring({"kind": "answer", "chat_id": press.chat_id, "user_id": press.user_id, **press.answer})
    return True


def _surroundings(desk: Desk, chat: Chat, params: Json) -> Json:
    """What a new message carries beside its content."""
    fields: Json = {}
    keyboard = inline_keyboard(params.get("reply_markup"))
    if keyboard:
        fields["reply_markup"] = keyboard
    replied = _replied(chat, params.get("reply_parameters"))
    if replied:
        fields["reply_to_message"] = {key: replied[key] for key in replied if key != "reply_to_message"}
    if params.get("protect_content"):
        fields["has_protected_content"] = True
    return fields


def _replied(chat: Chat, reply: Json | None) -> Json | None:
    if not reply:
        return None
    message = chat.messages.get(reply.get("message_id", 0))
    if message is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def _thread(chat: Chat, params: Json) -> int | None:
    thread_id: int | None = params.get("message_thread_id")
    if thread_id is not None and thread_id not in chat.topics:
        raise bad_request("message thread not found")
    return thread_id


def _text(params: Json) -> Formatted:
    formatted = format_text(
        params["text"],
        parse_mode=params.get("parse_mode"),
        entities=params.get("entities"),
        limit=TEXT_LIMIT,
    )
    return required(formatted, what="message text")


def _caption(params: Json) -> Formatted:
    return format_text(
        params.get("caption", ""),
        parse_mode=params.get("parse_mode"),
        entities=params.get("caption_entities"),
        limit=CAPTION_LIMIT,
        what="message caption",
    )


def _own(desk: Desk, params: Json) -> tuple[Chat, Json]:
    """The bot's own message that a call wants to edit. Raises a Refusal."""
    if "inline_message_id" in params:
        raise misuse("the sandbox has no inline messages")
    if "chat_id" not in params:
        raise misuse("chat_id is empty")
    if "message_id" not in params:
        raise misuse("message identifier is not specified")
    chat = desk.chats.reach(params["chat_id"])
    message = desk.chats.message(chat, params["message_id"], purpose="edit")
    if message["from"]["id"] != desk.bot["id"]:
        raise bad_request("message can't be edited")
    return chat, message


def _edit(desk: Desk, chat: Chat, message: Json, changes: Json, params: Json) -> Json:
    """Apply an edit; a keyboard that is not sent again is gone."""
    changes = {**changes, "reply_markup": inline_keyboard(params.get("reply_markup"))}
    if all(message.get(key) == value for key, value in changes.items()):
        raise bad_request(_NOT_MODIFIED)
    return desk.chats.edit(chat, message, {**changes, "edit_date": desk.chats.unix()})
