"""Notices to the operator: what is wrong, what INTERN does about it, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiogram.types import InlineKeyboardMarkup

from bot.views import silence, words
from bot.views.language import _
from bot.views.markup import foreign, lines

WHY = 200


def render(
    payload: Mapping[str, Any], *, zone: str, now: datetime
) -> tuple[str, InlineKeyboardMarkup | None]:
    """The text of a notice; one of an unknown kind shows its name. `payload` holds `what` and its facts."""
    what = str(payload["what"])
    if what in ("silence", "sight"):
        return silence.render(payload, zone=zone, now=now), None
    said = _sentences(payload).get(what) or foreign(what, 60)
    why = payload.get("why")
    return lines(
        _("<b>For the operator</b> · {time}").format(time=words.clock(now, zone, now)),
        said,
        f"<i>{foreign(str(why), WHY)}</i>" if why else None,
    ), None


def _sentences(facts: Mapping[str, Any]) -> dict[str, str]:
    return {
        "overrun": _(
            "Grok fetches more than twice the posts I ask for, three times in a row. I ask for half as many "
            "until it keeps to its plan. /cost shows what it cost."
        ),
        "overrun over": _("Grok keeps to its plan again: I ask for as many posts as before."),
        "out of credit": _(
            "The xAI account is out of credit: no new posts until you top it up at console.x.ai."
        ),
        "misconfigured": _(
            "xAI refuses the key or the model. python -m bot check says which and what to do."
        ),
        "counts misconfigured": _(
            "X refuses X_BEARER_TOKEN: until it is mended, Grok's samples measure instead of X's counts."
        ),
        "counts out of credit": _(
            "The X account has no credit for counts: until it has, Grok's samples measure instead."
        ),
        "fallback": _("{first} does not answer; I ask {model} instead. It is dearer.").format(
            first=foreign(str(facts.get("instead_of", "")), 40),
            model=foreign(str(facts.get("model", "")), 40),
        ),
        "ids drift": _(
            "The ids of new posts look unlike earlier ones. X may have changed them, or answers may hold "
            "posts that do not exist. Nothing was dropped; look at a few links."
        ),
        "hourly cap reached": _("This hour's spending cap is reached: the next look is in the next hour."),
        "daily cap reached": _(
            "Today's money for searches is spent: no new posts until midnight UTC. A part of the cap is "
            "kept for people's questions and for hours in which the whole market is loud. "
            "grok.daily_usd raises it."
        ),
        "monthly cap reached": _(
            "This month's spending cap is reached: no new posts until the next month. "
            "grok.monthly_usd raises it."
        ),
    }
