"""Why a narrative stands where it stands, as facts: the sentences are written where it is shown."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.models.base import Fact

For = Literal["confirmed", "voices", "lasting", "spreading"]
Against = Literal["denied", "copies", "one voice", "split", "partly seen", "unconfirmed", "late", "young"]


class Reason(Fact):
    """One thing that speaks for a move being real and lasting, or against it, and posts that show it."""

    kind: For | Against
    n: int = Field(default=0, ge=0)  # what was counted …
    of: int = Field(default=0, ge=0)  # … of so many (voices: languages)
    post_ids: tuple[str, ...] = ()


class Fall(Fact):
    """The smallest change that would cost the place: fewer than `below` of what is `now`."""

    what: Literal["authors", "posts", "ratio"]
    below: float
    now: float
    to: Literal["next", "unranked"]  # behind the next in the list, or out of it


class Explanation(Fact):
    """Points that add up to the score, what would change the place, what speaks for and against."""

    points: dict[str, int] = Field(default_factory=dict)
    fall: Fall | None = None
    pro: tuple[Reason, ...] = ()
    con: tuple[Reason, ...] = ()
