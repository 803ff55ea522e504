"""A rule looked at before it is saved: what it would have told this chat, and how that went on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import tracking
from bot.views.preview import Graded
from core.alerts import track_record
from core.alerts.feedback import FORGOTTEN
from core.alerts.params import AlertParams
from core.alerts.preview import LEAD, MOST, Preview, Replay, Wish
from core.models import Chat, Horizon, RecordKind
from core.models.rules import Rule
from storage import alerts, attention, feedback, rules, turns
from storage.database import Database
from storage.turns import Names, Stored

DAY = timedelta(days=1)
_HORIZON: Horizon = "3h"  # of the headline


async def preview(database: Database, chat: Chat, rule: Rule, now: datetime, params: AlertParams) -> Preview:
    """The rule over the last 30 days, read day by day and looked at beside the event loop.

    `rule` has the id it will be saved under; a saved one of that id is the one it replaces.
    """
    since = now - MOST
    async with database.reading() as c:
        wish = await _wish(c, chat, rule, since)
        named = await turns.names(c)
    replay = Replay(wish, since=since, params=params)
    begin = since - LEAD
    while begin < now:
        end = min(begin + DAY, now)
        async with database.reading() as c:
            stored = await turns.read(c, since=begin, until=end, said=replay.keywords)
        await asyncio.to_thread(_look, replay, stored, named)
        begin = end
    return replay.preview()


async def graded(database: Database, found: Preview, now: datetime) -> Graded:
    """How what the rule would have told went on, by the rule the track record goes by."""
    end = track_record.HORIZONS[_HORIZON][1] + track_record.SETTLES
    due = [
        (track_record.record(told.score, RecordKind.ALERT, ""), _HORIZON)
        for told in found.told
        if told.firing.at + end <= now
    ]
    if not due:
        return Graded(0, 0, 0)
    async with database.reading() as c:
        grades = await tracking.grades_of(c, due, now)
    hits = [grade.hit for grade in grades if grade.hit is not None]
    return Graded(sum(hits), len(hits), len(grades) - len(hits))


async def _wish(c: AsyncConnection, chat: Chat, rule: Rule, since: datetime) -> Wish:
    return Wish(
        rule,
        chat,
        await attention.get(c, chat.id),
        others=await rules.of_chat(c, chat.id),
        fired=await alerts.fired_before(c, chat.id, since),
        given=(await feedback.of_chats(c, [chat.id], since=since - FORGOTTEN)).get(chat.id, ()),
    )


def _look(replay: Replay, stored: Sequence[Stored], named: Names) -> None:
    for each in stored:
        replay.look(each.turn(named))
