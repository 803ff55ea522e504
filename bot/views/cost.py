"""`/cost`: what INTERN spends and on what, for its operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.views import words
from bot.views.language import _, ngettext
from bot.views.markup import dotted, foreign, lines
from core.budget import TICKS, Caps

TITLE = 32


class Costs(NamedTuple):
    """Everything the message needs; amounts are ticks."""

    hour: int
    day: int
    month: int
    forecast_day: int
    forecast_month: int
    purposes: Mapping[str, int]  # of the month
    dearest: Sequence[tuple[str, int]]  # titles, 30 days
    alerts: int  # of 30 days
    thirty_days: int
    unbilled: int  # reservations of the month no bill came for
    unbilled_ticks: int


def render(costs: Costs, caps: Caps, *, zone: str, now: datetime) -> str:
    """The whole account in one message."""
    return lines(
        _("<b>Cost</b> · {time} ({zone})").format(time=words.clock(now, zone, now), zone=zone),
        _("This hour {spent} of {cap}").format(spent=usd(costs.hour), cap=usd(caps.hour)),
        _("Today {spent} of {cap} · at this pace {forecast}").format(
            spent=usd(costs.day), cap=usd(caps.day), forecast=usd(costs.forecast_day)
        ),
        _kept(caps),
        _("This month {spent} of {cap} · at this pace {forecast}").format(
            spent=usd(costs.month), cap=usd(caps.month), forecast=usd(costs.forecast_month)
        ),
        _purposes(costs.purposes),
        _alerts(costs),
        _("Dearest stories, 30 days:") if costs.dearest else None,
        *(f"{usd(ticks)} {foreign(title, TITLE)}" for title, ticks in costs.dearest),
        _unbilled(costs),
    )


def _kept(caps: Caps) -> str | None:
    if not caps.users_share and not caps.shock_share:
        return None
    return _("Of a day {users} is kept for people, {shock} for loud hours").format(
        users=usd(round(caps.users_share * caps.day)), shock=usd(round(caps.shock_share * caps.day))
    )


def usd(ticks: int) -> str:
    """`$1.24`; small sums keep a third digit."""
    amount = ticks / TICKS
    return f"${amount:.3f}" if 0 < amount < 0.1 else f"${amount:.2f}"


def _purposes(purposes: Mapping[str, int]) -> str | None:
    if not purposes:
        return None
    named = sorted(purposes.items(), key=lambda item: -item[1])
    return _("This month on: {parts}").format(
        parts=dotted([f"{_spoken(name)} {usd(ticks)}" for name, ticks in named])
    )


def _spoken(purpose: str) -> str:
    return {
        "discover": _("finding stories"),
        "refresh": _("looking again"),
        "following": _("following"),
        "backfill": _("their past day"),
        "grading": _("grading alerts"),
        "counts": _("X counts"),
        "words": _("words"),
        "check": _("checks"),
    }.get(purpose, foreign(purpose, 20))


def _alerts(costs: Costs) -> str:
    if not costs.alerts:
        return _("No alert in 30 days, {spent} spent").format(spent=usd(costs.thirty_days))
    return ngettext(
        "{each} per alert ({n} alert in 30 days)", "{each} per alert ({n} alerts in 30 days)", costs.alerts
    ).format(each=usd(costs.thirty_days // costs.alerts), n=costs.alerts)


def _unbilled(costs: Costs) -> str | None:
    if not costs.unbilled:
        return None
    return ngettext(
        "{n} call without a bill, booked at {spent}",
        "{n} calls without a bill, booked at {spent}",
        costs.unbilled,
    ).format(n=costs.unbilled, spent=usd(costs.unbilled_ticks))


def not_for_you() -> str:
    return _("/cost is for my operator. /status shows how well I see.")


def in_private() -> str:
    return _("Ask me /cost in our private chat.")


def nobody() -> str:
    return _("No operator is set: put your Telegram id into ADMIN_IDS and start me again.")
