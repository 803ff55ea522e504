"""Words a model found for facts it was given: kept only where they cite those facts."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime

from core.models.base import Fact


class Bullet(Fact):
    """One line, and the ids of the posts it rests on."""

    text: str
    post_ids: tuple[str, ...]


class Words(Fact):
    """A headline and a few lines about rows the model was given."""

    headline: str
    bullets: tuple[Bullet, ...]


class WordingState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Wording(Fact):
    """Words that were asked for. `key` is a hash of kind, language and facts: equal facts are worded once."""

    key: str
    kind: Literal["explanation", "digest"]
    language: str
    narrative_id: str | None = None  # explanation only
    facts: dict[str, Any]  # the rows the words may be about
    asked_at: AwareDatetime
    state: WordingState = WordingState.WAITING
    words: Words | None = None
    reason: str | None = None  # why it failed
    ended_at: AwareDatetime | None = None


class WordingTarget(Fact):
    """A message that waits for words: rendered again from `payload` when they arrive."""

    key: str
    chat_id: int
    message_id: int
    payload: dict[str, Any]
