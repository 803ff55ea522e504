"""`/status`: how well INTERN sees, what it spends, and this chat's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.board import Snapshot
from bot.views import words
from bot.views.cost import usd
from bot.views.data import freshness, spoken_fault
from bot.views.language import _
from bot.views.markup import dotted, foreign, lines
from core.budget import Caps, Spent
from core.models import Chat, DeliveryState
from core.signals.completeness import ENOUGH


def render(
    snapshot: Snapshot,
    chat: Chat,
    *,
    spent: Spent,
    caps: Caps,
    deliveries: Mapping[DeliveryState, int],
    missed: Sequence[date] = (),
    now: datetime,
) -> str:
    """The whole status of this chat and of the data in one message."""
    return lines(
        _("<b>Status</b>"),
        _seeing(snapshot, chat, now),
        freshness(snapshot, zone=chat.zone, now=now),
        _polls(snapshot),
        _dropped(snapshot),
        _complete(snapshot),
        _spending(spent, caps),
        _settings(chat),
        _missed(missed),
        _sent(deliveries),
    )


def _seeing(snapshot: Snapshot, chat: Chat, now: datetime) -> str:
    if snapshot.data_until is None:
        return _("No posts read yet.")
    return _("Data to {time} ({age}), {n} narratives watched").format(
        time=words.clock(snapshot.data_until, chat.zone, now),
        age=words.age(now - snapshot.data_until),
        n=len(snapshot.scores),
    )


def _polls(snapshot: Snapshot) -> str | None:
    tally = snapshot.tally
    if tally is None:
        return None
    faults = [f"{spoken_fault(name)} ×{n}" for name, n in sorted(tally.faults.items())]
    seen = _("Last 24 h: {ok} of {all} searches answered, {posts} posts").format(
        ok=tally.ok, all=tally.polls, posts=tally.returned
    )
    return dotted([seen, *faults])


def _dropped(snapshot: Snapshot) -> str | None:
    if snapshot.tally is None or not snapshot.tally.dropped:
        return None
    reasons = [f"{_reason(name)} ×{n}" for name, n in sorted(snapshot.tally.dropped.items())]
    return _("Not counted: {reasons}").format(reasons=", ".join(reasons))


def _complete(snapshot: Snapshot) -> str | None:
    """Said once enough searches overlap: whether a second look finds what the first one found."""
    told = snapshot.completeness
    if told is None or told.posts < ENOUGH:
        return None
    if told.is_choice:
        return _(
            "Searches return a choice of posts ({share:.0%} found twice): I compare shares, not counts."
        ).format(share=told.theta)
    return _("Looked at twice: {share:.0%} of {n} posts were known already").format(
        share=told.theta, n=told.posts
    )


def _spending(spent: Spent, caps: Caps) -> str:
    return _("Spent today {day} of {day_cap}, this month {month} of {month_cap}").format(
        day=usd(spent.day + spent.users),
        day_cap=usd(caps.day),
        month=usd(spent.month),
        month_cap=usd(caps.month),
    )


def _reason(name: str) -> str:
    return {
        "not cited": _("not in the citations"),
        "outside the window": _("outside the time asked for"),
        "future": _("from the future"),
        "malformed": _("unreadable"),
        "duplicate": _("told twice"),
    }.get(name, foreign(name, 40))


def _settings(chat: Chat) -> str:
    alerts = _("alerts on") if chat.subscribed else _("alerts off")
    digest = _("digest daily {time}").format(time=chat.digest_at) if chat.digest_at else _("no daily digest")
    paused = _("pushes paused: {why}").format(why=foreign(chat.paused, 60)) if chat.paused else None
    return _("This chat: {settings}").format(
        settings=dotted([alerts, digest, _("zone {zone}").format(zone=chat.zone), paused])
    )


def _missed(days: Sequence[date]) -> str | None:
    """Digests of the last week that were never made."""
    if not days:
        return None
    return _(
        "Missed digests: {days}. I was not running, or could not write here; the next one tells it all."
    ).format(days=", ".join(words.day(day) for day in days))


def _sent(deliveries: Mapping[DeliveryState, int]) -> str | None:
    names = {
        DeliveryState.SENT: _("sent"),
        DeliveryState.PENDING: _("waiting"),
        DeliveryState.SENDING: _("on its way"),
        DeliveryState.DEAD: _("given up"),
        DeliveryState.UNKNOWN: _("unsure whether it arrived"),
        DeliveryState.EXPIRED: _("too old to send"),
    }
    parts = [f"{n} {names[state]}" for state, n in deliveries.items() if n]
    return _("Messages to this chat: {parts}").format(parts=", ".join(parts)) if parts else None
