"""Chats, their people and their messages, as the server keeps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.errors import BadInput

from . import schema
from .bell import Bell
from .refusals import GROUP_KINDS, Refusal, bad_request, forbidden, upgraded

Json = dict[str, Any]
Kind = Literal["private", "group", "supergroup"]
Status = Literal["creator", "administrator", "member", "left", "kicked"]
PRESENT: frozenset[str] = frozenset({"creator", "administrator", "member"})
ADMINS: frozenset[str] = frozenset({"creator", "administrator"})
ANONYMOUS_ADMIN: Json = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}


@dataclass
class Chat:
    """One chat; the bot is among its members."""

    id: int
    kind: Kind
    title: str
    bot_id: int
    forum: bool = False
    members: dict[int, Status] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)
    reactions: dict[int, list[Json]] = field(default_factory=dict)  # of the bot, by message
    topics: dict[int, str] = field(default_factory=dict)
    migrated_to: int | None = None
    last_id: int = 0  # of its messages, in a supergroup

    @property
    def is_group(self) -> bool:
        return self.kind != "private"

    @property
    def bot_status(self) -> Status:
        return self.members[self.bot_id]

    @property
    def brief(self) -> Json:
        """The Chat object inside messages and updates."""
        name = {"title": self.title} if self.is_group else {"first_name": self.title}
        return {"id": self.id, "type": self.kind, **name} | ({"is_forum": True} if self.forum else {})

    def admins(self) -> list[int]:
        """Ids of the people and bots with rights, owner first."""
        found = [user_id for user_id, status in self.members.items() if status in ADMINS]
        return sorted(found, key=lambda user_id: self.members[user_id] != "creator")


class ChatBook:
    """All chats and users of the sandbox."""

    def __init__(self, bot: Json, now: Callable[[], datetime], bell: Bell) -> None:
        self.bot = bot
        self.users: dict[int, Json] = {bot["id"]: bot}
        self.chats: dict[int, Chat] = {}
        self._now = now
        self._bell = bell
        self._last_id = 0  # private chats and basic groups share one numbering, supergroups have their own

    def unix(self) -> int:
        """App time as Telegram writes it: whole seconds since 1970."""
        return int(self._now().timestamp())

    def known(self, chat_id: int) -> Chat:
        """The chat. Raises BadInput when there is none: for what users do."""
        if chat_id not in self.chats:
            there = ", ".join(str(each) for each in self.chats) or "none yet"
            raise BadInput(f"There is no chat {chat_id}; there are: {there}.")
        return self.chats[chat_id]

    def reach(self, chat_id: int | str) -> Chat:
        """The chat a method names. Raises the Refusal Telegram gives when the bot cannot reach it."""
        chat = self.chats.get(int(chat_id)) if str(chat_id).lstrip("-").isdecimal() else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise upgraded(chat.migrated_to)
        if chat.bot_status not in PRESENT:
            raise _shut_out(chat)
        return chat

    def message(self, chat: Chat, message_id: int | None, *, purpose: str) -> Json:
        """A message of the chat. Raises "message to … not found"."""
        if message_id is None or message_id not in chat.messages:
            raise bad_request(f"message to {purpose} not found")
        return chat.messages[message_id]

    def post(self, chat: Chat, sender: Json, fields: Json, *, thread_id: int | None = None) -> Json:
        """Add a message to a chat and show it."""
        message: Json = {
            "message_id": self._next_id(chat),
            "from": sender,
            "chat": chat.brief,
            "date": self.unix(),
        }
        if thread_id is not None:
            message |= {"message_thread_id": thread_id, "is_topic_message": True}
        message |= fields
        chat.messages[message["message_id"]] = message
        self._bell.ring({"kind": "message", "chat_id": chat.id, "message": message})
        return message

    def edit(self, chat: Chat, message: Json, changes: Json) -> Json:
        """The message with its fields replaced; a field set to None is gone."""
        edited = {key: value for key, value in {**message, **changes}.items() if value is not None}
        chat.messages[message["message_id"]] = edited
        self._bell.ring({"kind": "edited", "chat_id": chat.id, "message": edited})
        return edited

    def delete(self, chat: Chat, message_id: int) -> None:
        """Take a message out of the chat, for everybody."""
        del chat.messages[message_id]
        chat.reactions.pop(message_id, None)
        self._bell.ring({"kind": "deleted", "chat_id": chat.id, "message_id": message_id})

    def member(self, chat: Chat, user_id: int) -> Json:
        """The ChatMember object of a user; somebody unknown to the chat has left it."""
        return self.as_member(user_id, chat.members.get(user_id, "left"))

    def as_member(self, user_id: int, status: Status) -> Json:
        """A ChatMember of the given status."""
        base: Json = {"status": status, "user": self.users[user_id]}
        if status == "creator":
            return base | {"is_anonymous": False}
        if status == "kicked":
            return base | {"until_date": 0}
        return base | (_all_rights() if status == "administrator" else {})

    def bot_sees(self, chat: Chat, message: Json) -> bool:
        """Privacy mode, which is on for new bots: in groups only commands for it and replies to it."""
        if not chat.is_group or chat.bot_status in ADMINS:
            return chat.bot_status in PRESENT
        if chat.bot_status not in PRESENT:
            return False
        if message.get("reply_to_message", {}).get("from", {}).get("id") == chat.bot_id:
            return True
        word = next(iter(str(message.get("text") or message.get("caption") or "").split()), "")
        return word.startswith("/") and word.partition("@")[2].lower() in ("", self.bot["username"])

    def _next_id(self, chat: Chat) -> int:
        if chat.kind == "supergroup":
            chat.last_id += 1
            return chat.last_id
        self._last_id += 1
        return self._last_id


def _all_rights() -> Json:
    """Every right an administrator can have, except anonymity."""
    rules = schema.load().fields("ChatMemberAdministrator")
    flags = [name for name, rule in rules.items() if rule["required"] and rule["types"] == ["Boolean"]]
    return {name: name not in ("is_anonymous", "can_be_edited") for name in flags}


def _shut_out(chat: Chat) -> Refusal:
    if not chat.is_group:
        return forbidden("bot was blocked by the user")
    where = GROUP_KINDS[chat.kind]
    if chat.bot_status == "kicked":
        return forbidden(f"bot was kicked from the {where}")
    return forbidden(f"bot is not a member of the {where}")
