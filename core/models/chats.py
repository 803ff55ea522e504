"""The chats INTERN serves and what each asked for."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from core.models.base import Fact


class ChatKind(StrEnum):
    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class Chat(Fact):
    """A Telegram chat and what it asked for."""

    id: int
    kind: ChatKind
    title: str = ""
    thread_id: int | None = None  # forum topic its pushes go to
    zone: str = "UTC"
    language: str = "en"
    subscribed: bool = False
    digest_at: str | None = Field(default=None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")  # local HH:MM
    last_digest_at: AwareDatetime | None = None
    paused: str | None = None  # why pushes stopped (blocked, kicked …); None = they go on
    created_at: AwareDatetime
