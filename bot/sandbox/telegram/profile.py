"""What the bot says about itself: commands by scope and language, description, short description."""

from __future__ import annotations

import json
import re
from typing import Any

from .refusals import misuse

Json = dict[str, Any]
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MOST_COMMANDS = 100


class Profile:
    """Stored per scope and language; "" is the language of everybody else."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self.descriptions: dict[str, str] = {}
        self.short_descriptions: dict[str, str] = {}

    def set_commands(self, commands: list[Json], scope: Json | None, language: str) -> None:
        """Replace a scope's commands. Raises Violation for a name Telegram would not take."""
        if len(commands) > MOST_COMMANDS:
            raise misuse("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not _COMMAND.fullmatch(command["command"]):
                raise misuse("BOT_COMMAND_INVALID")
        self._commands[_key(scope), language] = commands

    def delete_commands(self, scope: Json | None, language: str) -> None:
        """Forget a scope's commands, if it has any."""
        self._commands.pop((_key(scope), language), None)

    def commands(self, scope: Json | None, language: str) -> list[Json]:
        """Exactly what was set for this scope and language."""
        return self._commands.get((_key(scope), language), [])

    def shown_in(self, chat_id: int, *, is_group: bool, is_admin: bool) -> list[Json]:
        """What a client suggests after "/": the commands of the narrowest scope that has any."""
        scopes: list[Json] = [{"type": "chat", "chat_id": chat_id}]
        if is_group and is_admin:
            scopes.insert(0, {"type": "chat_administrators", "chat_id": chat_id})
            scopes.append({"type": "all_chat_administrators"})
        scopes.append({"type": "all_group_chats" if is_group else "all_private_chats"})
        scopes.append({"type": "default"})
        return next((found for scope in scopes if (found := self.commands(scope, ""))), [])


def _key(scope: Json | None) -> str:
    return json.dumps(scope or {"type": "default"}, sort_keys=True)
