"""Silence is not calm: where nothing was seen for two intervals, chats that wait for alerts hear it, once.

And once more when X is seen again. What was told is known by its deliveries, so a restart repeats nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import AppClock
from bot.notices import FRESH, PRIORITY
from bot.settings import Settings
from core.aging import INTERVALS
from core.alerts.quiet import night
from core.models import Chat, DeliveryKind, DeliveryState
from core.models.attention import Attention
from storage import attention, chats, deliveries, observations, rules
from storage.database import Database
from storage.deliveries import Planned

log = structlog.get_logger()
PATIENCE = timedelta(minutes=4)  # for the turn that is under way when two intervals are over
SETTLING = timedelta(minutes=3)  # after a start the first turn may end the silence before anybody hears of it
REMEMBERS = timedelta(days=7)  # an end that long after is no news
_BEGINS, _ENDS = "notice:silence:", "notice:sight:"
_REACHED = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.PENDING, DeliveryState.UNKNOWN)


class Lookout:
    """Looks every minute whether anything is seen at all."""

    def __init__(self, settings: Settings, database: Database, clock: AppClock) -> None:
        self._db = database
        self._clock = clock
        self._longest = INTERVALS * timedelta(minutes=settings.cycle.every_minutes) + PATIENCE
        self._admins = settings.admin_ids
        self._began = clock.now()
        self._told: datetime | None = None  # until when X had been seen, as chats were told
        self._ended: datetime | None = None  # the newest silence whose end was told or never will be

    async def look(self) -> int:
        """Plan what is to be said; how many messages are new."""
        now = self._clock.now()
        async with self._db.reading() as c:
            seen = await _seen(c, now)
        if seen is None:
            return 0
        if now - seen >= self._longest:
            return await self._begin(seen, now) if now - self._began >= SETTLING else 0
        return await self._end(seen, now)

    async def _begin(self, seen: datetime, now: datetime) -> int:
        if self._told == seen:
            return 0
        async with self._db.durable() as c:
            facts = {"what": "silence", "seen": seen.isoformat(), "fault": await _fault(c, seen, now)}
            asked = await self._asked(c, now)
            planned = await self._planned(c, _key(_BEGINS, seen), facts, asked)
            new = await deliveries.plan(c, planned)
        self._told = seen
        log.warning("nothing seen", since=seen, fault=facts["fault"], told=new)
        return new

    async def _end(self, seen: datetime, now: datetime) -> int:
        """Tell those who heard of the last silence that it is over."""
        async with self._db.reading() as c:
            cause = await deliveries.newest_cause(c, _BEGINS, since=now - REMEMBERS)
        since = datetime.fromisoformat(cause.removeprefix(_BEGINS)) if cause else None
        if cause is None or since is None or since == self._ended or seen <= since:
            return 0
        async with self._db.durable() as c:
            heard = {each.chat_id for each in await deliveries.by_cause(c, cause) if each.state in _REACHED}
            reached = [chat for chat in await chats.reachable(c) if chat.id in heard]
            facts = {"what": "sight", "seen": since.isoformat(), "again": seen.isoformat()}
            planned = await self._planned(c, _key(_ENDS, since), facts, reached)
            new = await deliveries.plan(c, planned)
        self._ended = since
        return new

    async def _asked(self, c: AsyncConnection, now: datetime) -> list[Chat]:
        """Admins, and the chats that wait for alerts."""
        wanting = {rule.chat_id for rule in await rules.live(c, now)} | set(self._admins)
        return [chat for chat in await chats.reachable(c) if chat.subscribed or chat.id in wanting]

    async def _planned(
        self, c: AsyncConnection, cause: str, facts: dict[str, Any], asked: Sequence[Chat]
    ) -> list[Planned]:
        """One message a chat, without a sound in quiet hours; admins hear it though they muted alerts."""
        now = self._clock.now()
        allows = await attention.of_chats(c, [chat.id for chat in asked])
        return [
            Planned(
                cause=cause,
                chat_id=chat.id,
                kind=DeliveryKind.NOTICE,
                thread_id=chat.thread_id,
                payload=facts | {"operator": chat.id in self._admins},
                priority=PRIORITY,
                due_at=now,
                expires_at=now + FRESH,
                firing_ids=(),
                silent=night(allows[chat.id].quiet, chat.zone, now) is not None,
            )
            for chat in asked
            if chat.id in self._admins or not _silenced(allows[chat.id], now)
        ]


async def _seen(c: AsyncConnection, now: datetime) -> datetime | None:
    """Until when X was really seen: before the first good look since the first one; None: never asked."""
    good = await observations.last_good_poll(c, by=now)
    return good.until if good else await observations.first_poll_at(c)


async def _fault(c: AsyncConnection, seen: datetime, now: datetime) -> str:
    """Why nothing is seen, by its short name."""
    last = await observations.last_cycle(c, by=now)
    if last is None or last.known_at <= seen:
        return "no turn"
    polls = await observations.of_cycle(c, last.id)
    return (polls[0].fault or "failed") if polls else "saving"


def _key(prefix: str, at: datetime) -> str:
    return f"{prefix}{at.astimezone(UTC).isoformat()}"


def _silenced(allowed: Attention, now: datetime) -> bool:
    """Whether the whole chat is snoozed or muted."""
    return any(silence.target == "chat" and silence.holds(now) for silence in allowed.silences)
