"""Lines about the data itself: how old, how complete, what is failing, how much history there is."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.board import Snapshot
from bot.views import words
from bot.views.language import _
from bot.views.markup import foreign, lines

WARM_HOURS = 48
OLD = timedelta(hours=2)


def waiting(snapshot: Snapshot, now: datetime) -> str:
    """Before anything was scored: what is going on, in words."""
    if snapshot.fault:
        return _(
            "I could not reach X search yet ({fault}). I keep trying; there is nothing to show so far."
        ).format(fault=spoken_fault(snapshot.fault))
    if snapshot.started_at is None and snapshot.saving:
        return _("There is no money for a look at X right now. I look as soon as my caps allow it.")
    if snapshot.started_at is None:
        return _("I have just started and am taking my first look at X. Ask again in a minute.")
    return _(
        "I am reading X since {span}, and no story has stood out yet. New stories show up here first."
    ).format(span=words.lasting(now - snapshot.started_at))


def freshness(snapshot: Snapshot, *, zone: str, now: datetime) -> str | None:
    """Said only when something is wrong: since when nothing new came in, and why."""
    until = snapshot.data_until
    if snapshot.fault is None and until is not None and now - until < OLD:
        return _sparing() if snapshot.saving else None
    why = f" ({spoken_fault(snapshot.fault)})" if snapshot.fault else ""
    if until is None:
        return _("No posts could be read so far{why}.").format(why=why)
    said = _("No new posts since {time}{why}. This is the picture from then.").format(
        time=words.clock(until, zone, now), why=why
    )
    return lines(said, _sparing() if snapshot.saving else None)


def _sparing() -> str:
    """Why a turn went by without a look."""
    return _("I look at X less often now, so that the money lasts.")


def coverage(snapshot: Snapshot) -> str:
    """How much was seen, and how much history there is to compare with."""
    parts = []
    if snapshot.tally and snapshot.tally.polls:
        parts.append(
            _("Seen {ok} of {all} polls · samples, not totals").format(
                ok=snapshot.tally.ok, all=snapshot.tally.polls
            )
        )
    if snapshot.observed_hours < WARM_HOURS:
        parts.append(
            _("{n} of 48 hours observed: I can tell new stories already, comparisons firm up later").format(
                n=snapshot.observed_hours
            )
        )
    return "\n".join(f"<i>{part}</i>" for part in parts)


def spoken_fault(fault: str) -> str:
    """A fault's short name as a reader would say it."""
    return {
        "unreachable": _("X search is down"),
        "out of credit": _("the X search account is out of credit"),
        "hourly cap reached": _("this hour's spending cap is reached"),
        "daily cap reached": _("today's spending cap is reached"),
        "monthly cap reached": _("this month's spending cap is reached"),
        "misconfigured": _("X search refuses my settings"),
        "ungrounded": _("X search answered without posts"),
        "degraded": _("X search answered without proof"),
        "unreadable": _("X search answered unreadably"),
        "incomplete": _("X search broke off"),
        "searched too much": _("X search did more than it was asked"),
        "interrupted": _("my questions were interrupted"),
        "content filter": _("X search refused the words of my question"),
    }.get(fault, foreign(fault, 60))
