"""Everything behind the counter: the bot's account, chats, waiting updates, pictures, commands, presses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.errors import BadInput

from .bell import Bell
from .chats import Chat, ChatBook
from .papers import Papers
from .pictures import Pictures
from .profile import Profile
from .updates import Updates

Json = dict[str, Any]


@dataclass
class Press:
    """An inline button was pressed; its client waits for answerCallbackQuery."""

    chat_id: int
    user_id: int
    message_id: int
    answer: Json | None = None


@dataclass
class Desk:
    """The state that methods, users and the page share."""

    bot: Json
    bell: Bell
    chats: ChatBook
    updates: Updates
    pictures: Pictures = field(default_factory=Pictures)
    papers: Papers = field(default_factory=Papers)
    profile: Profile = field(default_factory=Profile)
    presses: dict[str, Press] = field(default_factory=dict)

    @classmethod
    def open(cls, *, token: str, now: Callable[[], datetime]) -> Desk:
        """A desk without chats. Raises BadInput when the token is not "<bot id>:<secret>"."""
        number, colon, secret = token.partition(":")
        if not (number.isdecimal() and colon and secret):
            raise BadInput("A bot token is <bot id>:<secret>, for example 42:sandbox.")
        bot = {"id": int(number), "is_bot": True, "first_name": "INTERN", "username": "intern_sandbox_bot"}
        bell = Bell()
        return cls(bot=bot, bell=bell, chats=ChatBook(bot, now, bell), updates=Updates(bell))

    def membership_changed(self, chat: Chat, user_id: int, *, old: Json, new: Json) -> None:
        """Tell the bot that its own place in a chat changed, and the pages that the chat looks different."""
        update = {
            "chat": chat.brief,
            "from": self.chats.users[user_id],
            "date": self.chats.unix(),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self.updates.push("my_chat_member", update)
        self.bell.ring({"kind": "chats"})
