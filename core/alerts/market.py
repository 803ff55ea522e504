"""The one alert for the whole market: when nearly all narratives are louder at once, that is the news.

The single alerts about them are held back (`warmup.moved_with_all`); instead each subscribed chat hears once
per cooldown that everything moves, and what moves most. A common move that more talk does not explain is a
meter change: nobody is alerted, and the decision says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.alerts.builtin import MARKET, whole_market
from core.alerts.candidate import Candidate
from core.models import Decision, Narrative, Phase, Score
from core.models.attention import Kind
from core.signals.common import Common

NARRATIVE = "market"  # stands where a narrative's id would; no narrative has it
LOUDEST = 5


def candidates(
    common: Common,
    *,
    scores: Sequence[Score],
    narratives: Mapping[str, Narrative],
    chat_ids: Iterable[int],
    at: datetime,
) -> list[Candidate]:
    """One per subscribed chat; none when it is no news but a change of meter.

    `scores` are this cycle's, `narratives` those they are of.
    """
    if common.kind != "whole market":
        return []
    facts = market_facts(common, scores, narratives, at=at)
    return [
        Candidate(
            rule=whole_market(chat_id), kind=Kind.MARKET, narrative_id=NARRATIVE, reason=common.kind,
            detail=_moved(common), surprise=common.surprise, phase=Phase.ACCELERATING, facts=facts,
        )
        for chat_id in chat_ids
    ]  # fmt: skip


def meter_change(common: Common, *, cycle_id: str, at: datetime) -> Decision | None:
    """The decision, for every chat, that a common move is no news; None if it is."""
    if common.kind == "whole market":
        return None
    return Decision(
        cycle_id=cycle_id, narrative_id=NARRATIVE, rule=MARKET, chat_id=None, fired=False,
        reason=common.kind, detail=_moved(common), at=at, surprise=common.surprise,
    )  # fmt: skip


def _moved(common: Common) -> str:
    return f"{common.narratives} of {common.of} narratives moved at once, to {common.factor:.1f}× their usual"


def market_facts(
    common: Common, scores: Sequence[Score], narratives: Mapping[str, Narrative], *, at: datetime
) -> dict[str, Any]:
    """What the message is made of: the common factor and the loudest of those that moved, as JSON."""
    ratios = {score.narrative_id: score.ratio for score in scores}
    known = [id for id in common.moved if id in ratios and id in narratives]
    loudest = sorted(known, key=lambda id: -ratios[id])[:LOUDEST]
    return {
        "view": "market",
        "factor": common.factor,
        "narratives": common.narratives,
        "of": common.of,
        "loudest": [
            {"slug": narratives[id].slug, "title": narratives[id].title, "ratio": ratios[id]}
            for id in loudest
        ],
        "decided": at.isoformat(),
    }
