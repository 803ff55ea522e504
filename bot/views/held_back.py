"""What was kept from a chat and why: a line of its digest, or a note of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import feedback, words
from bot.views.language import _, ngettext
from bot.views.markup import bold, dotted, foreign, label, lines
from bot.views.trending import Open
from core.models import HeldBack, Note

SHOWN = 5  # stories in a note
NAMED = 3  # … and in a digest's line
TITLE = 38


def line(held: Sequence[HeldBack]) -> str | None:
    """`Held back: Fee cut (budget) · AI agents (quiet hours) · 2 more`; None where nothing was."""
    if not held:
        return None
    named = [f"{title(each)} ({reason(each.reason)})" for each in held[:NAMED]]
    return _("Held back: {stories}").format(stories=dotted([*named, _more(len(held) - NAMED)]))


def render(note: Note, *, zone: str, now: datetime) -> tuple[str, InlineKeyboardMarkup | None]:
    """The note of a morning, for a chat without a digest."""
    held = note.held
    text = lines(
        _first(len(held)),
        *(_row(each, zone, now) for each in held[:SHOWN]),
        _more(len(held) - SHOWN),
        feedback.week(note.feedback, note.titles) if note.feedback else None,
        _("/digest 08:00 tells you what else changed, every day."),
    )
    return text, _keyboard(held)


def _first(n: int) -> str:
    if n == 0:
        return _("<b>What you thought of my alerts</b>")
    stories = ngettext("{n} story", "{n} stories", n).format(n=n)
    return _("<b>Held back</b> — {stories}, not to disturb you").format(stories=stories)


def _row(each: HeldBack, zone: str, now: datetime) -> str:
    what = bold(each.title, TITLE) if each.title else title(each)
    return f"• {dotted([what, reason(each.reason), words.clock(each.at, zone, now)])}"


def title(each: HeldBack) -> str:
    return foreign(each.title, TITLE) if each.title else _("the whole market")


def reason(name: str) -> str:
    """Why, in two or three words."""
    return {
        "budget": _("the day's alerts were used up"),
        "quiet hours": _("quiet hours"),
        "cooldown": _("told not long before"),
        "repeats": _("told lately; room was kept for new stories"),
        "snoozed": _("snoozed"),
        "expired": _("too late to send"),
    }.get(name, name)


def _more(n: int) -> str | None:
    return _("and {n} more").format(n=n) if n > 0 else None


def _keyboard(held: Sequence[HeldBack]) -> InlineKeyboardMarkup | None:
    numbers = [
        InlineKeyboardButton(text=label(each.title, 18), callback_data=Open(id=each.narrative_id).pack())
        for each in held[:2]
        if each.title
    ]
    return InlineKeyboardMarkup(inline_keyboard=[numbers]) if numbers else None
