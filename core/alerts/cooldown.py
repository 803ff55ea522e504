"""Stage: told already. A cooldown per chat × narrative × rule, one firing per visit of what began at a moment
(hysteresis), and the escalation that breaks both."""

from __future__ import annotations

from datetime import timedelta

from core.alerts.candidate import RISE, Candidate, Ground, Held
from core.models import Fired


def hold(candidate: Candidate, ground: Ground) -> Held | None:
    last = ground.last_of(candidate)
    if last is not None and escalated(candidate, last, ground):
        return None
    until = last.at + length(candidate, ground) if last else None
    if until is not None and ground.now < until:
        return Held("cooldown", f"until {until:%Y-%m-%d %H:%M} UTC", until)
    since = candidate.since
    if since is not None and since <= candidate.rule.created_at:
        return Held("hysteresis", "it was so already when the rule was made")
    if since is not None and last is not None and since <= last.at:
        return Held("hysteresis", f"told at {last.at:%Y-%m-%d %H:%M} UTC and not over since")
    return None


def length(candidate: Candidate, ground: Ground) -> timedelta:
    hours = candidate.rule.cooldown_hours
    return ground.params.cooldown if hours is None else timedelta(hours=hours)


def escalated(candidate: Candidate, last: Fired, ground: Ground) -> str | None:
    """Why it is told again although it was told; None: there is no new reason."""
    grown = candidate.surprise - last.surprise
    if grown >= ground.params.escalation and ground.now - last.at >= ground.params.escalation_after:
        return f"surprise grew by {grown:.1f} since the last alert"
    if RISE[candidate.phase] > RISE[last.phase] and ground.now > last.at:
        return f"the phase rose from {last.phase} to {candidate.phase}"
    return None


def breaks(candidate: Candidate, ground: Ground) -> str | None:
    """Why a candidate that was told lately goes out again; None: it was not told lately."""
    last = ground.last_of(candidate)
    if last is None:
        return None
    cooling = ground.now < last.at + length(candidate, ground)
    visiting = candidate.since is not None and candidate.since <= last.at
    return escalated(candidate, last, ground) if cooling or visiting else None
