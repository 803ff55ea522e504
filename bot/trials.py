"""An alert as it would look now, to be tried out: no budget, no record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from aiogram.types import InlineKeyboardMarkup
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import cards
from bot.board import Board, Snapshot
from bot.views import alert
from bot.views.rules import test_title
from core.alerts.firing import alert_facts
from core.alerts.moment import Moment
from core.alerts.rules import evaluate
from core.alerts.wording import text_of
from core.models import Chat, Score
from core.models.attention import Attention
from core.models.rules import SPANS, Move, Rule, leaves
from storage import attention, narratives, posts, scores
from storage.database import Database


class Trial(NamedTuple):
    """The message, and of how many stories the rule is true now (none: it shows the nearest)."""

    text: str
    keyboard: InlineKeyboardMarkup
    true: int


async def alert_of(database: Database, board: Board, rule: Rule, chat: Chat, now: datetime) -> Trial | None:
    """How this rule would ring for the story that fits best; None where there is no story at all."""
    snapshot = await board.current()
    async with database.reading() as c:
        allowed = await attention.get(c, chat.id)
        moment = await _moment(c, snapshot, rule, now)
        fitting = _fitting(rule, moment, allowed)
        best = max(fitting or _meant(rule, moment, allowed), key=lambda s: s.surprise, default=None)
        if best is None:
            return None
        evidence = await posts.get(c, best.evidence[:3])
        told = await cards.explained(c, best, snapshot)
    story = snapshot.narratives[best.narrative_id]
    facts = alert_facts(best, story, "rule", at=now) | {
        "title": test_title(story.title),
        "rule": rule.id,
        "rule_name": rule.name,
        "rule_text": text_of(rule),
        "why": [],
    }
    text, keyboard = alert.render(facts, evidence, zone=chat.zone, now=now, explanation=told)
    return Trial(text, keyboard, len(fitting))


async def _moment(c: AsyncConnection, snapshot: Snapshot, rule: Rule, now: datetime) -> Moment:
    """The newest turn beside the one before it and those its rule compares with."""
    as_of = snapshot.as_of or now
    spans = {leaf.over for leaf in leaves(rule.expression) if isinstance(leaf, Move)}
    return Moment(
        list(snapshot.narratives.values()),
        _by_id(snapshot.scores),
        now=now,
        before=_by_id(await scores.as_of(c, as_of - timedelta(microseconds=1))),
        ago={span: _by_id(await scores.as_of(c, as_of - SPANS[span])) for span in spans},
        redirects=await narratives.redirects(c),
    )


def _by_id(ranked: Iterable[Score]) -> dict[str, Score]:
    return {score.narrative_id: score for score in ranked}


def _fitting(rule: Rule, moment: Moment, allowed: Attention) -> list[Score]:
    """Stories the rule is true of now."""
    found = evaluate([rule], moment, watched={rule.chat_id: allowed.watch})
    ids = {id for match in found.matches for id, _why in match.told}
    return [score for score in moment.scores if score.narrative_id in ids]


def _meant(rule: Rule, moment: Moment, allowed: Attention) -> Sequence[Score]:
    """Stories the rule is about; where there are none, all."""
    scopes = allowed.watch if rule.scope.kind == "watchlist" else (rule.scope,)
    rows: set[int] = set()
    for scope in scopes:
        members = moment.members(scope)
        rows |= set(range(len(moment.ids))) if members is None else members
    return [moment.scores[row] for row in sorted(rows)] or moment.scores
