"""What can be made to go wrong, how often, at which door."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bot.sandbox.x.calls import Door

REFUSING = {  # nothing is served, nothing is billed
    "rate_limited": "429; `retry_after` seconds from now x-rate-limit-reset says",
    "server_error": "500 with a JSON body",
    "unavailable": "503 with an HTML page",
    "unauthorized": "401, or 403 with `status`",
    "out_of_credit": "402 with the credits problem, or with `status` 429 the usage cap",
}
DELIVERING = {  # served and billed, but the answer does not arrive well
    "reset": "the connection is cut half-way through the answer",
    "slow": "the answer comes after `delay` seconds",
    "timeout": "no answer comes until the client leaves",
    "garbage": "the body is cut in the middle of its JSON",
    "absurd": "JSON of the right form that cannot be true",
}
KINDS = {**REFUSING, **DELIVERING}


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: for the next `count` calls (None = for all), each time with `probability`."""

    kind: str
    count: int | None = 1
    probability: float = 1.0
    door: Door | None = None  # None: at both
    retry_after: float = 60.0
    delay: float = 1.0
    status: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r}; there are {', '.join(KINDS)}.")
        if not 0 <= self.probability <= 1:
            raise ValueError("A fault's probability lies between 0 and 1.")

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Fault:
        """From JSON. Raises ValueError with a sentence for an unknown kind or option."""
        unknown = set(given) - {field.name for field in fields(cls)}
        if unknown or "kind" not in given:
            raise ValueError(f"A fault has a kind and known options; unknown here: {sorted(unknown)}.")
        return cls(**given)


class Faults:
    """The rules in force. The same seed gives the same faults for the same sequence of calls."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = random.Random(f"{seed}/faults")
        self._rules: list[tuple[Fault, int]] = []  # with how often each has happened

    def add(self, kind: str, **options: Any) -> Fault:
        """Puts a rule in force: `add("rate_limited", count=2, retry_after=3)`. Raises ValueError."""
        return self.put(Fault(kind, **options))

    def put(self, fault: Fault) -> Fault:
        """Puts a rule in force after those that are."""
        self._rules.append((fault, 0))
        return fault

    def clear(self) -> None:
        self._rules.clear()

    def take(self, door: Door) -> Fault | None:
        """The fault of the next call at that door: the first rule that strikes, the others wait."""
        for place, (fault, happened) in enumerate(self._rules):
            spent = fault.count is not None and happened >= fault.count
            if fault.door not in (None, door) or spent:
                continue
            if self._rng.random() < fault.probability:
                self._rules[place] = (fault, happened + 1)
                return fault
        return None
