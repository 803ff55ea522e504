"""An alert is looked after for a day: edited once when confirmed, taken back when its evidence collapses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from core.alerts import quiet
from core.alerts.developments import Became, became
from core.alerts.params import AlertParams
from core.models import Chat, Delivery, DeliveryKind, Post, Score
from core.models.attention import Attention, Kind, Mode
from core.narratives.merging import survivor
from storage import attention, chats, deliveries, narratives, posts

LOOKED_AFTER = timedelta(hours=24)
FRESH = timedelta(hours=2)  # an answer that comes later than this is no news; an edit is right all the day
PRIORITY = 9  # after new alerts


class _World(NamedTuple):
    scores: Mapping[str, Score]
    redirects: Mapping[str, str]
    cited: Mapping[str, Post]
    params: AlertParams
    now: datetime

    def of(self, facts: Mapping[str, Any]) -> Became | None:
        if not facts.keys() >= {"firing", "evidence"}:
            return None  # the market as a whole, or an alert of an older version
        id = survivor(facts["narrative_id"], self.redirects)
        return became(facts, self.scores.get(id), self.cited, self.params)


async def plan(c: AsyncConnection, scores: Iterable[Score], now: datetime, params: AlertParams) -> int:
    """Put what became of the last day's alerts on its way, each thing once; how many messages are new."""
    told = await deliveries.told_since(c, now - LOOKED_AFTER)
    if not told:
        return 0
    ids = {id for delivery in told for facts in _alerts(delivery) for id in facts.get("evidence", ())}
    by_id = {score.narrative_id: score for score in scores}
    world = _World(by_id, await narratives.redirects(c), await posts.get(c, ids), params, now)
    reachable = {chat.id: chat for chat in await chats.reachable(c)}
    allows = await attention.of_chats(c, reachable)
    planned = [
        each
        for delivery in told
        if delivery.chat_id in reachable
        for each in _news(delivery, world, reachable[delivery.chat_id], allows[delivery.chat_id])
    ]
    return await deliveries.plan(c, planned)


def _alerts(delivery: Delivery) -> list[dict[str, Any]]:
    return delivery.payload["alerts"] if delivery.payload.get("view") == "bundle" else [delivery.payload]


def _news(delivery: Delivery, world: _World, chat: Chat, allowed: Attention) -> Iterator[deliveries.Planned]:
    mode = allowed.mode(Kind.UPDATE)
    if mode is Mode.OFF:
        return
    silent = mode is Mode.SILENT or quiet.night(allowed.quiet, chat.zone, world.now) is not None
    stands = [(facts, world.of(facts)) for facts in _alerts(delivery)]
    for facts, found in stands:
        if found is None:
            continue
        edited = _edited(delivery, stands, found)
        if found.what == "withdrawn":
            yield _planned(delivery, facts, DeliveryKind.WITHDRAW, edited, world.now)
            answer = {"reply_to": delivery.message_id, "title": facts["title"]}
            about = answer | {"narrative_id": facts["narrative_id"], "became": found.model_dump()}
            yield _planned(delivery, facts, DeliveryKind.REPLY, about, world.now, silent=silent)
        elif len(stands) == 1:
            yield _planned(delivery, facts, DeliveryKind.EDIT, edited, world.now)


def _edited(
    delivery: Delivery, stands: Iterable[tuple[dict[str, Any], Became | None]], found: Became
) -> dict[str, Any]:
    """The message's facts, with when it was sent and what became of it."""
    sent = {"sent": delivery.sent_at.isoformat()} if delivery.sent_at else {}
    payload = {"message_id": delivery.message_id, "became": found.model_dump()}
    if delivery.payload.get("view") != "bundle":
        return delivery.payload | sent | payload
    marked = [
        facts | sent | {"withdrawn": how is not None and how.what == "withdrawn"} for facts, how in stands
    ]
    return {"view": "bundle", "alerts": marked} | payload


def _planned(
    delivery: Delivery,
    facts: Mapping[str, Any],
    kind: DeliveryKind,
    payload: dict[str, Any],
    now: datetime,
    *,
    silent: bool = False,
) -> deliveries.Planned:
    return deliveries.Planned(
        cause=f"firing:{facts['firing']}",
        chat_id=delivery.chat_id,
        kind=kind,
        thread_id=delivery.thread_id,
        payload=payload,
        priority=PRIORITY,
        due_at=now,
        expires_at=now + (FRESH if kind is DeliveryKind.REPLY else LOOKED_AFTER),
        firing_ids=(),
        silent=silent,
    )
