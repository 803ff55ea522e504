"""What every fact is made of: frozen, timezone-aware, checked once where it is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Unit = Annotated[float, Field(ge=0.0, le=1.0)]
Window = Literal["1h", "4h", "24h", "7d", "30d"]
WINDOWS: dict[Window, int] = {"1h": 1, "4h": 4, "24h": 24, "7d": 168, "30d": 720}  # hours


class Fact(BaseModel):
    """Base of all models: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
