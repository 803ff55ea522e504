"""Digests: made from two rankings, planned once per chat and local date, absorbed when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import held_back, weekly
from bot.clock import real_now
from core import digest
from core.models import Chat, DeliveryKind, Digest
from core.models.attention import Kind, Mode
from storage import attention, chats, deliveries, narratives, observations, schedule, scores

log = structlog.get_logger()
JOB = "digest"
OWNER = "digests"
LEASE = timedelta(minutes=5)
FIRST = timedelta(hours=24)  # a chat's first digest looks back this far
CAUSE = "digest:"
REMEMBERS = timedelta(days=7)  # so far back it is looked for digests that were missed
MISSED = "not made in its time: INTERN was not running, or the chat could not be written to"


async def compose(c: AsyncConnection, chat: Chat, now: datetime) -> Digest:
    """What changed since this chat's last digest."""
    last = chat.last_digest_at
    since = (
        last if last is not None and last <= now else now - FIRST
    )  # one to come is of a clock that was ahead
    ranked = await scores.as_of(c, now)
    good = await observations.last_good_poll(c, by=now)
    made = digest.changed(
        ranked,
        await scores.as_of(c, since),
        await narratives.by_ids(c, [s.narrative_id for s in ranked]),
        since=since,
        until=now,
        data_until=good.until if good else None,
    )
    told = await held_back.told_until(c, chat, now)
    held = await held_back.of(c, chat.id, since=told, until=now) if told < now else ()
    return made.model_copy(update={"held": held, **await weekly.summary(c, chat, now)})


async def plan_due(c: AsyncConnection, chat: Chat, now: datetime, catch_up: timedelta) -> bool:
    """Plan today's digest if its time has come; True when one was planned. In the caller's transaction.

    Dates whose digest was not made in its time, and cannot be any more, are written down as missed.
    """
    await _write_off(c, chat, now, catch_up)
    day, due = _last_due(chat, now)
    if due is None or now >= due + catch_up or _had(chat, due, now):
        return False
    mode = (await attention.get(c, chat.id)).mode(Kind.DIGEST)
    if mode is Mode.OFF or not await _take_slot(c, chat, day):
        return False
    made = await compose(c, chat, now)
    planned = _planned(chat, day, now, due + catch_up)
    await deliveries.take_back(c, chat.id, planned.cause, MISSED)  # by a clock that was ahead
    new = await deliveries.plan(
        c, [planned._replace(payload=made.model_dump(mode="json"), silent=mode is Mode.SILENT)]
    )
    if new:
        await chats.change(c, chat.id, last_digest_at=now)
    return new > 0


def _planned(chat: Chat, day: date, due: datetime, until: datetime) -> deliveries.Planned:
    """A date's digest, with nothing in it yet."""
    return deliveries.Planned(
        cause=_cause(day),
        chat_id=chat.id,
        kind=DeliveryKind.DIGEST,
        thread_id=chat.thread_id,
        payload={},
        priority=0,
        due_at=due,
        expires_at=until,
        firing_ids=(),
    )


async def _write_off(c: AsyncConnection, chat: Chat, now: datetime, catch_up: timedelta) -> None:
    """Write down the dates that got no digest in their time, because of a downtime or a paused chat."""
    without = takewhile(lambda each: not _had(chat, each[1], now), _dues(chat, now))
    late = [(day, due) for day, due in without if now >= due + catch_up]
    if not late:
        return
    if (await attention.get(c, chat.id)).mode(Kind.DIGEST) is Mode.OFF:
        await _take_slot(c, chat, late[0][0])  # nobody missed it
        return
    since = await _waits_since(c, chat, now)
    missed = [_planned(chat, day, due, due + catch_up) for day, due in late if day > since]
    if missed:
        log.warning("digest missed", chat=chat.id, causes=[each.cause for each in missed])
        await deliveries.write_off(c, missed, MISSED)


async def _waits_since(c: AsyncConnection, chat: Chat, now: datetime) -> date:
    """The newest date whose digest was made, written off or not wanted; today where nothing says so."""
    known = await deliveries.reasons(c, chat.id, cause=CAUSE, since=now - REMEMBERS)
    for day, due in _dues(chat, now):
        if _had(chat, due, now) or _cause(day) in known or await schedule.done(c, JOB, _slot(chat, day)):
            return day
    return now.astimezone(ZoneInfo(chat.zone)).date()


async def missed(c: AsyncConnection, chat: Chat, now: datetime) -> list[date]:
    """The dates of the last week whose digest was not made in its time."""
    known = await deliveries.reasons(c, chat.id, cause=CAUSE, since=now - REMEMBERS)
    return [date.fromisoformat(cause.removeprefix(CAUSE)) for cause, why in known.items() if why == MISSED]


def _had(chat: Chat, due: datetime, now: datetime) -> bool:
    """Whether the chat got a digest since then; one to come was made while the clock was ahead."""
    return chat.last_digest_at is not None and due <= chat.last_digest_at <= now


async def postpone_to_tomorrow(c: AsyncConnection, chat: Chat, now: datetime) -> None:
    """A time set when it has already passed today means tomorrow: the time behind us counts as done."""
    day, due = _last_due(chat, now)
    if due is not None:
        await _take_slot(c, chat, day)


async def comes_today(c: AsyncConnection, chat: Chat, now: datetime) -> bool:
    """Whether the next digest is today's (the chat's date): its time is to come and none was made today."""
    zone = ZoneInfo(chat.zone)
    today = now.astimezone(zone).date()
    if chat.digest_at is None or _at(chat.digest_at, today, zone) <= now:
        return False
    known = await deliveries.reasons(c, chat.id, cause=_cause(today), since=now - REMEMBERS)
    return all(why == MISSED for why in known.values())


def _last_due(chat: Chat, now: datetime) -> tuple[date, datetime | None]:
    """The newest digest time at or before `now`: its local date and UTC instant (None: no daily digest).

    The slot is the chat's own date, so a local time that a clock change skips or repeats still is one digest.
    """
    today = now.astimezone(ZoneInfo(chat.zone)).date()
    return next(_dues(chat, now), (today, None))


def _dues(chat: Chat, now: datetime) -> Iterator[tuple[date, datetime]]:
    """The digest times of the last week, newest first."""
    zone = ZoneInfo(chat.zone)
    today = now.astimezone(zone).date()
    if chat.digest_at is None:
        return
    for day in (today - timedelta(days=n) for n in range(REMEMBERS.days + 1)):
        due = _at(chat.digest_at, day, zone)
        if due <= now:
            yield day, due


def _at(local: str, day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(local), zone).astimezone(UTC)


def _cause(day: date) -> str:
    """Without the time: one digest a date, whenever it is; without the chat: it may get a new id."""
    return f"{CAUSE}{day}"


def _slot(chat: Chat, day: date) -> str:
    return f"{chat.id}:{day}:{chat.digest_at}"


async def _take_slot(c: AsyncConnection, chat: Chat, day: date) -> bool:
    slot = _slot(chat, day)
    if not await schedule.claim_slot(c, job=JOB, slot=slot, owner=OWNER, real_now=real_now(), lease=LEASE):
        return False
    return await schedule.finish_slot(c, job=JOB, slot=slot, owner=OWNER, real_now=real_now())
