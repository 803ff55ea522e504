"""Where knowledge of X comes from: behind small protocols, so that another source is another module."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.confirming import Embed
from core.models import Answer, Count, Question


class Source(Protocol):
    """Answers questions; raises core.errors.SourceError when it cannot."""

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        """One search intent. `known` names narratives (slug, title) the source may reuse."""
        ...

    async def close(self) -> None: ...


class Meter(Protocol):
    """Says how many posts there were, hour by hour: volume only, never authors or evidence."""

    async def count(self, narrative_id: str, query: str, *, since: datetime, until: datetime) -> list[Count]:
        """Posts that match a narrative's stored query, oldest hour first, as far back as the meter reaches.

        Empty where no part of [since, until) can be measured. Raises core.errors.SourceError.
        """
        ...

    async def close(self) -> None: ...


class Lookup(Protocol):
    """Asks X itself about single posts: do they exist, and who wrote what?"""

    async def look_up(self, post_id: str) -> Embed | None:
        """What X shows of the post, or that it is gone; None = it could not be told. Never raises."""
        ...

    async def close(self) -> None: ...
