"""Firings become messages: one each, but several rules of one story, or several stories at once, are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.models import DeliveryKind, Firing
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
