"""Stage: a rule that is paused, has ended or was for once says nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.alerts.candidate import Candidate, Ground, Held


def hold(candidate: Candidate, ground: Ground) -> Held | None:
    rule = candidate.rule
    if rule.done_at is not None:
        return Held("once", "it was for once and has fired")
    if rule.paused:
        return Held("paused", "until it is resumed")
    today = ground.now.astimezone(ZoneInfo(ground.zone(rule.chat_id))).date()
    if rule.until is not None and today > rule.until:
        return Held("ended", f"its last day was {rule.until}")
    return None
