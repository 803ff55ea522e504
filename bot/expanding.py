"""Firings become messages: one each, but several rules of one story, or several stories at once, are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import DeliveryKind, Firing
from storage import deliveries, narratives
from storage.deliveries import Planned

PRIORITY = 10


def planned(
    firings: Iterable[Firing], threads: Mapping[int, int | None], *, stale: timedelta, now: datetime
) -> list[Planned]:
    """The messages of these firings: chats as they come, each chat's in the order they were decided in.

    `threads`: chat → its forum topic; `stale`: the age from which a message is not sent any more. A firing
    of a clock that was ahead is due `now`.
    """
    groups: dict[tuple[int, str], list[Firing]] = {}
    found = list(firings)
    turns = {chat: turn for turn, chat in enumerate(dict.fromkeys(firing.chat_id for firing in found))}
    for firing in sorted(found, key=lambda firing: (firing.at, turns[firing.chat_id], *_order(firing))):
        groups.setdefault((firing.chat_id, firing.bundle or firing.told_by or firing.id), []).append(firing)
    return [_message(group, threads.get(group[0].chat_id), stale, now) for group in groups.values()]


def _order(firing: Firing) -> tuple[Any, ...]:
    return firing.facts.get("place", 0), firing.told_by is not None, firing.id


def _message(group: Sequence[Firing], thread_id: int | None, stale: timedelta, now: datetime) -> Planned:
    first = group[0]
    due = min(first.at, now)
    cause = f"bundle:{first.bundle}" if first.bundle else f"firing:{first.id}"
    return Planned(
        cause=cause,
        chat_id=first.chat_id,
        kind=DeliveryKind.NEW,
        thread_id=thread_id,
        payload=_payload(group),
        priority=PRIORITY,
        due_at=due,
        expires_at=due + stale,
        firing_ids=tuple(firing.id for firing in group),
        silent=all(firing.silent for firing in group),
    )


def _payload(group: Sequence[Firing]) -> dict[str, Any]:
    told = [_told(lead, group) for lead in group if lead.told_by is None]
    return {"view": "bundle", "alerts": told} if group[0].bundle else told[0]


def _told(lead: Firing, group: Sequence[Firing]) -> dict[str, Any]:
    """A story's facts, with the chat's other rules that are true of it."""
    also = [f.facts["rule_text"] for f in group if f.told_by == lead.id and "rule_text" in f.facts]
    return lead.facts | {"firing": lead.id, "also": also}


async def threaded(c: AsyncConnection, messages: Sequence[Planned]) -> list[Planned]:
    """A story told again answers the message it was told in before, under whatever name of its family."""
    again: dict[str, list[int]] = {}
    for message in messages:
        if story := _told_again(message):
            again.setdefault(story, []).append(message.chat_id)
    before = {
        story: await deliveries.messages_about(c, chat_ids, await _family(c, story))
        for story, chat_ids in again.items()
    }
    return [_answering(message, before.get(_told_again(message) or "", {})) for message in messages]


async def _family(c: AsyncConnection, narrative_id: str) -> list[str]:
    told = await narratives.get(c, narrative_id)
    return await narratives.family(c, told.id) if told else []


def _told_again(message: Planned) -> str | None:
    """The story of a message that tells it a second time."""
    return message.payload.get("narrative_id") if message.payload.get("reason") == "escalated" else None


def _answering(message: Planned, before: dict[int, int]) -> Planned:
    if message.chat_id not in before:
        return message
    return message._replace(payload=message.payload | {"reply_to": before[message.chat_id]})
