"""The sandbox as JSON: for the page, and for tests in another process."""

from __future__ import annotations

from typing import Any

from .chats import ADMINS, PRESENT, Chat
from .counter import Call, Counter
from .desk import Desk
from .pictures import Upload

Json = dict[str, Any]
_SHOWN = 300  # messages of a chat that the page loads


def for_page(desk: Desk) -> Json:
    """What the chat page shows: chats in order, each with people, commands and latest messages."""
    chats = [_chat(desk, chat, shown=_SHOWN) for chat in desk.chats.chats.values()]
    return {"bot": desk.bot, "now": desk.chats.unix(), "chats": chats}


def whole(desk: Desk, counter: Counter) -> Json:
    """Everything a test may ask for."""
    return {
        "bot": desk.bot,
        "now": desk.chats.unix(),
        "changes": desk.bell.changes,
        "chats": [_chat(desk, chat, shown=None) for chat in desk.chats.chats.values()],
        "calls": [_call(call) for call in counter.calls],
        "violations": counter.violations,
        "pending_updates": len(desk.updates),
        "presses": {query_id: vars(press) for query_id, press in desk.presses.items()},
    }


def _chat(desk: Desk, chat: Chat, *, shown: int | None) -> Json:
    messages = list(chat.messages.values())
    return {
        **chat.brief,
        "title": chat.title,
        "bot_status": chat.bot_status,
        "migrated_to": chat.migrated_to,
        "people": [_person(desk, chat, user_id) for user_id in chat.members if user_id != chat.bot_id],
        "messages": messages if shown is None else messages[-shown:],
        "reactions": {str(message_id): each for message_id, each in chat.reactions.items()},
    }


def _person(desk: Desk, chat: Chat, user_id: int) -> Json:
    status = chat.members[user_id]
    is_admin = status in ADMINS
    commands = desk.profile.shown_in(chat.id, is_group=chat.is_group, is_admin=is_admin)
    return {
        "id": user_id,
        "name": desk.chats.users[user_id]["first_name"],
        "admin": is_admin,
        "present": status in PRESENT,
        "commands": commands,
    }


def _call(call: Call) -> Json:
    return {**vars(call), "params": {name: _param(value) for name, value in call.params.items()}}


def _param(value: Any) -> Any:
    return {"filename": value.filename, "bytes": len(value.content)} if isinstance(value, Upload) else value
