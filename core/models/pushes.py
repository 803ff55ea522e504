"""What leaves for chats unasked: decisions, firings, deliveries, digests."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from core.models.base import Fact
from core.models.feedback import FeedbackWeek
from core.models.narratives import Category, Phase


class Decision(Fact):
    """Why an alert did or did not go out. `chat_id` None: true for every chat."""

    cycle_id: str
    narrative_id: str
    rule: str
    chat_id: int | None
    fired: bool
    reason: str  # surprise | new story | escalated | warm-up | evidence | cooldown | confidence | …
    detail: str = ""  # in words
    at: AwareDatetime
    surprise: float = Field(ge=0.0)


class Firing(Fact):
    """One time a rule became true for a chat."""

    id: str
    chat_id: int
    narrative_id: str
    rule: str
    cycle_id: str
    at: AwareDatetime
    surprise: float = Field(ge=0.0)
    phase: Phase
    facts: dict[str, Any]  # what the message will be made of: facts, not text
    told_by: str | None = None  # the firing whose message tells this one too: same story, same turn
    bundle: str | None = None  # several stories at once: firings of one bundle are one message
    silent: bool = False  # to be delivered without a sound


class Fired(NamedTuple):
    """What later decisions have to know of a firing."""

    chat_id: int
    rule: str
    narrative_id: str
    cycle_id: str
    at: datetime
    surprise: float
    phase: Phase


class DeliveryKind(StrEnum):
    NEW = "new"
    DIGEST = "digest"
    EDIT = "edit"  # of a message already sent: payload["message_id"]
    WITHDRAW = "withdraw"  # an edit that takes an alert back
    REPLY = "reply"  # an answer to a message already sent: payload["reply_to"]
    NOTICE = "notice"  # to the operator


EDITS = frozenset({DeliveryKind.EDIT, DeliveryKind.WITHDRAW})  # twice is as good as once


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


class Delivery(Fact):
    """One message on its way to one chat. Unique by (cause, chat_id, kind)."""

    id: int
    cause: str  # "firing:<id>", "digest:<date>", "words:<key>:<message>" or "notice:<what>:<when>"
    chat_id: int
    kind: DeliveryKind
    thread_id: int | None = None
    payload: dict[str, Any]
    payload_version: int = 1
    silent: bool = False  # without a sound
    priority: int = 0  # higher goes first: alerts 10, digests 0
    state: DeliveryState = DeliveryState.PENDING
    due_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    attempts: int = 0
    message_id: int | None = None
    sent_at: AwareDatetime | None = None
    reason: str | None = None


class DigestLine(Fact):
    """One narrative's change since this chat's last digest."""

    narrative_id: str
    title: str
    slug: str
    change: Literal["new", "up", "down", "phase", "same", "gone"]
    phase: Phase
    was: Phase | None = None
    rank: int | None
    was_rank: int | None = None
    ratio: float
    posts: int
    authors: int
    sentiment: float | None = None
    evidence: tuple[str, ...] = ()
    coordination: Category | None = None


class HeldBack(Fact):
    """A story that was kept from a chat until its next digest."""

    narrative_id: str
    title: str  # "": the market as a whole
    reason: str  # budget | quiet hours | cooldown | snoozed | expired
    at: AwareDatetime
    surprise: float = Field(ge=0.0)


class Note(Fact):
    """What a chat without a digest reads in the morning."""

    held: tuple[HeldBack, ...] = ()
    feedback: FeedbackWeek | None = None  # on Mondays: what the chat thought of its alerts
    titles: dict[str, str] = Field(default_factory=dict)  # of the narratives `feedback` names


class Digest(Note):
    """What moved since this chat's last digest, and what was kept for it."""

    since: AwareDatetime
    until: AwareDatetime
    lines: tuple[DigestLine, ...]
    unchanged: int = 0
    watched: int = 0
    data_until: AwareDatetime | None = None
