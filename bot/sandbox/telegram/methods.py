"""The methods the sandbox plays, by the name the Bot API gives them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from . import reading, writing
from .desk import Desk

Json = dict[str, Any]
Method = Callable[[Desk, Json], Any | Awaitable[Any]]

PLAYED: dict[str, Method] = {
    "getMe": reading.get_me,
    "getUpdates": reading.get_updates,
    "setWebhook": reading.set_webhook,
    "deleteWebhook": reading.delete_webhook,
    "getWebhookInfo": reading.get_webhook_info,
    "getChat": reading.get_chat,
    "getChatMember": reading.get_chat_member,
    "getChatAdministrators": reading.get_chat_administrators,
    "getChatMemberCount": reading.get_chat_member_count,
    "getFile": reading.get_file,
    "leaveChat": reading.leave_chat,
    "setMyCommands": reading.set_my_commands,
    "getMyCommands": reading.get_my_commands,
    "deleteMyCommands": reading.delete_my_commands,
    "setMyDescription": reading.set_my_description,
    "setMyShortDescription": reading.set_my_short_description,
    "sendMessage": writing.send_message,
    "sendPhoto": writing.send_photo,
    "sendDocument": writing.send_document,
    "editMessageText": writing.edit_message_text,
    "editMessageCaption": writing.edit_message_caption,
    "editMessageReplyMarkup": writing.edit_message_reply_markup,
    "deleteMessage": writing.delete_message,
    "sendChatAction": writing.send_chat_action,
    "setMessageReaction": writing.set_message_reaction,
    "answerCallbackQuery": writing.answer_callback_query,
}
SENDING = frozenset({"sendMessage", "sendPhoto", "sendDocument"})
EDITING = frozenset({"editMessageText", "editMessageCaption", "editMessageReplyMarkup"})
