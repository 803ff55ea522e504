"""Stage: who tells it. A story younger than a week could be told by accounts made for it.

It has to reach the authors any alert needs with voices that are independent, and there those of strangers
weigh little until more join.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.alerts.candidate import Candidate, Ground, Held
from core.alerts.params import AlertParams
from core.models import Score, Voices

REASON = "confirmation"


def hold(candidate: Candidate, ground: Ground) -> Held | None:
    carried = candidate.score.voices if candidate.score else None
    if carried is None or weighed_voices(carried, ground.params) >= ground.params.min_authors:
        return None
    return Held(
        REASON,
        f"{carried.regulars + carried.strangers} independent authors, {carried.regulars} of them known for a "
        f"week; new ones joined in {carried.hours} h: waits for more of either",
    )


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
    least = params.surprise * params.release
    return [score.narrative_id for score in scores if score.voices and score.surprise >= least]
