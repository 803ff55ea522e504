"""What people do in Telegram: join, write, press, block, promote. Each act reaches the bot as Telegram would
tell it.

Arranging a scene (`add_private`, `add_group`, `add_topic`) is silent; everything else is an event.
"""

from __future__ import annotations

from typing import Any, Literal

from core.errors import BadInput

from .chats import ADMINS, ANONYMOUS_ADMIN, PRESENT, Chat, Status
from .desk import Desk, Press
from .entities import as_fields, format_text
from .keyboards import has_button
from .pictures import Upload
from .writing import CAPTION_LIMIT, TEXT_LIMIT

Json = dict[str, Any]
SUPERGROUPS = -1_000_000_000_000


class Acts:
    """The people of the sandbox. Every method raises BadInput when somebody could not do that."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._book = desk.chats

    # --- arranging a scene ---------------------------------------------------------------------------------

    def add_private(self, user_id: int, name: str, language_code: str = "en") -> int:
        """A person who has started the bot; returns the chat's id, which is the person's."""
        self._person(user_id, name, language_code)
        self._open(Chat(user_id, "private", name, self._desk.bot["id"]), {user_id: "member"}, "member")
        return user_id

    def add_group(
        self,
        chat_id: int,
        title: str,
        members: dict[int, str],
        admins: list[int],
        *,
        kind: Literal["group", "supergroup"] = "group",
        bot: Status = "member",
        forum: bool = False,
    ) -> int:
        """A group of `members` (id → name), the first of `admins` its owner; returns its id.

        A supergroup's id lies below SUPERGROUPS (-1001234567890), a basic group's between that and 0.
        """
        self._check_group(chat_id, members, admins, kind)
        for user_id, name in members.items():
            self._person(user_id, name, "en")
        chat = Chat(chat_id, kind, title, self._desk.bot["id"], forum=forum)
        statuses: dict[int, Status] = dict.fromkeys(members, "member")
        statuses |= dict.fromkeys(admins, "administrator")
        self._open(chat, statuses | dict.fromkeys(admins[:1], "creator"), bot)
        return chat_id

    def add_topic(self, chat_id: int, name: str) -> int:
        """A topic of a forum; returns its message_thread_id."""
        chat = self._book.known(chat_id)
        if not chat.forum:
            raise BadInput(f"Chat {chat_id} is no forum; make it with forum=True.")
        owner = self._book.users[chat.admins()[0]]
        message = self._book.post(chat, owner, {"forum_topic_created": {"name": name, "icon_color": 7322096}})
        chat.topics[message["message_id"]] = name
        return int(message["message_id"])

    # --- writing and pressing ------------------------------------------------------------------------------

    def user_says(
        self,
        chat_id: int,
        user_id: int,
        text: str,
        *,
        reply_to: int | None = None,
        thread_id: int | None = None,
        anonymous: bool = False,
    ) -> Json:
        """Somebody writes; returns the message. `anonymous`: an admin writes as the group."""
        chat = self._present(chat_id, user_id)
        formatted = format_text(text, parse_mode=None, entities=None, limit=TEXT_LIMIT)
        if not formatted.text:
            raise BadInput("An empty message cannot be sent: write something.")
        fields = as_fields(formatted)
        if reply_to is not None:
            fields["reply_to_message"] = self._message(chat, reply_to)
        sender = self._book.users[user_id]
        if anonymous:
            self._check_admin(chat, user_id)
            sender, fields["sender_chat"] = ANONYMOUS_ADMIN, chat.brief
        if thread_id is not None and thread_id not in chat.topics:
            raise BadInput(f"Chat {chat_id} has no topic {thread_id}.")
        message = self._book.post(chat, sender, fields, thread_id=thread_id)
        if self._book.bot_sees(chat, message):
            self._desk.updates.push("message", message)
        return message

    def user_sends_file(
        self,
        chat_id: int,
        user_id: int,
        filename: str,
        content: bytes,
        *,
        caption: str = "",
        thread_id: int | None = None,
    ) -> Json:
        """Somebody sends a document; returns the message."""
        chat = self._present(chat_id, user_id)
        fields: Json = {"document": self._desk.papers.take(Upload(filename, content)).field}
        formatted = format_text(caption, parse_mode=None, entities=None, limit=CAPTION_LIMIT)
        if formatted.text:
            fields |= as_fields(formatted, text="caption", entities="caption_entities")
        message = self._book.post(chat, self._book.users[user_id], fields, thread_id=thread_id)
        if self._book.bot_sees(chat, message):
            self._desk.updates.push("message", message)
        return message

    def user_presses(
        self, chat_id: int, user_id: int, message_id: int, data: str, *, even_if_gone: bool = False
    ) -> str:
        """Somebody presses an inline button; returns the callback query's id.

        `even_if_gone`: a client that still shows an older keyboard.
        """
        chat = self._present(chat_id, user_id)
        message = self._message(chat, message_id)
        if not even_if_gone and not has_button(message.get("reply_markup"), data):
            raise BadInput(f"Message {message_id} has no button with the data {data!r}.")
        query_id = str(len(self._desk.presses) + 1)
        self._desk.presses[query_id] = Press(chat_id, user_id, message_id)
        query = {
            "id": query_id,
            "from": self._book.users[user_id],
            "message": message,
            "chat_instance": str(chat_id),
            "data": data,
        }
        self._desk.updates.push("callback_query", query)
        return query_id

    # --- the bot's place -----------------------------------------------------------------------------------

    def block(self, user_id: int) -> None:
        """The person blocks the bot."""
        self._move_bot(self._private(user_id), user_id, "kicked")

    def unblock(self, user_id: int) -> None:
        """The person lets the bot write again."""
        self._move_bot(self._private(user_id), user_id, "member")

    def add_bot(self, chat_id: int, user_id: int) -> None:
        """A member adds the bot to a group."""
        chat = self._present(chat_id, user_id)
        if chat.bot_status in PRESENT:
            raise BadInput(f"The bot is already in chat {chat_id}.")
        self._move_bot(chat, user_id, "member")
        fields = {"new_chat_members": [self._desk.bot]}
        self._desk.updates.push("message", self._book.post(chat, self._book.users[user_id], fields))

    def kick_bot(self, chat_id: int, user_id: int | None = None) -> None:
        """An admin (the owner when not named) throws the bot out of a group."""
        chat = self._group(chat_id)
        self._move_bot(chat, self._acting_admin(chat, user_id), "kicked")

    def promote(self, chat_id: int, user_id: int) -> None:
        """The owner makes somebody, perhaps the bot, an administrator."""
        self._rank(chat_id, user_id, "administrator")

    def demote(self, chat_id: int, user_id: int) -> None:
        """The owner takes the rights away again."""
        self._rank(chat_id, user_id, "member")

    def upgrade_group(self, chat_id: int) -> int:
        """A basic group becomes a supergroup; returns the new id. The old chat answers 400 from now on."""
        old = self._group(chat_id)
        if old.kind != "group" or old.migrated_to is not None:
            raise BadInput(f"Chat {chat_id} is no basic group any more.")
        new_id = SUPERGROUPS + chat_id
        sender = self._book.users[self._acting_admin(old, None)]
        new = Chat(new_id, "supergroup", old.title, old.bot_id, members=dict(old.members))
        self._book.chats[new_id] = new
        farewell = self._book.post(old, sender, {"migrate_to_chat_id": new_id})
        old.migrated_to = new_id
        welcome = self._book.post(new, sender, {"migrate_from_chat_id": chat_id})
        for message in (farewell, welcome):
            self._desk.updates.push("message", message)
        self._desk.bell.ring({"kind": "chats"})
        return new_id

    # --- what has to hold ----------------------------------------------------------------------------------

    def _person(self, user_id: int, name: str, language: str) -> None:
        if user_id <= 0 or user_id == self._desk.bot["id"]:
            raise BadInput(f"{user_id} cannot be a person's id: take a positive number other than the bot's.")
        person = {"id": user_id, "is_bot": False, "first_name": name, "language_code": language}
        self._book.users[user_id] = person

    def _open(self, chat: Chat, members: dict[int, Status], bot: Status) -> None:
        if chat.id in self._book.chats:
            raise BadInput(f"There is already a chat {chat.id}.")
        chat.members = members | {chat.bot_id: bot}
        self._book.chats[chat.id] = chat
        self._desk.bell.ring({"kind": "chats"})

    @staticmethod
    def _check_group(chat_id: int, members: dict[int, str], admins: list[int], kind: str) -> None:
        if chat_id >= 0 or (chat_id < SUPERGROUPS) != (kind == "supergroup"):
            raise BadInput(f"A supergroup's id lies below {SUPERGROUPS}, a basic group's between that and 0.")
        if not admins or not set(admins) <= members.keys():
            raise BadInput("A group needs at least one admin, and admins are members: add them to members.")

    def _present(self, chat_id: int, user_id: int) -> Chat:
        chat = self._book.known(chat_id)
        if chat.migrated_to is not None:
            raise BadInput(f"Chat {chat_id} lives on as {chat.migrated_to}.")
        if chat.members.get(user_id) not in PRESENT:
            raise BadInput(f"User {user_id} is not in chat {chat_id}.")
        if not chat.is_group and chat.bot_status == "kicked":
            raise BadInput(f"User {user_id} has blocked the bot: unblock first.")
        return chat

    def _group(self, chat_id: int) -> Chat:
        chat = self._book.known(chat_id)
        if not chat.is_group:
            raise BadInput(f"Chat {chat_id} is no group.")
        return chat

    def _private(self, user_id: int) -> Chat:
        chat = self._book.known(user_id)
        if chat.is_group:
            raise BadInput(f"Chat {user_id} is no private chat.")
        return chat

    @staticmethod
    def _message(chat: Chat, message_id: int) -> Json:
        if message_id not in chat.messages:
            raise BadInput(f"Chat {chat.id} has no message {message_id}.")
        return chat.messages[message_id]

    @staticmethod
    def _check_admin(chat: Chat, user_id: int) -> None:
        if chat.members[user_id] not in ADMINS:
            raise BadInput(f"Only an admin can do that, and user {user_id} is none in chat {chat.id}.")

    def _acting_admin(self, chat: Chat, user_id: int | None) -> int:
        if user_id is None:
            return next(each for each in chat.admins() if each != chat.bot_id)
        self._check_admin(self._present(chat.id, user_id), user_id)
        return user_id

    def _rank(self, chat_id: int, user_id: int, status: Status) -> None:
        chat = self._group(chat_id)
        if chat.members.get(user_id) not in ("administrator", "member"):
            raise BadInput(f"The rights of user {user_id} in chat {chat_id} cannot be changed.")
        if user_id == chat.bot_id:
            self._move_bot(chat, self._acting_admin(chat, None), status)
        else:
            chat.members[user_id] = status
            self._desk.bell.ring({"kind": "chats"})

    def _move_bot(self, chat: Chat, by: int, status: Status) -> None:
        old = self._book.member(chat, chat.bot_id)
        chat.members[chat.bot_id] = status
        self._desk.membership_changed(chat, by, old=old, new=self._book.member(chat, chat.bot_id))
