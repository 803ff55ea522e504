"""Stage: who tells it. A story younger than a week could be told by accounts made for it.

It waits for a few more voices than authors any alert needs, independent ones, and there those of strangers
weigh little until more join.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.alerts.candidate import Candidate, Ground, Held
from core.alerts.params import AlertParams
from core.models import Score, Voices

REASON = "confirmation"


def hold(candidate: Candidate, ground: Ground) -> Held | None:
    score = candidate.score
    carried = score.voices if score else None
    if score is None or carried is None or independent(score, ground.params) >= ground.params.confirming:
        return None
    return Held(
        REASON,
        f"{carried.regulars + carried.strangers} independent authors, {carried.regulars} of them known for "
        f"long; new ones joined in {carried.hours} h: waits for more of either",
    )


def widely_told(score: Score, params: AlertParams) -> bool:
    """Whether so many independent authors tell a story that it is news though no hour of it stands out."""
    return independent(score, params) >= params.many and score.ratio >= params.lasting


def independent(score: Score, params: AlertParams) -> float:
    """How many independent authors it comes to: the more a story looks coordinated, the less each says."""
    if score.voices is None:
        return 0.0
    signs = score.coordination.value if score.coordination else None
    return weighed_voices(score.voices, params) * (1.0 - (signs or 0.0))


def weighed_voices(carried: Voices, params: AlertParams) -> float:
    """Independent authors: regulars fully, strangers by how long new ones keep joining, reported less."""

    def weighed(authors: int, confirmed: int) -> float:
        return confirmed + params.reported_weight * (authors - confirmed)

    grown = params.stranger_weight + params.stranger_growth * max(0, carried.hours - 1)
    strangers = weighed(carried.strangers, carried.strangers_confirmed)
    return weighed(carried.regulars, carried.regulars_confirmed) + strangers * min(
        params.stranger_most, grown
    )


def listened(scores: Iterable[Score], params: AlertParams) -> list[str]:
    """Narratives that are told now if they were held for confirmation lately, though their peak is over."""
    return [score.narrative_id for score in scores if score.voices and still_loud(score, params)]


def still_loud(score: Score, params: AlertParams) -> bool:
    """Whether a story that surprised a while ago is one yet: what stays loud surprises no more by itself."""
    return score.surprise >= params.surprise * params.release or score.ratio >= params.lasting
