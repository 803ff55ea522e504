"""What the server remembers of every call, so that a test can reconcile both sides."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Door = Literal["counts", "oembed"]


@dataclass(slots=True)
class Call:
    """One GET. Filled in as the call goes on."""

    number: int  # from 1
    at: datetime  # app time
    door: Door
    params: dict[str, str] = field(default_factory=dict)
    status: int | None = None  # HTTP; None while the call runs or when no answer was sent
    faults: list[str] = field(default_factory=list)  # kinds
    billed_ticks: int = 0
    delivered: bool = False  # the answer was handed over to its end

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}
