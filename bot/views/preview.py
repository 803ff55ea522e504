"""A preview: what a rule would have told in the last days, before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.views import words
from bot.views.cost import usd
from bot.views.language import _, ngettext
from bot.views.markup import dotted, foreign
from core.alerts.preview import Preview
from core.alerts.wording import text_of

_BARS = "▁▂▃▄▅▆▇█"
DAY = timedelta(days=1)
LEAST = timedelta(hours=1)  # of a past that can be replayed


class Graded(NamedTuple):
    """How the alerts went on by the track record's rule."""

    hits: int
    graded: int
    unseen: int  # too little was seen to say


def told(preview: Preview, *, zone: str, ticks_a_day: int = 0, graded: Graded | None = None) -> list[str]:
    """At most five lines, to stand under the rule; one where there is no past to look at. `ticks_a_day` is
    what following costs, where the rule needs it."""
    if preview.turns < 2 or preview.until - preview.since < LEAST:
        return [dotted([_("Nothing to replay yet: I have just begun to watch"), _cost(ticks_a_day)])]
    parts = [
        dotted([_first_line(preview), _cost(ticks_a_day)]),
        _calendar(preview, preview.by_day(zone), zone),
        _held(preview.held),
        _moved_on(graded),
        _daily(preview),
    ]
    return [part for part in parts if part]


def _first_line(preview: Preview) -> str:
    count = len(preview.told)
    seen = words.lasting(preview.until - preview.since)
    if not count:
        return _("Last {span}: no alert").format(span=seen)
    return ngettext("Last {span}: {n} alert", "Last {span}: {n} alerts, {pace}", count).format(
        n=count, span=seen, pace=_pace(preview.per_day)
    )


def _pace(per_day: float) -> str:
    if per_day >= 0.95:
        return _("{n} a day").format(n=round(per_day) if per_day >= 2 else f"{per_day:.1f}")
    return _("{n} a week").format(n=max(1, round(per_day * 7)))


def _calendar(preview: Preview, days: Mapping[date, int], zone: str) -> str | None:
    """A bar a day, and the busiest day by its date."""
    if not days:
        return None
    first, last = (at.astimezone(ZoneInfo(zone)).date() for at in (preview.since, preview.until))
    most = max(days.values())
    counts = [days.get(first + i * DAY, 0) for i in range((last - first).days + 1)]
    bars = "".join(_BARS[0] if not n else _BARS[max(1, round(n / most * 7))] for n in counts)
    busiest = max(days, key=lambda day: (days[day], day))
    return _("{bars} most: {n} on {day}").format(bars=bars, n=most, day=words.day(busiest))


def _held(held: Mapping[str, int]) -> str | None:
    spoken = {
        "quiet hours": _("{n} in quiet hours"),
        "budget": _("{n} over the day's budget"),
        "cooldown": _("{n} told shortly before"),
        "repeats": _("{n} told before that day"),
    }
    named = [text.format(n=held[reason]) for reason, text in spoken.items() if held.get(reason)]
    return _("In the digest instead: {parts}").format(parts=dotted(named)) if named else None


def _moved_on(graded: Graded | None) -> str | None:
    if graded is None or not graded.graded + graded.unseen:
        return None
    if not graded.graded:
        return _("How they went on was not seen well enough to say.")
    return _("{hits} of {n} really moved on: 2× usual or more in the next 3 h").format(
        hits=graded.hits, n=graded.graded
    )


def _cost(ticks_a_day: int) -> str:
    if not ticks_a_day:
        return _("costs nothing extra")
    return _("its topic costs about {usd} a day").format(usd=usd(ticks_a_day))


def _daily(preview: Preview) -> str | None:
    if preview.daily is None:
        return None
    return _("For about one a day: {line}").format(
        line=f"<code>{foreign(text_of(preview.daily.spec), 120)}</code>"
    )
