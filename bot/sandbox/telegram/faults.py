"""Trouble on demand: what the network and Telegram do to a call when a test or the demo asks for it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .refusals import Refusal, bad_request, forbidden, too_many, upgraded


class FaultKind(StrEnum):
    """What goes wrong. The comment says whether the call still takes effect."""

    RETRY_AFTER = "retry_after"  # no: 429 with parameters.retry_after
    TOO_MANY = "too_many"  # no: 429 without parameters
    FORBIDDEN = "forbidden"  # no: 403 with `text`
    BAD_REQUEST = "bad_request"  # no: 400 with `text`
    CHAT_NOT_FOUND = "chat_not_found"  # no: 400
    MIGRATE = "migrate"  # no: 400 with migrate_to_chat_id
    SERVER_ERROR = "server_error"  # no: 500 as JSON
    BAD_GATEWAY = "bad_gateway"  # no: 502 as an HTML page
    TRUNCATED = "truncated"  # yes, but its JSON answer breaks off
    RESET_BEFORE = "reset_before"  # no: the connection is reset
    RESET_AFTER = "reset_after"  # yes, then the connection is reset: the sender cannot know
    SLOW = "slow"  # yes, `delay` seconds later


class Fault(BaseModel):
    """One rule. It strikes calls of `method` (None: any but getUpdates) for `chat_id` (None: any).

    `times` None: for ever. `probability` is drawn for every matching call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    times: int | None = Field(default=1, ge=1)
    probability: float = Field(default=1.0, gt=0.0, le=1.0)
    retry_after: int = Field(default=1, ge=1)
    text: str = "bot was blocked by the user"
    migrate_to_chat_id: int | None = None
    delay: float = Field(default=1.0, ge=0.0, le=600.0)

    @model_validator(mode="after")
    def _migration_has_a_goal(self) -> Fault:
        if self.kind is FaultKind.MIGRATE and self.migrate_to_chat_id is None:
            raise ValueError("a migrate fault needs migrate_to_chat_id")
        return self

    def refusal(self) -> Refusal | None:
        """The error answer of this kind; None for those that are no plain JSON error."""
        plain = {
            FaultKind.RETRY_AFTER: too_many(self.retry_after),
            FaultKind.TOO_MANY: Refusal(429, "Too Many Requests"),
            FaultKind.FORBIDDEN: forbidden(self.text),
            FaultKind.BAD_REQUEST: bad_request(self.text),
            FaultKind.CHAT_NOT_FOUND: bad_request("chat not found"),
            FaultKind.MIGRATE: upgraded(self.migrate_to_chat_id or 0),
            FaultKind.SERVER_ERROR: Refusal(500, "Internal Server Error"),
        }
        return plain.get(self.kind)

    def matches(self, method: str, chat_id: int | None) -> bool:
        """Whether the rule speaks of this call; names of methods are compared without case."""
        if self.method is None and method == "getUpdates":
            return False
        same_method = self.method is None or self.method.lower() == method.lower()
        return same_method and (self.chat_id is None or self.chat_id == chat_id)


@dataclass
class _Rule:
    fault: Fault
    left: int | None


class Faults:
    """The rules in force, oldest first; a call meets at most one of them."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._rules: list[_Rule] = []

    def add(self, fault: Fault) -> None:
        """Put a rule into force."""
        self._rules.append(_Rule(fault, fault.times))

    def clear(self) -> None:
        """From now on everything works."""
        self._rules.clear()

    def strike(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault this call meets, used up by one; None when it is spared."""
        for rule in self._rules:
            if rule.fault.matches(method, chat_id) and self._random.random() < rule.fault.probability:
                self._use(rule)
                return rule.fault
        return None

    def _use(self, rule: _Rule) -> None:
        if rule.left is None:
            return
        rule.left -= 1
        if rule.left == 0:
            self._rules.remove(rule)
