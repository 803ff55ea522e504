"""Stages for rules that compare a narrative with its own past: what moved all of them, warm-up, confidence.

A new story has no usual that could have been measured differently, so none of this holds it.
"""

from __future__ import annotations

from core.alerts.candidate import Candidate, Ground, Held


def moved_with_all(candidate: Candidate, ground: Ground) -> Held | None:
    """What is no more than the move of all narratives is not news about this one."""
    score, common = candidate.score, ground.common
    if score is None or common is None or not candidate.compares or common.factor <= 1.0:
        return None
    if score.ratio >= common.factor * ground.params.beyond_common:
        return None
    return Held(
        common.kind,
        f"{common.narratives} of {common.of} narratives moved at once, to {common.factor:.1f}× their usual; "
        f"this one to {score.ratio:.1f}×",
    )


def hold(candidate: Candidate, ground: Ground) -> Held | None:
    score, params = candidate.score, ground.params
    if score is None or not candidate.compares:
        return None
    if score.history_hours < params.warm_up.total_seconds() / 3600:
        return Held("warm-up", f"{score.history_hours:.0f} h of its own history observed")
    if (score.momentum.confidence or 0.0) < params.confidence:
        return Held("confidence", f"momentum is {score.momentum.confidence or 0:.2f} sure")
    return None
