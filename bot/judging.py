"""Who hears of a turn: the decisions about alerts, made inside the transaction that writes the turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.settings import Settings
from core.alerts import confirmation, decide, held_back, market
from core.alerts.builtin import plain, plain_expression
from core.alerts.candidate import RECENT, Ground, inherited, remembered
from core.alerts.feedback import FORGOTTEN, taste
from core.alerts.moment import Moment
from core.alerts.params import WAITS, AlertParams
from core.alerts.rules import Found, evaluate
from core.models import Chat, Decision, Firing, Narrative, Score
from core.models.attention import Attention, Sensitivity
from core.models.rules import SPANS, Keyword, Move, Rule, Span, leaves
from core.narratives.merging import survivor
from core.pipeline import Outcome
from storage import alerts, attention, chats, crossings, feedback, narratives, rules, scores, turns

_JUST_BEFORE = timedelta(microseconds=1)


class Made(NamedTuple):
    """Decisions, and the firings that follow from them."""

    decisions: list[Decision]
    firings: list[Firing]


class _Turn(NamedTuple):
    """What happened, and everything chats want: rules (the plain subscription among them), limits, lists."""

    outcome: Outcome
    known: Mapping[str, Narrative]
    redirects: Mapping[str, str]
    now: datetime
    chats: Mapping[int, Chat]
    rules: list[Rule]
    allows: Mapping[int, Attention]

    @property
    def scores(self) -> dict[str, Score]:
        return _by_id(self.outcome.scores)


class Judge:
    """Evaluates every rule once for all chats; only where one is true are the chats looked at."""

    def __init__(self, settings: Settings) -> None:
        self._params = alert_params(settings)
        self._plain = {each: plain_expression(each, self._params) for each in Sensitivity}

    async def judge(
        self, c: AsyncConnection, outcome: Outcome, known: dict[str, Narrative], now: datetime
    ) -> Made:
        """Everything that is decided about this turn's scores; `known` are the narratives by id."""
        turn = await self._turn(c, outcome, known, now)
        moment = await self._moment(c, turn)
        before = await crossings.read(c)
        found = await asyncio.to_thread(
            evaluate,
            turn.rules,
            moment,
            crossings=before,
            watched={chat_id: allowed.watch for chat_id, allowed in turn.allows.items()},
            kept=self._plain.values(),
        )
        await crossings.replace(c, before, found.crossings)
        ground = await self._ground(c, turn, found)
        ruling = await asyncio.to_thread(decide.decide, _candidates(turn, found), ground)
        await rules.finish(c, ruling.done, now)
        change = outcome.common and market.meter_change(outcome.common, cycle_id=outcome.cycle.id, at=now)
        worth = await self._news(c, ruling.decisions, now)
        return Made([*worth, *([change] if change else [])], ruling.firings)

    async def _news(self, c: AsyncConnection, made: list[Decision], now: datetime) -> list[Decision]:
        """Without the holds that were written down for the same reason a while ago."""
        about = {decision.narrative_id for decision in made}
        return held_back.news(made, await alerts.newest(c, about, since=now - held_back.SAME))

    async def _turn(
        self, c: AsyncConnection, outcome: Outcome, known: Mapping[str, Narrative], now: datetime
    ) -> _Turn:
        reachable = {chat.id: chat for chat in await chats.reachable(c)}
        allows = await attention.of_chats(c, reachable)
        built_in = [
            plain(chat.id, self._plain[allows[chat.id].sensitivity])
            for chat in reachable.values()
            if chat.subscribed
        ]
        redirects = await narratives.redirects(c)  # all: a mute holds however long ago its story was merged
        wanted = [*built_in, *await rules.live(c, now)]
        return _Turn(outcome, known, redirects, now, reachable, wanted, allows)

    async def _moment(self, c: AsyncConnection, turn: _Turn) -> Moment:
        """What is known now, with the earlier rankings that some rule compares with."""
        now = turn.now
        return Moment(
            [turn.known[score.narrative_id] for score in turn.outcome.scores],
            turn.scores,
            now=now,
            before=_by_id(await scores.as_of(c, now - _JUST_BEFORE)),
            ago={s: _by_id(await scores.as_of(c, now - SPANS[s])) for s in _spans(turn.rules)},
            said=await turns.said(c, now) if _reads(turn.rules) else {},
            waiting=await self._waiting(c, turn.outcome.scores, now),
            redirects=turn.redirects,
            params=self._params,
        )

    async def _waiting(self, c: AsyncConnection, scored: Sequence[Score], now: datetime) -> set[str]:
        """Narratives that were held for confirmation lately, of those that might be told now."""
        loud = confirmation.listened(scored, self._params)
        return await alerts.held(c, confirmation.REASON, loud, since=now - WAITS)

    async def _ground(self, c: AsyncConnection, turn: _Turn, found: Found) -> Ground:
        """What the stages look at; what a merged narrative fired counts for its survivor, what a whole fired
        before it split for its part."""
        told = [turn.known[id] for id in sorted({id for match in found.matches for id, _ in match.told})]
        parts = {n.id: (n.split_from, n.first_seen_at) for n in told if n.split_from}
        true = {n.id for n in told} | {whole for whole, _ in parts.values()} | {market.NARRATIVE}
        merged = {id for id in turn.redirects if survivor(id, turn.redirects) in true}
        fired = await alerts.remembered(c, true | merged, since=turn.now - RECENT)
        last, recent = remembered(fired, turn.redirects, turn.now)
        last = inherited(last, recent, parts, turn.redirects)
        given = await feedback.of_chats(c, turn.chats, since=turn.now - FORGOTTEN)
        return Ground(
            now=turn.now,
            cycle_id=turn.outcome.cycle.id,
            chats=turn.chats,
            params=self._params,
            attention=turn.allows,
            common=turn.outcome.common,
            redirects=turn.redirects,
            last=last,
            recent=recent,
            tastes={id: taste(each, turn.now, turn.redirects) for id, each in given.items()},
        )


def _candidates(turn: _Turn, found: Found) -> list[decide.Candidate]:
    made = decide.candidates(found.hits, turn.known, turn.scores)
    common = turn.outcome.common
    if common is not None:
        made += market.candidates(
            common,
            scores=turn.outcome.scores,
            narratives=turn.known,
            chat_ids=[chat.id for chat in turn.chats.values() if chat.subscribed],
            at=turn.now,
        )
    return made


def _by_id(scored: Iterable[Score]) -> dict[str, Score]:
    return {score.narrative_id: score for score in scored}


def _reads(asked: Iterable[Rule]) -> bool:
    """Whether some rule asks for words."""
    distinct = {id(rule.expression): rule.expression for rule in asked}.values()
    return any(isinstance(leaf, Keyword) for expression in distinct for leaf in leaves(expression))


def _spans(asked: Iterable[Rule]) -> set[Span]:
    """How far back some rule compares."""
    distinct = {id(rule.expression): rule.expression for rule in asked}.values()
    return {leaf.over for expression in distinct for leaf in leaves(expression) if isinstance(leaf, Move)}


def alert_params(settings: Settings) -> AlertParams:
    """The thresholds the operator set."""
    knobs = settings.alerts
    return AlertParams(
        surprise=knobs.surprise,
        confidence=knobs.confidence,
        min_posts=knobs.min_posts,
        min_authors=knobs.min_authors,
        reported_weight=knobs.reported_weight,
        warm_up=timedelta(hours=knobs.warm_up_hours),
        cooldown=timedelta(hours=knobs.cooldown_hours),
        escalation=knobs.escalation,
        escalation_after=timedelta(hours=knobs.escalation_after_hours),
        stale=timedelta(hours=knobs.stale_after_hours),
    )
