"""The one alert for the whole market: when nearly all narratives are louder at once, that is the news.

The single alerts about them are held back (`decide.judge`); instead each subscribed chat hears once per
cooldown that everything moves, and what moves most. A common move that more talk does not explain is a meter
change: nobody is alerted, and the decision says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from core.alerts.decide import AlertParams
from core.models import Chat, Decision, Firing, Narrative, Phase, Score
from core.signals.common import Common

RULE = "market"
NARRATIVE = "market"  # stands where a narrative's id would; no narrative has it
LOUDEST = 5


def decide(
    common: Common,
    *,
    scores: Sequence[Score],
    narratives: Mapping[str, Narrative],
    chats: Sequence[Chat],
    last: Mapping[tuple[int, str], Firing],
    cycle_id: str,
    at: datetime,
    params: AlertParams,
) -> tuple[list[Decision], list[Firing]]:
    """One decision per subscribed chat, or a single one for all when it is no news but a change of meter.

    `last` holds each chat's newest firing of this rule; `scores` are this cycle's, `narratives` those they
    are of.
    """

    def decision(chat_id: int | None, *, fired: bool, reason: str, detail: str) -> Decision:
        return Decision(
            cycle_id=cycle_id, narrative_id=NARRATIVE, rule=RULE, chat_id=chat_id, fired=fired,
            reason=reason, detail=detail, at=at, surprise=common.surprise,
        )  # fmt: skip

    moved = (
        f"{common.narratives} of {common.of} narratives moved at once, to {common.factor:.1f}× their usual"
    )
    if common.kind != "whole market":
        return [decision(None, fired=False, reason=common.kind, detail=moved)], []
    facts = market_facts(common, scores, narratives, at=at)
    decisions, firings = [], []
    for chat in chats:
        before = last.get((chat.id, NARRATIVE))
        if before and at - before.at < params.cooldown:
            until = f"until {before.at + params.cooldown:%Y-%m-%d %H:%M} UTC"
            decisions.append(decision(chat.id, fired=False, reason="cooldown", detail=until))
            continue
        decisions.append(decision(chat.id, fired=True, reason=common.kind, detail=moved))
        firings.append(_firing(common, chat, facts, cycle_id=cycle_id, at=at))
    return decisions, firings


def _firing(common: Common, chat: Chat, facts: dict[str, Any], *, cycle_id: str, at: datetime) -> Firing:
    # The id follows from the cause, so a repeated cycle makes the same firing and not a second one.
    key = f"{cycle_id}:{chat.id}:{NARRATIVE}:{RULE}"
    return Firing(
        id=sha256(key.encode()).hexdigest()[:24],
        chat_id=chat.id,
        narrative_id=NARRATIVE,
        rule=RULE,
        cycle_id=cycle_id,
        at=at,
        surprise=common.surprise,
        phase=Phase.ACCELERATING,
        facts=facts,
    )


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
