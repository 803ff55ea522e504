"""What a chat allows: quiet hours, zone, sensitivity, budget and kinds, each said back in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import words
from bot.views.language import _, ngettext
from bot.views.markup import foreign, lines
from core.models.attention import Attention, Kind, Mode, QuietHours, Sensitivity


class Zone(CallbackData, prefix="zn"):
    """Set this zone."""

    name: str


class Turn(CallbackData, prefix="k"):
    """Turn a kind of message on, silent or off."""

    kind: str
    mode: str


# --- quiet hours and zone ----------------------------------------------------------------------------------


def quiet(hours: QuietHours | None, zone: str) -> str:
    if hours is None:
        return lines(
            _("No quiet hours: alerts come at any time."),
            _("/quiet 22-08 keeps the nights free (times in {zone}; /zone changes that).").format(zone=zone),
        )
    return lines(
        _("Quiet from {start} to {end} ({zone}).").format(start=hours.start, end=hours.end, zone=zone),
        _("What I hold back then is in the next digest; of urgent rules one may ring."),
        _("Not your time? /zone Europe/Berlin · /quiet off ends it."),
    )


def quiet_usage() -> str:
    return _("Write it like /quiet 22-08 or /quiet 22:30-07:00; /quiet off ends it.")


def zone(name: str, now: datetime) -> str:
    return lines(
        _("Time zone: {zone}").format(zone=name),
        _("It is {time} there now.").format(time=words.clock(now, name, now)),
        _("Quiet hours, digests and every time I write go by it. Change it: /zone Tokyo"),
    )


def no_zone(text: str, near: Sequence[str], *, offset: bool) -> tuple[str, InlineKeyboardMarkup | None]:
    """Nothing clear was meant: why, and what comes near."""
    said = foreign(text, 40)
    if offset and near:
        text = _("“{word}” is an offset: it changes with summer time. Which city's clock?").format(word=said)
    elif near:
        text = _("I know no time zone “{word}”. Did you mean one of these?").format(word=said)
    else:
        text = _("I know no time zone “{word}”: write it like Europe/Berlin or UTC.").format(word=said)
    if not near:
        return text, None
    rows = [[InlineKeyboardButton(text=name, callback_data=Zone(name=name).pack())] for name in near]
    return text, InlineKeyboardMarkup(inline_keyboard=rows)


# --- how much ----------------------------------------------------------------------------------------------


def sensitivity(value: Sensitivity) -> str:
    said = {
        Sensitivity.QUIET: _("Sensitivity: quiet. Only rarer attention rings."),
        Sensitivity.STANDARD: _("Sensitivity: standard."),
        Sensitivity.SENSITIVE: _("Sensitivity: sensitive. I ring earlier, and am wrong more often."),
    }[value]
    return lines(said, _("/sensitivity quiet, standard or sensitive changes it."))


def sensitivity_unknown(word: str) -> str:
    return _("“{word}” is none of them: /sensitivity quiet, standard or sensitive").format(
        word=foreign(word, 20)
    )


def budget(most: int) -> str:
    if most == 0:
        return lines(_("No alerts a day: everything waits for the digest."), _("/budget 5 lets five ring."))
    return lines(
        ngettext("At most {n} alert a day rings here.", "At most {n} alerts a day ring here.", most).format(
            n=most
        ),
        _("The most surprising ones; the rest is in the digest. Change it: /budget 3"),
    )


def budget_usage() -> str:
    return _("How many alerts a day? A whole number from 0 to 50, for example /budget 5")


def kind(value: Kind) -> str:
    return {
        Kind.ALERT: _("alerts"),
        Kind.RULE: _("your rules"),
        Kind.MARKET: _("whole market"),
        Kind.UPDATE: _("updates of alerts"),
        Kind.DIGEST: _("digests"),
    }[value]


def mode(value: Mode) -> str:
    return {Mode.ON: _("on"), Mode.SILENT: _("silent"), Mode.OFF: _("off")}[value]


def kinds(allowed: Attention) -> tuple[str, InlineKeyboardMarkup]:
    """Each kind of message with its mode; a press turns it to the next one: on, silent, off."""
    text = lines(
        _("<b>What I may send here</b>"),
        _("Silent comes without a sound. Press a kind to change it."),
    )
    rows = [[_turning(each, allowed.mode(each))] for each in Kind]
    return text, InlineKeyboardMarkup(inline_keyboard=rows)


def _turning(each: Kind, now: Mode) -> InlineKeyboardButton:
    order = list(Mode)
    following = order[(order.index(now) + 1) % len(order)]
    return InlineKeyboardButton(
        text=f"{kind(each)}: {mode(now)}",
        callback_data=Turn(kind=each.value, mode=following.value).pack(),
    )
