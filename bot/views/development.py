"""What became of an alert: confirmed, or taken back where everybody can see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiogram.types import InlineKeyboardMarkup

from bot.views import words
from bot.views.alert import FIRST_LINE, TITLE, keyboard, timeline
from bot.views.language import _, ngettext
from bot.views.markup import bold, foreign, lines


def confirmed(text: str, facts: Mapping[str, Any], *, zone: str, now: datetime) -> str:
    """The alert's text with what vouches for it, under its first line."""
    n = facts["became"]["n"]
    many = ngettext("{n} confirmed author", "{n} confirmed authors", n).format(n=n)
    first, *rest = text.splitlines()
    said = _("Confirmed {time}: {authors}").format(time=words.clock(now, zone, now), authors=many)
    return lines(first, f"<b>{said}</b>", *rest)


def withdrawn(facts: Mapping[str, Any], *, zone: str, now: datetime) -> tuple[str, InlineKeyboardMarkup]:
    """The alert struck out, with the reason; its buttons stay."""
    text = lines(
        f"<s>{foreign(facts['title'], TITLE)}</s> — {_('withdrawn')}",
        _("Withdrawn {time}: {why}").format(time=words.clock(now, zone, now), why=_why(facts["became"])),
        _("It said: {figures}").format(figures=words.volume(facts["posts"], facts["authors"])),
        timeline(facts, zone, now),
    )
    return text, keyboard(facts)


def answer(payload: Mapping[str, Any]) -> str:
    """The message that answers a withdrawn alert."""
    room = FIRST_LINE - len(_("Withdrawn")) - 3
    return lines(
        f"<b>{_('Withdrawn')}</b> — {bold(payload['title'], min(TITLE, room))}",
        _why(payload["became"]),
        _("What my alert said rests on too little now."),
    )


def _why(became: Mapping[str, Any]) -> str:
    if became["why"] == "coordination":
        return _("its talk looks coordinated")
    return _("{n} of its {of} posts are deleted or junk").format(n=became["n"], of=became["of"])
