"""Stage: no alert is made of what looks coordinated."""

from __future__ import annotations

from core.alerts.candidate import Candidate, Ground, Held
from core.signals.coordination import suspicious


def hold(candidate: Candidate, _ground: Ground) -> Held | None:
    found = candidate.score.coordination if candidate.score else None
    if found is None or not suspicious(found):
        return None
    traces = ", ".join(f"{t.sign} {t.count} of {t.of}" for t in found.traces)
    return Held("coordination", f"{found.category}: {traces}")
