"""What is said of a narrative and a chat on `/why` and `/whynot`: stored decisions, the rest computed now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from core.alerts.builtin import plain, plain_expression
from core.alerts.candidate import Ground, inherited, remembered
from core.alerts.moment import Moment
from core.alerts.params import AlertParams
from core.alerts.whynot import Standing, standings
from core.models import Chat, Decision, Firing, Narrative, Score
from core.models.attention import Attention
from core.models.rules import SPANS, Move, Rule, leaves
from storage import alerts, attention, crossings, narratives, rules, scores, turns

_JUST_BEFORE = timedelta(microseconds=1)
LOOKED = 20  # stored decisions that are looked through


class Heard(NamedTuple):
    """One alert a chat got, and the newest decision about its story."""

    narrative: Narrative
    firing: Firing
    allows: Attention


class Unheard(NamedTuple):
    """Why a chat hears nothing of a narrative. Without a score it is not in the newest ranking."""

    narrative: Narrative
    allows: Attention
    score: Score | None
    ranked: int
    standings: list[Standing]
    last: Decision | None  # the newest stored decision of the last day that held it back here
    rules: int  # of the chat, the plain subscription among them


async def heard(c: AsyncConnection, chat: Chat, firing: Firing | None) -> Heard | None:
    """What a firing of this chat was made of; None where it is not known (any more)."""
    narrative = await narratives.get(c, firing.narrative_id) if firing else None
    if firing is None or narrative is None or firing.chat_id != chat.id:
        return None
    return Heard(narrative, firing, await attention.get(c, chat.id))


async def unheard(
    c: AsyncConnection, chat: Chat, narrative: Narrative, now: datetime, params: AlertParams
) -> Unheard:
    """How this chat's rules stand to a narrative now."""
    allows = await attention.get(c, chat.id)
    wanted = [rule for rule in await rules.of_chat(c, chat.id) if rule.done_at is None]
    if chat.subscribed:
        wanted.append(plain(chat.id, plain_expression(allows.sensitivity, params)))
    ranked = await scores.as_of(c, now)
    score = next((each for each in ranked if each.narrative_id == narrative.id), None)
    last = await _last(c, chat, narrative, now)
    made: list[Standing] = []
    if score is not None and wanted:
        redirects = await narratives.redirects(c)
        moment = await _moment(c, ranked, wanted, redirects, params)
        ground = await _ground(c, chat, allows, narrative, now=now, redirects=redirects, params=params)
        before = await crossings.read(c)
        made = await asyncio.to_thread(standings, wanted, narrative.id, moment, ground, before)
    return Unheard(narrative, allows, score, len(ranked), made, last, len(wanted))


async def _last(c: AsyncConnection, chat: Chat, narrative: Narrative, now: datetime) -> Decision | None:
    """The newest decision that held it back here within a day, unless it was told since."""
    stored = await alerts.decisions(c, narrative_id=narrative.id, chat_id=chat.id, limit=LOOKED)
    newest = next((each for each in stored if each.at > now - timedelta(days=1)), None)
    return newest if newest is not None and not newest.fired else None


async def _moment(
    c: AsyncConnection,
    ranked: list[Score],
    wanted: Iterable[Rule],
    redirects: dict[str, str],
    params: AlertParams,
) -> Moment:
    """The newest turn, as the judge saw it."""
    as_of = ranked[0].as_of
    spans = {leaf.over for rule in wanted for leaf in leaves(rule.expression) if isinstance(leaf, Move)}
    known = await narratives.by_ids(c, [score.narrative_id for score in ranked])
    return Moment(
        [known[score.narrative_id] for score in ranked],
        _by_id(ranked),
        now=as_of,
        before=_by_id(await scores.as_of(c, as_of - _JUST_BEFORE)),
        ago={span: _by_id(await scores.as_of(c, as_of - SPANS[span])) for span in spans},
        said=await turns.said(c, as_of),
        redirects=redirects,
        params=params,
    )


async def _ground(
    c: AsyncConnection,
    chat: Chat,
    allows: Attention,
    narrative: Narrative,
    *,
    now: datetime,
    redirects: dict[str, str],
    params: AlertParams,
) -> Ground:
    fired = await alerts.fired_before(c, chat.id, now)
    last, recent = remembered(fired, redirects, now)
    parts = {narrative.id: (narrative.split_from, narrative.first_seen_at)} if narrative.split_from else {}
    return Ground(
        now=now,
        cycle_id="",
        chats={chat.id: chat},
        params=params,
        attention={chat.id: allows},
        redirects=redirects,
        last=inherited(last, recent, parts, redirects),
        recent=recent,
    )


def _by_id(ranked: Iterable[Score]) -> dict[str, Score]:
    return {score.narrative_id: score for score in ranked}


__all__ = ["Heard", "Unheard", "heard", "unheard"]
