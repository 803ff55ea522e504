"""What calls cost."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from core.models.base import Fact


class SpendEntry(Fact):
    """One line of the spend ledger. `settled_ticks` None: reserved, not (yet) billed as far as we know."""

    id: str
    at: AwareDatetime
    purpose: str  # discover | refresh | backfill | grading | words …
    narrative_id: str | None = None
    reserved_ticks: int = Field(ge=0)
    settled_ticks: int | None = None
    response_id: str | None = None
