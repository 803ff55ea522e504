"""What a failed send means: try again, or end in a state with a reason a person can read.

The texts matched here are Telegram's own (the official Bot API server, Client.cpp). A message that may have
arrived is never sent again: it ends as `unknown`. An edit may be made twice: the message reads the same.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Literal

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiohttp import ClientConnectorError, ConnectionTimeoutError

from core.models import EDITS, Delivery

_GONE = {
    "bot was blocked": "blocked by the user",
    "user is deactivated": "the account was deleted",
    "bot was kicked": "removed from the chat",
    "not a member": "not a member of the chat",
    "group chat was deleted": "the group was deleted",
    "can't initiate conversation": "the user never started the bot",
    "chat not found": "the chat does not exist any more",
    "private chat not found": "the chat does not exist any more",
}
LONGEST = 900.0  # seconds between two tries
_RIGHTS = ("not enough rights", "have no rights", "CHAT_WRITE_FORBIDDEN", "need administrator rights")
_CLOSED = ("TOPIC_CLOSED", "topic_closed")
_TOPIC = ("message thread not found", "TOPIC_DELETED", *_CLOSED)


@dataclass(frozen=True, slots=True)
class Failure:
    """`then`: again (after `wait` real seconds), dead or unknown."""

    then: Literal["again", "dead", "unknown"]
    reason: str
    wait: float = 0.0
    pause_pacer: bool = False
    pause_chat: bool = False
    drop_thread: bool = False
    moved_to: int | None = None


def diagnose(error: Exception, delivery: Delivery, max_attempts: int) -> Failure:
    """What one failed attempt to send `delivery` means."""
    if isinstance(error, TelegramMigrateToChat):
        return Failure("again", "the group became a supergroup", moved_to=error.migrate_to_chat_id)
    if isinstance(error, TelegramNetworkError):
        return _cut_off(error, delivery, max_attempts)
    if delivery.attempts + 1 >= max_attempts:
        return Failure("dead", f"gave up after {max_attempts} attempts: {_short(error)}")
    if isinstance(error, TelegramForbiddenError | TelegramBadRequest):
        return _refused(error, delivery)
    return _troubled(error, delivery)


def _troubled(error: Exception, delivery: Delivery) -> Failure:
    """Telegram or the way to it had a problem of its own."""
    if isinstance(error, TelegramRetryAfter):
        return Failure("again", "Telegram asked for a pause", wait=error.retry_after, pause_pacer=True)
    if isinstance(error, ClientDecodeError):
        return _undecodable(error, delivery)
    if isinstance(error, UnicodeDecodeError):
        return _torn(delivery)  # cut within a letter, aiohttp cannot even make it text
    if isinstance(error, TelegramAPIError):
        return Failure("again", f"Telegram had trouble: {_short(error)}", wait=_backoff(delivery))
    return Failure("dead", f"could not be written: {_short(error)}")


def _refused(error: TelegramAPIError, delivery: Delivery) -> Failure:
    text = str(error)
    for phrase, reason in _GONE.items():
        if phrase in text:
            return Failure("dead", reason, pause_chat=True)
    if any(phrase in text for phrase in _RIGHTS):
        return Failure("dead", "no right to write there", pause_chat=True)
    if delivery.thread_id is not None and any(phrase in text for phrase in _TOPIC):
        return Failure("again", "its topic is gone", drop_thread=True)
    if any(phrase in text for phrase in _CLOSED):
        return Failure("dead", "its General topic is closed", pause_chat=True)
    if isinstance(error, TelegramForbiddenError):
        return Failure("dead", _short(error), pause_chat=True)
    return Failure("dead", f"refused: {_short(error)}")


def _cut_off(error: TelegramNetworkError, delivery: Delivery, max_attempts: int) -> Failure:
    never_left = isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError)
    if not never_left and delivery.kind not in EDITS:
        return Failure("unknown", "the connection broke while sending; it may have arrived")
    if delivery.attempts + 1 >= max_attempts * 4:
        return Failure("dead", "Telegram was out of reach for too long")
    return Failure("again", "Telegram is out of reach", wait=_backoff(delivery))


def _undecodable(error: ClientDecodeError, delivery: Delivery) -> Failure:
    """A gateway's HTML page means it never arrived; a torn or odd JSON answer may mean anything."""
    data = error.data if isinstance(error.data, str) else json.dumps(error.data, default=str)
    if data.lstrip().startswith("<"):
        return Failure("again", "a gateway answered for Telegram", wait=_backoff(delivery))
    return _torn(delivery)


def _torn(delivery: Delivery) -> Failure:
    if delivery.kind in EDITS:
        return Failure("again", "Telegram's answer was unreadable", wait=_backoff(delivery))
    return Failure("unknown", "Telegram's answer was unreadable; it may have arrived")


def _backoff(delivery: Delivery) -> float:
    """1, 2, 4 … s with jitter, at most a quarter of an hour."""
    return min(LONGEST, float(2**delivery.attempts) * random.uniform(0.75, 1.25))


def _short(error: Exception) -> str:
    return str(error).replace("\n", " ")[:160]
