"""Where posts come from: behind one small protocol, so that another source is another module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.models import Answer, Question


class Source(Protocol):
    """Answers questions; raises core.errors.SourceError when it cannot."""

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        """One search intent. `known` names narratives (slug, title) the source may reuse."""
        ...

    async def close(self) -> None: ...
