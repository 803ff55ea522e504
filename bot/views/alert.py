"""The alert: what happened, how sure, what it rests on, what you can do. Readable in five seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import words
from bot.views.language import _
from bot.views.markup import bold, dotted, foreign, lines, post_link
from bot.views.trending import Open
from core.models import Post

TITLE = 38
SAID = 120


class Alerts(CallbackData, prefix="a"):
    """Turn alerts on or off in this chat."""

    on: bool


def render(
    facts: Mapping[str, Any], posts: Mapping[str, Post], *, zone: str, now: datetime
) -> tuple[str, InlineKeyboardMarkup]:
    """An alert from the facts of its firing; `now` is the moment of sending."""
    evidence = [posts[i] for i in facts["evidence"] if i in posts]
    quoted = next((post for post in evidence if post.text), None)
    text = lines(
        f"{bold(facts['title'], TITLE)} — {_head(facts)}",
        f"“{foreign(quoted.text, SAID)}”" if quoted else None,
        dotted(
            [
                words.volume(facts["posts"], facts["authors"]),
                words.sure(facts["confidence"]),
                words.mood(facts["sentiment"], facts["sentiment_confidence"]),
            ]
        ),
        _("Earliest found {earliest} → seen {seen} → sent {sent} ({zone})").format(
            earliest=words.clock(datetime.fromisoformat(facts["earliest"]), zone, now),
            seen=words.clock(datetime.fromisoformat(facts["seen"]), zone, now),
            sent=words.clock(now, zone, now),
            zone=zone,
        ),
        _why(facts["reason"]),
        dotted([_("Posts"), *(post_link(p.id, str(i)) for i, p in enumerate(evidence, 1))])
        if evidence
        else None,
    )
    return text, _keyboard(facts["narrative_id"])


def _head(facts: Mapping[str, Any]) -> str:
    if facts["reason"] == "new story":
        return _("new story")
    return words.times(facts["ratio"])


def _why(reason: str) -> str:
    return {
        "new story": _("Why now: a story I had not seen before, and many talk about it"),
        "escalated": _("Why again: it grew well beyond my last alert"),
    }.get(reason, _("Why now: rare attention, measured against its own past"))


def _keyboard(narrative_id: str) -> InlineKeyboardMarkup:
    details = InlineKeyboardButton(text=_("Details"), callback_data=Open(id=narrative_id).pack())
    off = InlineKeyboardButton(text=_("Alerts off"), callback_data=Alerts(on=False).pack())
    return InlineKeyboardMarkup(inline_keyboard=[[details, off]])
