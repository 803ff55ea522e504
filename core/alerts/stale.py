"""After the stages: an alert that was not sent in time, or not wanted any more before it was."""

from __future__ import annotations

from datetime import datetime

from core.alerts.params import AlertParams
from core.models import Decision, Firing


def expired(firing: Firing, now: datetime, params: AlertParams) -> Decision | None:
    """The decision that takes the alert's place once it is too old; None while it is not."""
    if now - firing.at < params.stale:
        return None
    return _instead(firing, now, "expired", f"decided at {firing.at:%Y-%m-%d %H:%M} UTC and not sent in time")


def withdrawn(firing: Firing, now: datetime, reason: str) -> Decision:
    """The decision that takes the place of an alert its chat silenced while it waited; `reason` as the
    stages have it: muted, snoozed or off."""
    return _instead(
        firing, now, reason, f"decided at {firing.at:%Y-%m-%d %H:%M} UTC, silenced before it left"
    )


def _instead(firing: Firing, now: datetime, reason: str, detail: str) -> Decision:
    return Decision(
        cycle_id=firing.cycle_id,
        narrative_id=firing.narrative_id,
        rule=firing.rule,
        chat_id=firing.chat_id,
        fired=False,
        reason=reason,
        detail=detail,
        at=now,
        surprise=firing.surprise,
    )
