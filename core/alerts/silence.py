"""Stage: what the chat does not want to hear of: ignored, muted, snoozed, kinds that are off."""

from __future__ import annotations

from core.alerts.candidate import Candidate, Ground, Held
from core.alerts.moment import means
from core.models.attention import Mode, Silence


def hold(candidate: Candidate, ground: Ground) -> Held | None:
    allowed = ground.allows(candidate.rule.chat_id)
    narrative = candidate.narrative
    if narrative is not None:
        for scope in allowed.ignore:
            if means(scope, narrative, ground.followed):
                return Held("ignored", f"{scope.kind} {scope.name}")
    silences = [s for s in allowed.silences if s.holds(ground.now) and _meant(s, candidate, ground)]
    muted = [silence.since for silence in silences if silence.until is None]
    if muted:
        return Held("muted", "until it is unmuted", min(muted))
    if silences:
        until = max(silence.until for silence in silences if silence.until)
        return Held("snoozed", f"until {until:%Y-%m-%d %H:%M} UTC", until)
    if allowed.mode(candidate.kind) is Mode.OFF:
        return Held("off", f"{candidate.kind} are off in this chat")
    return None


def _meant(silence: Silence, candidate: Candidate, ground: Ground) -> bool:
    """Whether it is about this one; a mute of a merged narrative is a mute of the one it leads to."""
    if silence.target == "narrative":
        return ground.followed(silence.id) == candidate.narrative_id
    return silence.target == "chat" or silence.id == candidate.rule.id
