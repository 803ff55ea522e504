"""Coordination in plain words: what was found, how sure, and what the reader may do. It accuses nobody."""

from __future__ import annotations

from bot.views import words
from bot.views.language import _, ngettext
from bot.views.markup import dotted
from core.models import Category, Coordination, Trace
from core.signals.coordination import MIN_POSTS


def card(found: Coordination | None, usual: Category | None) -> list[str]:
    """The lines of a narrative's card; `usual` is its category in the 90 days before."""
    if found is None:
        return []
    if found.category is None and found.n >= MIN_POSTS:
        return [_("Coordination: could not be judged this time")]
    if found.category is None:
        few = ngettext("{n} post is too few", "{n} posts are too few", found.n).format(n=found.n)
        return [_("Coordination: not judged, {few}").format(few=few)]
    stand = _("Coordination: {now}").format(
        now=dotted([_since(found.category, usual), words.sure(found.confidence)])
    )
    if found.category == "low":
        return [stand]
    return [
        stand,
        *(f"• {_sign(trace)}" for trace in found.traces),
        _("It may be one voice under many names, or one headline that many repeat."),
        _("What you can do: wait for other voices, check the posts, or mute it."),
    ]


def short(found: Coordination | None) -> str | None:
    """`may be coordinated: 12 near-copies`, for a list; None while there is little sign of it."""
    if found is None or found.category in (None, "low") or not found.traces:
        return None
    return _("may be coordinated: {sign}").format(sign=_brief(found.traces[0]))


def alert(found: Coordination | None) -> str | None:
    """The same in an alert, where it has a line of its own."""
    if found is None or found.category in (None, "low") or not found.traces:
        return None
    return _("May be coordinated: {sign}").format(sign=_sign(found.traces[0]))


def category(value: Category) -> str:
    return {
        "low": _("low"),
        "medium": _("medium"),
        "high": _("high"),
        "critical": _("critical"),
    }[value]


def _since(now: Category, usual: Category | None) -> str:
    if usual is None:
        return category(now)
    if usual == now:
        return _("{now}, as in the 90 days before").format(now=category(now))
    return _("{now} now, {usual} in the 90 days before").format(now=category(now), usual=category(usual))


def _brief(trace: Trace) -> str:
    return {
        "near-copies": ngettext("{n} near-copy", "{n} near-copies", trace.count),
        "posting together": ngettext("{n} author in step", "{n} authors in step", trace.count),
        "few authors": _("five authors wrote {n} of {of}"),
        "regular gaps": _("posts at regular times"),
        "unknown accounts": _("{n} of {of} authors are new to me"),
    }[trace.sign].format(n=trace.count, of=trace.of)


def _sign(trace: Trace) -> str:
    return {
        "near-copies": _("{n} of {of} posts are near-copies within half an hour"),
        "posting together": _("{n} of {of} authors posted the same within a minute, again and again"),
        "few authors": _("five authors wrote {n} of {of} different posts"),
        "regular gaps": _("posts come at regular times, {n} gaps looked at"),
        "unknown accounts": _("{n} of {of} authors are new to me, more than usual"),
    }[trace.sign].format(n=trace.count, of=trace.of)
