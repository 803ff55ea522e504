"""What people type behind a command, understood or answered with the right usage.

The sentences are ready to be sent: only the words quoted in them are foreign text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot import zones
from bot.clock import real_now
from bot.views import limits
from bot.views.language import _
from bot.views.markup import foreign
from core.errors import BadInput
from core.models import WINDOWS, Window
from core.models.attention import QuietHours

_MINIMUM = re.compile(r"^([0-9]{1,3}(?:[.,][0-9]{1,2})?)[x×]$", re.IGNORECASE)
_WINDOW = re.compile(r"^[0-9]{1,3}\s?[a-z]+$", re.IGNORECASE)
_TIME = re.compile(r"^([01]?[0-9]|2[0-3])[:.]([0-5][0-9])$")


class TrendingArguments(NamedTuple):
    window: Window = "24h"
    minimum: float = 0.0


def trending(text: str) -> TrendingArguments:
    """`4h 2x` in any order. Raises BadInput with the right usage."""
    window: Window = "24h"
    minimum = 0.0
    for word in text.lower().split():
        if word in WINDOWS:
            window = word
        elif match := _MINIMUM.match(word):
            minimum = float(match[1].replace(",", "."))
        elif _WINDOW.match(word):
            raise BadInput(
                _("“{word}” is not a window I keep: use 1h, 4h, 24h, 7d or 30d.").format(
                    word=foreign(word, 20)
                )
            )
        else:
            raise BadInput(
                _("I do not understand “{word}”. Write for example: /trending 4h 2x").format(
                    word=foreign(word, 20)
                )
            )
    return TrendingArguments(window, minimum)


class DigestArguments(NamedTuple):
    action: str  # now | off | daily
    at: str = ""
    zone: str | None = None


def digest(text: str) -> DigestArguments:
    """Nothing, `off`, or `daily HH:MM [zone]`. Raises BadInput with the right usage."""
    words = text.split()
    if not words or words == ["now"]:
        return DigestArguments("now")
    if [w.lower() for w in words] == ["off"]:
        return DigestArguments("off")
    if words[0].lower() != "daily" or len(words) not in (2, 3):
        raise BadInput(_("Write /digest, /digest daily 08:00 Europe/Berlin, or /digest off."))
    time = _TIME.match(words[1])
    if time is None:
        raise BadInput(
            _("“{word}” is not a time of day: write it like 08:00.").format(word=foreign(words[1], 20))
        )
    return DigestArguments(
        "daily", f"{int(time[1]):02d}:{time[2]}", zone(words[2]) if len(words) == 3 else None
    )


def zone(text: str) -> str:
    """A time zone by its name or a city's, whatever the case. Raises BadInput naming the form."""
    found = zones.read(text, real_now())
    if found.zone is not None:
        return found.zone
    word = foreign(text, 40)
    if found.near:
        raise BadInput(
            _("I know no time zone “{word}”. Did you mean {near}?").format(
                word=word, near=", ".join(found.near)
            )
        )
    raise BadInput(_("I know no time zone “{word}”: write it like Europe/Berlin or UTC.").format(word=word))


_HOURS = re.compile(
    r"([01]?[0-9]|2[0-4])(?:[:.]([0-5][0-9]))?\s*(?:-|–|—|\bto\b|\s)\s*([01]?[0-9]|2[0-4])(?:[:.]([0-5][0-9]))?",
    re.IGNORECASE,
)


def quiet(text: str) -> QuietHours | None:
    """`22-08`, `22:30-7:00`; `off` is None. Raises BadInput with the right usage."""
    if text.strip().lower() == "off":
        return None
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        raise BadInput(limits.quiet_usage())
    start, end = (f"{int(h) % 24:02d}:{m or '00'}" for h, m in (match.group(1, 2), match.group(3, 4)))
    if start == end:
        raise BadInput(
            _("Quiet hours begin and end at different times: /quiet 22-08. For a pause: /snooze 24h")
        )
    return QuietHours(start=start, end=end)
