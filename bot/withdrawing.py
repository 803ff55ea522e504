"""A chat that asks for silence means what is on its way to it as well."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from core.alerts import stale
from storage import alerts, withdrawing


async def withdraw(
    c: AsyncConnection,
    chat_id: int,
    now: datetime,
    why: Literal["muted", "snoozed", "off"],
    *,
    narrative_ids: Collection[str] | None = None,
    rules: Collection[str] | None = None,
) -> None:
    """Alerts about these narratives or by these rules (None: any) that have not begun to leave stay here, and
    the reason is written down. In the transaction that writes the silence."""
    gone = await withdrawing.withdraw(
        c, chat_id, f"{why} before it left", narrative_ids=narrative_ids, rules=rules
    )
    await alerts.append_decisions(c, [stale.withdrawn(firing, now, why) for firing in gone])
