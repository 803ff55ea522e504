"""What can be made to go wrong, how often, in which order."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

REFUSING = {  # the call ends before the model works; nothing is billed
    "rate_limited": "429, with Retry-After when `retry_after` is given",
    "server_error": "500 with a JSON body",
    "unavailable": "503 with an HTML page",
    "out_of_credit": "the credit sentence with `status` 429 (default) or 403",
}
DELIVERING = {  # the model has worked and is paid, but the answer does not arrive well
    "reset": "the connection is cut half-way through the answer",
    "slow": "the answer comes after `delay` seconds",
    "stall": "half of the answer comes, then nothing until the client leaves",
    "timeout": "no answer comes until the client leaves",
    "broken_body": "the HTTP body is cut in the middle",
}
ANSWERING = {  # the answer arrives and is bad
    "broken_text": "the JSON in the model's text is cut in the middle",
    "invented_ids": "three claims whose ids are not in the citations",
    "wrong_times": "posts from before the window are cited and claimed",
    "future_posts": "posts of the next hours are cited and claimed",
    "ungrounded": "no search, no citations, invented content",
    "overlong": "the document is repeated to `size` characters (default ten million)",
    "incomplete": "status incomplete, reason max_output_tokens, text cut",
    "failed": "status failed with an error object, no text",
    "excess_searches": "every search is made and billed three times",
    "hostile_text": "markup, direction marks, lures and thousands of emoji in the texts",
    "liar": "of the claims `invented` have an id nobody cited, `misplaced` a real one outside the window",
}
KINDS = {**REFUSING, **DELIVERING, **ANSWERING}


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: for the next `count` calls (None = for all), each time with `probability`."""

    kind: str
    count: int | None = 1
    probability: float = 1.0
    retry_after: float | None = None
    delay: float = 1.0
    status: int = 429
    size: int = 10_000_000
    invented: float = 0.1  # share of a liar's claims
    misplaced: float = 0.05

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r}; there are {', '.join(KINDS)}.")
        if not 0 <= self.probability <= 1:
            raise ValueError("A fault's probability lies between 0 and 1.")
        if min(self.invented, self.misplaced) < 0 or self.invented + self.misplaced >= 1:
            raise ValueError(
                "The shares of invented and misplaced claims are 0 or more and below 1 together."
            )

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

    def take(self) -> list[Fault]:
        """The faults of the next call; of those that refuse it the first one only, the others wait."""
        taken: list[Fault] = []
        for place, (fault, happened) in enumerate(self._rules):
            waits = fault.kind in REFUSING and any(other.kind in REFUSING for other in taken)
            spent = fault.count is not None and happened >= fault.count
            if not waits and not spent and self._rng.random() < fault.probability:
                self._rules[place] = (fault, happened + 1)
                taken.append(fault)
        return taken
