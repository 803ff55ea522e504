"""Several stories at once are one message: a line each, and a button that tells the story alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import words
from bot.views.alert import Alerts, happened
from bot.views.language import _
from bot.views.markup import bold, dotted, foreign, lines
from bot.views.trending import Open, Show

SHOWN = 6
TITLE = 34
NAMED = 20


class Single(CallbackData, prefix="o"):
    """One story of a bundle, told alone."""

    firing: str


def render(
    alerts: Sequence[Mapping[str, Any]], *, zone: str, now: datetime
) -> tuple[str, InlineKeyboardMarkup]:
    """A short list from the facts of each firing, in the order they were decided in."""
    text = lines(
        _("<b>{n} stories move at once</b>").format(n=len(alerts)),
        *(f"{n} {_row(facts)}" for n, facts in enumerate(alerts[:SHOWN], 1)),
        _also(alerts[SHOWN:]),
        dotted([_seen(alerts, zone, now), _places(alerts)]),
    )
    return text, _keyboard(alerts)


def _row(facts: Mapping[str, Any]) -> str:
    if facts.get("view") == "market":
        return _("<b>The whole market is louder</b> — {times}").format(times=words.times(facts["factor"]))
    gone = facts.get("withdrawn")
    if gone:
        return f"<s>{foreign(facts['title'], TITLE)}</s> — {_('withdrawn')}"
    return dotted([f"{bold(facts['title'], TITLE)} — {happened(facts)}", words.authors(facts["authors"])])


def _also(rest: Sequence[Mapping[str, Any]]) -> str | None:
    if not rest:
        return None
    return _("Also: {stories}").format(stories=dotted(_name(facts) for facts in rest))


def _name(facts: Mapping[str, Any]) -> str:
    return foreign(facts["title"], NAMED) if "title" in facts else _("the whole market")


def _seen(alerts: Sequence[Mapping[str, Any]], zone: str, now: datetime) -> str:
    decided = max(datetime.fromisoformat(facts["decided"]) for facts in alerts)
    sent = next((datetime.fromisoformat(facts["sent"]) for facts in alerts if "sent" in facts), now)
    return _("Seen {seen} → sent {sent} ({zone})").format(
        seen=words.clock(decided, zone, now), sent=words.clock(sent, zone, now), zone=words.city(zone)
    )


def _places(alerts: Sequence[Mapping[str, Any]]) -> str | None:
    """`2–4 of 5 today`."""
    places = [facts["place"] for facts in alerts if "place" in facts]
    if not places:
        return None
    return _("{first}–{last} of {budget} today").format(
        first=min(places), last=max(places), budget=alerts[0]["budget"]
    )


def _keyboard(alerts: Sequence[Mapping[str, Any]]) -> InlineKeyboardMarkup:
    numbers = [_number(str(n), facts) for n, facts in enumerate(alerts[:SHOWN], 1)]
    off = InlineKeyboardButton(text=_("Alerts off"), callback_data=Alerts(on=False).pack())
    return InlineKeyboardMarkup(inline_keyboard=[numbers, [off]])


def _number(text: str, facts: Mapping[str, Any]) -> InlineKeyboardButton:
    if facts.get("view") == "market":
        return InlineKeyboardButton(text=text, callback_data=Show(window="4h").pack())
    alone = "firing" in facts and not facts.get("withdrawn")
    data = Single(firing=facts["firing"]) if alone else Open(id=facts["narrative_id"])
    return InlineKeyboardButton(text=text, callback_data=data.pack())
