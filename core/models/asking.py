"""What we ask and what comes back."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from core.models.base import Fact


class QuestionKind(StrEnum):
    DISCOVER = "discover"  # what is being talked about?
    REFRESH = "refresh"  # what is new in this narrative?
    BACKFILL = "backfill"  # what was said of it in a stretch of its past: asked and counted like a refresh


class Question(Fact):
    """One search intent: exactly one X search with our own query over one window of time."""

    kind: QuestionKind
    query: str  # X search operators, built by our code, without time operators
    tool: Literal["x_keyword_search", "x_semantic_search"] = "x_keyword_search"
    mode: Literal["Latest", "Top"] = "Latest"  # of a keyword search; a semantic one has none
    limit: int = Field(default=10, ge=1, le=50)
    since: AwareDatetime
    until: AwareDatetime
    narrative_id: str | None = None  # refresh and backfill only
    follows: bool = False  # a refresh because chats follow it: its cost is shown apart
    grades: bool = False  # a refresh that an alert's grade needs: its cost is the alert's

    @property
    def meters(self) -> bool:
        """Whether its answer can measure a rate: newest first by keywords; everything else is a choice."""
        return self.tool == "x_keyword_search" and self.mode == "Latest"

    @property
    def purpose(self) -> str:
        """What the ledger books it under."""
        if self.grades:
            return "grading"
        return "following" if self.follows else self.kind.value


class Search(Fact):
    """One search the model really made, read back from the tool call's arguments."""

    tool: str
    query: str = ""
    mode: str = ""
    limit: int | None = None


class Usage(Fact):
    """What one call used and cost. Ticks: 10^10 to the dollar; None when the answer did not say."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    searches: int = 0
    posts_fetched: int = 0
    users_fetched: int = 0
    cost_ticks: int | None = None


class Answer(Fact):
    """A Grok answer as it came over the wire: everything in `document` is a claim."""

    response_id: str
    served_model: str
    version: str = "1"  # of the prompt and the schema: samples of different versions do not mix
    status: str  # completed | incomplete | failed | cancelled
    searches: tuple[Search, ...] = ()
    cited: frozenset[str] = frozenset()  # post ids in the citations: the only ids that can count
    document: Any = None  # the model's JSON, unchecked; None when it was not JSON
    usage: Usage = Usage()
