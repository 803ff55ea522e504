"""What was kept from a chat: for its digest, or, without one, for a short note in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import weekly
from core.alerts import held_back, quiet
from core.alerts.decide import FOR_DIGEST
from core.alerts.feedback import WEEK
from core.models import Chat, DeliveryKind, HeldBack, Note
from core.models.attention import Attention, Kind, Mode
from storage import alerts, attention, chats, deliveries, feedback, narratives

AT = "08:00"  # local
DAY = timedelta(days=1)
LOOKS_BACK = timedelta(days=7)  # of a chat that had neither note nor digest yet


async def of(c: AsyncConnection, chat_id: int, *, since: datetime, until: datetime) -> tuple[HeldBack, ...]:
    """What was held back from a chat in [since, until) and is worth telling."""
    kept = await alerts.kept_back(c, chat_id, FOR_DIGEST, since=since, until=until)
    if not kept:
        return ()
    asked = {decision.narrative_id for decision in kept}
    known = {id: found for id in sorted(asked) if (found := await narratives.get(c, id))}
    return held_back.worth_telling(kept, known, heard=await alerts.heard(c, chat_id, since=since))


async def told_until(c: AsyncConnection, chat: Chat, now: datetime) -> datetime:
    """Up to when the chat has been told what was held back, by a note or a digest."""
    note = await deliveries.newest_due(c, chat.id, cause="held:")
    return max([at for at in (note, chat.last_digest_at) if at], default=now - LOOKS_BACK)


async def waiting(c: AsyncConnection, now: datetime, catch_up: timedelta) -> list[Chat]:
    """Chats without a digest whose morning it is, and from which something was kept, or that said what they
    think of their alerts."""
    kept = set(await alerts.chats_kept_from(c, FOR_DIGEST, since=now - catch_up - 2 * DAY))
    kept |= await feedback.chats(c, since=now - catch_up - WEEK)
    without = [chat for chat in await chats.reachable(c) if chat.id in kept and chat.digest_at is None]
    allows = await attention.of_chats(c, [chat.id for chat in without])
    return [chat for chat in without if _due(chat, allows[chat.id], now, catch_up) is not None]


async def plan_note(c: AsyncConnection, chat: Chat, now: datetime, catch_up: timedelta) -> bool:
    """Plan this morning's note, where there is something to tell; True when one was planned.

    What is held from this morning on is in the next one: the stretches they tell of touch and never overlap.
    """
    allowed = await attention.get(c, chat.id)
    due = _due(chat, allowed, now, catch_up)
    mode = allowed.mode(Kind.DIGEST)
    if due is None or mode is Mode.OFF:
        return False
    since = await told_until(c, chat, due)
    held = await of(c, chat.id, since=since, until=due) if since < due else ()
    note = Note(held=held, **await weekly.summary(c, chat, due))
    if not held and note.feedback is None:
        return False
    day = due.astimezone(ZoneInfo(chat.zone)).date()
    planned = deliveries.Planned(
        cause=f"held:{day}",
        chat_id=chat.id,
        kind=DeliveryKind.DIGEST,
        thread_id=chat.thread_id,
        payload={"view": "held back", "note": note.model_dump(mode="json")},
        priority=0,
        due_at=due,
        expires_at=due + catch_up,
        firing_ids=(),
        silent=mode is Mode.SILENT,
    )
    return await deliveries.plan(c, [planned]) > 0


def _due(chat: Chat, allowed: Attention, now: datetime, catch_up: timedelta) -> datetime | None:
    """The moment of this morning's note: 08:00, or when the quiet hours that then run are over."""
    place = ZoneInfo(chat.zone)
    hour = int(AT[:2])
    local = now.astimezone(place).replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    for day in (local, local - DAY):
        due = day.astimezone(UTC)
        night = quiet.night(allowed.quiet, chat.zone, due)
        due = night.end if night else due
        if due <= now < due + catch_up:
            return due
    return None
