"""Keeping still about a story or altogether: the buttons under alerts, the answers to /snooze and /mute."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import words
from bot.views.language import _
from bot.views.markup import foreign, label, lines
from core.models import Narrative
from core.models.rules import SPANS

HOURS = (1, 8, 24)  # one press each
LOOKS_BACK = tuple(span // timedelta(hours=1) for span in SPANS.values())
SHOWN = 6  # silences in one message


class Hush(CallbackData, prefix="z"):
    """Keep still about the story an alert is about: open | close | snooze | mute | undo.

    `also`: how many hours the rule looks back, a span that is offered besides.
    """

    do: str
    id: str
    hours: int = 0
    also: int = 0


class Unmute(CallbackData, prefix="u"):
    """Speak of a story again, from the list of silences; id "": of everything."""

    id: str = ""


Row = list[InlineKeyboardButton]


def _button(text: str, **data: Any) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=Hush(**data).pack())


def offered(also: int) -> list[int]:
    """The spans of a snooze in hours, shortest first. What the rule looks back over is one of them: after so
    long, what made it true is out of sight."""
    return sorted({*HOURS, also} if also in LOOKS_BACK else HOURS)


def closed(id: str, also: int = 0) -> Row:
    """Under every alert."""
    snooze, mute = (
        _button(_("Snooze"), do="open", id=id, also=also),
        _button(_("Mute"), do="mute", id=id, also=also),
    )
    return [snooze, mute]


def opened(id: str, also: int = 0) -> Row:
    """After a press on Snooze: how long?"""
    each = [_button(_span(n), do="snooze", id=id, hours=n, also=also) for n in offered(also)]
    return [*each, _button("‹", do="close", id=id, also=also)]


def done(id: str, hours: int, also: int = 0) -> Row:
    """What was done, and its undoing."""
    text = _("Snoozed {span} · Undo").format(span=_span(hours)) if hours else _("Muted · Undo")
    return [_button(text, do="undo", id=id, also=also)]


def _span(hours: int) -> str:
    days, rest = divmod(hours, 24)
    return _("{n} h").format(n=hours) if rest or days < 2 else _("{n} d").format(n=days)


def replaced(keyboard: InlineKeyboardMarkup | None, row: Row) -> InlineKeyboardMarkup:
    """The keyboard of a message with another row of these buttons; the rest stays as it was."""
    rows = keyboard.inline_keyboard if keyboard else []
    prefix = f"{Hush.__prefix__}:"
    kept = [
        [button for button in each if not (button.callback_data or "").startswith(prefix)] for each in rows
    ]
    at = next((i for i, each in enumerate(rows) if len(kept[i]) < len(each)), None)
    if at is None:
        return InlineKeyboardMarkup(inline_keyboard=[*rows, row])
    kept[at] = row + kept[at]
    return InlineKeyboardMarkup(inline_keyboard=kept)


def market() -> str:
    """What stands where a story's title would in the alert about all of them."""
    return _("The whole market")


# --- popups and answers ------------------------------------------------------------------------------------


def pressed(title: str, do: str, hours: int = 0) -> str:
    """What a press did, in a popup (plain text)."""
    name = label(title, 60)
    if do == "snooze":
        return _("No alerts about “{name}” for {span}. /snooze keeps me still altogether.").format(
            name=name, span=_span(hours)
        )
    if do == "mute":
        return _("No more alerts about “{name}”. /mutes lists what is muted.").format(name=name)
    return _("I speak of “{name}” again.").format(name=name)


def muted(title: str) -> str:
    name = foreign(title, 48)
    return lines(
        _("Muted: {name}").format(name=name),
        _("No more alerts about it here, also if it merges with another story. /mutes lists them."),
    )


def unmuted(title: str) -> str:
    return _("I speak of “{name}” again.").format(name=foreign(title, 60))


def not_muted(name: str) -> str:
    return _("“{name}” is not muted here. /mutes lists what is.").format(name=foreign(name, 40))


def mute_usage() -> str:
    return _(
        "Which story? For example: /mute #ai-agents\nA token or topic: /ignore $SOL · a pause: /snooze 8h"
    )


def broad(name: str) -> str:
    """A token or a topic is no single story."""
    return _("“{name}” is no single story. For all about a token or a topic: /ignore $SOL").format(
        name=foreign(name, 40)
    )


def snoozed(until: datetime, zone: str, now: datetime) -> str:
    return lines(
        _("Snoozed until {time} ({zone}).").format(time=words.clock(until, zone, now), zone=zone),
        _("What I hold back until then is in the next digest. /snooze off ends it."),
    )


def awake(*, already: bool) -> str:
    return _("Nothing was snoozed here.") if already else _("I am awake again.")


def snooze_usage() -> str:
    return _("How long? /snooze 1h, /snooze 8h or /snooze 24h; /snooze off ends it.")


def which(name: str, near: Sequence[Narrative]) -> str:
    """Several stories are called so."""
    listed = " · ".join(f"#{each.slug}" for each in near[:3])
    return lines(
        _("Several stories are called “{name}”. Which one?").format(name=foreign(name, 40)),
        f"<code>{html.escape(listed)}</code>",
    )


Held = tuple[str, tuple[Narrative | None, datetime | None]]  # id, story (None: not one), end (None: never)


def silences(held: Sequence[Held], *, zone: str, now: datetime) -> tuple[str, InlineKeyboardMarkup | None]:
    """What is muted or snoozed, each with a button that ends it; id "": everything."""
    if not held:
        return _("Nothing is muted or snoozed here. /mute #story or /snooze 8h does."), None
    more = len(held) - SHOWN
    buttons = [
        [
            InlineKeyboardButton(
                text=_("Speak again: {name}").format(name=label(_name(each), 30)),
                callback_data=Unmute(id=each[0]).pack(),
            )
        ]
        for each in held[:SHOWN]
    ]
    text = lines(
        _("<b>I keep still about</b>"),
        *(_line(each, zone, now) for each in held[:SHOWN]),
        _("and {n} more: end some to see them").format(n=more) if more > 0 else None,
    )
    return text, InlineKeyboardMarkup(inline_keyboard=buttons)


def _name(held: Held) -> str:
    id, (narrative, _until) = held
    if narrative:
        return narrative.title
    return market() if id else _("everything")


def _line(held: Held, zone: str, now: datetime) -> str:
    until = held[1][1]
    ends = _("until {time}").format(time=words.clock(until, zone, now)) if until else _("muted")
    return f"{foreign(_name(held), 36)} · {ends}"
