"""The whole market is louder: one message in place of many. Readable in five seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import silencing, words
from bot.views.alert import Alerts
from bot.views.language import _
from bot.views.markup import bold, dotted, lines
from bot.views.trending import Show
from core.alerts.market import NARRATIVE

TITLE = 38
WINDOW = "4h"  # of the list behind the button: the shortest that holds all of the last 3 h


def render(
    payload: Mapping[str, Any], *, zone: str, now: datetime
) -> tuple[str, InlineKeyboardMarkup | None]:
    """The message from the facts of its firing; `now` is the moment of sending."""
    text = lines(
        _("<b>The whole market is louder</b> — {times}").format(times=words.times(payload["factor"])),
        _("{n} of {m} narratives are above their usual at once, and so is crypto talk in general.").format(
            n=payload["narratives"], m=payload["of"]
        ),
        *_loudest(payload["loudest"]),
        _("Single alerts about them wait until it is over."),
        _("New stories still come, and so does what clearly outruns the rest."),
        _("Samples, not totals: a change in X's search would look the same."),
        _("Seen {seen} → sent {sent} ({zone})").format(
            seen=words.clock(datetime.fromisoformat(payload["decided"]), zone, now),
            sent=words.clock(now, zone, now),
            zone=words.city(zone),
        ),
    )
    return text, _keyboard()


def _loudest(rows: list[Mapping[str, Any]]) -> list[str]:
    """The loudest narratives, one a line."""
    if not rows:
        return []
    said = [f"   {dotted([bold(row['title'], TITLE), words.times(row['ratio'])])}" for row in rows]
    return [_("Loudest:"), *said]


def _keyboard() -> InlineKeyboardMarkup:
    trending = InlineKeyboardButton(text=_("Trending"), callback_data=Show(window=WINDOW).pack())
    off = InlineKeyboardButton(text=_("Alerts off"), callback_data=Alerts(on=False).pack())
    return InlineKeyboardMarkup(inline_keyboard=[silencing.closed(NARRATIVE), [trending, off]])
