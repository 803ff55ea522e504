"""Nothing is seen, and seen again: said where people wait for alerts; silence is not calm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.views import words
from bot.views.data import spoken_fault
from bot.views.language import _
from bot.views.markup import lines


def render(payload: Mapping[str, Any], *, zone: str, now: datetime) -> str:
    """The notice; an operator also reads what to do. `payload` holds what, seen, and fault or again."""
    seen = words.clock(datetime.fromisoformat(payload["seen"]), zone, now)
    if payload["what"] == "sight":
        return _again(payload, seen, zone, now)
    return lines(
        _("<b>I have seen nothing new since {time}</b>").format(time=seen),
        _("Why: {fault}.").format(fault=_reason(payload["fault"])),
        _("Silence now does not mean calm: I would not notice if a story moved."),
        _("I keep trying and write once when I see again. /trending shows the picture from then."),
        _("For the operator: python -m bot check says what is wrong.") if payload.get("operator") else None,
    )


def _again(payload: Mapping[str, Any], seen: str, zone: str, now: datetime) -> str:
    again = datetime.fromisoformat(payload["again"])
    return lines(
        _("<b>I see X again</b>, data to {time}").format(time=words.clock(again, zone, now)),
        _("The gap began at {time}. What I could not see counts as missing, not as quiet.").format(time=seen),
    )


def _reason(fault: str) -> str:
    return {
        "no turn": _("my own rounds have stopped"),
        "saving": _("the money for searches is used up or being saved"),
    }.get(fault) or spoken_fault(fault)
