"""`/trending`: the list, how good the view was, and buttons to look closer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.board import Snapshot
from bot.views import coordination, words
from bot.views.data import coverage, freshness, waiting
from bot.views.language import _, ngettext
from bot.views.markup import bold, dotted, foreign, lines
from core import trending
from core.junk.asides import LeftOut
from core.models import Narrative, Phase, Score, Window

ROWS = 8
ASIDE = 2  # titles of what is left out
BUTTONS = 4  # rows that get a number to press


class Show(CallbackData, prefix="t"):
    """Show the list for a window, at least `minimum` × usual."""

    window: str
    minimum: float = 0.0


class Open(CallbackData, prefix="n"):
    """Open one narrative's card."""

    id: str


def render(
    snapshot: Snapshot, *, window: Window, minimum: float, zone: str, now: datetime
) -> tuple[str, InlineKeyboardMarkup | None]:
    """The message and its buttons; an empty list is an answer in words."""
    if snapshot.as_of is None:
        return waiting(snapshot, now), None
    rows = trending.ranking(
        snapshot.scores,
        snapshot.narratives,
        window,
        earlier=snapshot.earlier,
        minimum=minimum,
        count=ROWS,
    )
    text = lines(
        _head(snapshot, window, minimum, now),
        *(_row(row, window, zone, now) for row in rows),
        None if rows else _nothing(snapshot, window, minimum),
        _aside(snapshot, window),
        _left_out(snapshot.left_out, window),
        freshness(snapshot, zone=zone, now=now),
        coverage(snapshot),
    )
    return text, _keyboard(rows, window, minimum)


def _head(snapshot: Snapshot, window: Window, minimum: float, now: datetime) -> str:
    least = _("at least {minimum:g}×").format(minimum=minimum) if minimum else None
    age = words.age(now - (snapshot.data_until or snapshot.as_of or now))
    return "<b>{}</b>".format(dotted([_("Trending"), spoken(window), least, age]))


def spoken(window: Window) -> str:
    """`24h` → `24 h`."""
    form = _("{n} h") if window.endswith("h") else _("{n} d")
    return form.format(n=window[:-1])


def _row(row: trending.Row, window: Window, zone: str, now: datetime) -> str:
    score = row.score
    title = f"{row.place} {_mark(row, now)}{bold(row.narrative.title, 44)}"
    talk = [
        words.volume(row.change.posts, row.change.authors),
        words.sure(row.change.confidence),
        words.mood(score.sentiment.value, score.sentiment.confidence, score.disagreement),
        words.outlook(score),
        _copies(score, window),
    ]
    return lines(
        dotted([title, _phase(score), words.times(row.change.ratio)]),
        f"   {dotted(talk)}",
        f"   {_found(row.narrative, zone, now)}" if _is_young(row, now) and not _is_calm(score) else None,
    )


def _phase(score: Score) -> str:
    """The ratio is the window's, the phase of this hour: "now quiet · 8× usual" is no contradiction."""
    said = words.standing(score)
    return _("now {phase}").format(phase=said) if _is_calm(score) else said


def _is_calm(score: Score) -> bool:
    return score.phase in (Phase.QUIET, Phase.FADING)


def _found(narrative: Narrative, zone: str, now: datetime) -> str:
    return _("earliest post found {earliest}, seen {seen}").format(
        earliest=words.clock(narrative.earliest_post_at, zone, now),
        seen=words.clock(narrative.first_seen_at, zone, now),
    )


def _is_young(row: trending.Row, now: datetime) -> bool:
    return now - row.narrative.earliest_post_at <= timedelta(hours=24)


def _aside(snapshot: Snapshot, window: Window) -> str | None:
    """What looks made by agreement is counted and named, and has no place in the list."""
    left = trending.set_aside(snapshot.scores, snapshot.narratives, window)
    if not left:
        return None
    named = ", ".join(foreign(narrative.title, 30) for narrative, _score in left[:ASIDE])
    more = _("and {n} more").format(n=len(left) - ASIDE) if len(left) > ASIDE else ""
    return _("Left out, looks coordinated: {titles}").format(titles=f"{named} {more}".strip())


def _copies(score: Score, window: Window) -> str | None:
    """What is looked at is a day, so beside another window's posts that is said."""
    said = coordination.short(score.coordination) or words.copies(score)
    if said is None or window == "24h":
        return said
    return _("{copies} in 24 h").format(copies=said)


def _left_out(found: LeftOut, window: Window) -> str | None:
    """What was posted about nothing, of the last 24 h whatever the window."""
    counts = (
        (found.airdrop_floods, ngettext("{n} airdrop flood", "{n} airdrop floods", found.airdrop_floods)),
        (found.price_bots, ngettext("{n} price bot", "{n} price bots", found.price_bots)),
        (found.copy_floods, ngettext("{n} copy-paste flood", "{n} copy-paste floods", found.copy_floods)),
        (found.other_posts, ngettext("{n} other spam post", "{n} other spam posts", found.other_posts)),
    )
    told = ", ".join(form.format(n=n) for n, form in counts if n)
    if not told:
        return None
    return (_("Left out: {what}") if window == "24h" else _("Left out in 24 h: {what}")).format(what=told)


def _mark(row: trending.Row, now: datetime) -> str:
    if _is_young(row, now):
        return _("NEW") + " "
    if row.moved is None:
        return ""
    if row.moved == 0:
        return "= "
    return f"▲{row.moved} " if row.moved > 0 else f"▼{-row.moved} "


def _nothing(snapshot: Snapshot, window: Window, minimum: float) -> str:
    watched = len(snapshot.scores)
    if minimum:
        return _("Nothing reached {minimum:g}× its usual in {window}. {n} narratives watched.").format(
            minimum=minimum, window=spoken(window), n=watched
        )
    return _("Nothing moved more than usual in {window}. {n} narratives watched.").format(
        window=spoken(window), n=watched
    )


def _keyboard(rows: list[trending.Row], window: Window, minimum: float) -> InlineKeyboardMarkup:
    numbers = [
        InlineKeyboardButton(text=str(row.place), callback_data=Open(id=row.narrative.id).pack())
        for row in rows[:BUTTONS]
    ]
    windows = [
        InlineKeyboardButton(
            text=f"·{spoken(w)}·" if w == window else spoken(w),
            callback_data=Show(window=w, minimum=minimum).pack(),
        )
        for w in get_args(Window)
    ]
    again = InlineKeyboardButton(text="⟳", callback_data=Show(window=window, minimum=minimum).pack())
    return InlineKeyboardMarkup(inline_keyboard=[row for row in (numbers, windows, [again]) if row])
