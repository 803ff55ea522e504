"""Errors, named for what the caller must do.

InternError
├── ConfigError        the operator mends a setting; the start stops
├── BadInput           whoever typed it mends it; the sentence says how
│   └── BadRule        … and which word of the line it is
└── SourceError        a question to the outside world got no usable answer
    ├── Retry          ask again, not before `retry_after` seconds
    ├── OutOfCredit    wait for money: no retry helps
    ├── CapReached     wait for `until`: our own spending cap holds
    ├── Misconfigured  the operator mends key or model: no retry helps
    └── Rejected       drop this answer and go on
"""

from __future__ import annotations

from datetime import datetime


class InternError(Exception):
    """Base of everything INTERN raises on purpose; its text is a sentence a person can act on."""


class ConfigError(InternError):
    """A setting is missing or wrong: the sentence names it and says what to do."""


class BadInput(InternError):
    """Something typed or read cannot be understood: the sentence says what would be."""


class BadRule(BadInput):
    """A line of the rule language that cannot be understood, and the word at which it went wrong."""

    def __init__(
        self, message: str, *, position: int, word: str, expected: tuple[str, ...] = (), nearest: str = ""
    ) -> None:
        super().__init__(message)
        self.position = position  # of the word's first character in the line
        self.word = word  # "": the line ended too early
        self.expected = expected  # in plain words
        self.nearest = nearest  # the valid word most like it


class SourceError(InternError):
    """A question got no usable answer. `fault` is the short name that is counted and shown."""

    fault = "failed"


class Retry(SourceError):
    """Busy, broken or out of reach for the moment."""

    fault = "unreachable"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutOfCredit(SourceError):
    """The xAI account has no money left."""

    fault = "out of credit"


class CapReached(SourceError):
    """Our own cap on spending holds until `until`."""

    fault = "daily cap reached"

    def __init__(self, message: str, *, until: datetime, fault: str = "daily cap reached") -> None:
        super().__init__(message)
        self.fault = fault  # hourly | daily | monthly cap reached
        self.until = until


class Misconfigured(SourceError):
    """Key, model or request shape is wrong; asking again changes nothing."""

    fault = "misconfigured"


class Rejected(SourceError):
    """An answer arrived and cannot be trusted or read."""

    def __init__(self, message: str, *, fault: str) -> None:
        super().__init__(message)
        self.fault = fault
