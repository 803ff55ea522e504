"""After the stages: an alert that could not be sent in time is told in the digest instead."""

from __future__ import annotations

from datetime import datetime

from core.alerts.params import AlertParams
from core.models import Decision, Firing


def expired(firing: Firing, now: datetime, params: AlertParams) -> Decision | None:
    """The decision that takes the alert's place once it is too old; None while it is not."""
    if now - firing.at < params.stale:
        return None
    return Decision(
        cycle_id=firing.cycle_id,
        narrative_id=firing.narrative_id,
        rule=firing.rule,
        chat_id=firing.chat_id,
        fired=False,
        reason="expired",
        detail=f"decided at {firing.at:%Y-%m-%d %H:%M} UTC and not sent in time",
        at=now,
        surprise=firing.surprise,
    )
