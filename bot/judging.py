"""Who hears of a turn: the decisions about alerts, made inside the transaction that writes the turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.settings import Settings
from core.alerts import decide, market
from core.models import Chat, Decision, Firing, Narrative, Score
from core.narratives.merging import survivor
from core.pipeline import Outcome
from storage import alerts, chats, narratives


class Made(NamedTuple):
    """Decisions, and the firings that follow from them."""

    decisions: list[Decision]
    firings: list[Firing]


class Judge:
    """Judges each narrative once; only where it passes are the subscribed chats looked at."""

    def __init__(self, settings: Settings) -> None:
        self._params = alert_params(settings)
        self._history = timedelta(days=settings.cycle.history_days)

    async def judge(
        self, c: AsyncConnection, outcome: Outcome, known: dict[str, Narrative], now: datetime
    ) -> Made:
        """Everything that is decided about this turn's scores; `known` are the narratives by id."""
        waiting = await self._waiting(c, outcome.scores, now)
        judged = [
            (score, verdict)
            for score in outcome.scores
            if (
                verdict := decide.judge(
                    score,
                    known[score.narrative_id],
                    self._params,
                    outcome.common,
                    waiting=score.narrative_id in waiting,
                )
            )
        ]
        if not judged and outcome.common is None:
            return Made([], [])
        audience = await chats.subscribed(c)
        made = await self._narratives(c, judged, known, audience, now)
        if outcome.common is not None:
            decisions, firings = market.decide(
                outcome.common,
                scores=outcome.scores,
                narratives=known,
                chats=audience,
                last=await alerts.last_firings(c, market.RULE, [market.NARRATIVE]),
                cycle_id=outcome.cycle.id,
                at=now,
                params=self._params,
            )
            made.decisions.extend(decisions)
            made.firings.extend(firings)
        return made

    async def _waiting(self, c: AsyncConnection, scores: Sequence[Score], now: datetime) -> set[str]:
        """Narratives that were held for confirmation lately, of those that might be told now."""
        least = self._params.surprise * self._params.release
        loud = [score.narrative_id for score in scores if score.voices and score.surprise >= least]
        return await alerts.held(c, decide.CONFIRMATION, loud, since=now - decide.WAITS)

    async def _narratives(
        self,
        c: AsyncConnection,
        judged: Sequence[tuple[Score, decide.Judgement]],
        known: dict[str, Narrative],
        audience: Sequence[Chat],
        now: datetime,
    ) -> Made:
        last = await self._last_firings(c, {score.narrative_id for score, _ in judged}, now)
        made = Made([], [])
        for score, verdict in judged:
            decisions, firings = decide.decide(
                score, known[score.narrative_id], verdict, chats=audience, last=last, params=self._params
            )
            made.decisions.extend(decisions)
            made.firings.extend(firings)
        return made

    async def _last_firings(
        self, c: AsyncConnection, ids: set[str], now: datetime
    ) -> dict[tuple[int, str], Firing]:
        """The newest firing per chat and narrative; what a merged one fired counts for its survivor."""
        redirects = await narratives.redirects(c, since=now - self._history)
        merged = {id: survivor(id, redirects) for id in redirects}
        asked = ids | {id for id, to in merged.items() if to in ids}
        newest: dict[tuple[int, str], Firing] = {}
        fired = await alerts.last_firings(c, decide.RULE, asked)
        for (chat_id, id), firing in sorted(fired.items(), key=lambda item: item[1].at):
            newest[(chat_id, merged.get(id, id))] = firing
        return newest


def alert_params(settings: Settings) -> decide.AlertParams:
    """The thresholds the operator set."""
    knobs = settings.alerts
    return decide.AlertParams(
        surprise=knobs.surprise,
        confidence=knobs.confidence,
        min_posts=knobs.min_posts,
        min_authors=knobs.min_authors,
        reported_weight=knobs.reported_weight,
        warm_up=timedelta(hours=knobs.warm_up_hours),
        cooldown=timedelta(hours=knobs.cooldown_hours),
        escalation=knobs.escalation,
        escalation_after=timedelta(hours=knobs.escalation_after_hours),
    )
