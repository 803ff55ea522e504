"""Figures in plain words: how sure, how much, how long ago, when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.views.language import _, ngettext
from core.models import Phase, Score, Signal, Stability


def sure(confidence: float | None) -> str:
    """A confidence in words; None has none and says so."""
    if confidence is None:
        return _("not measured")
    if confidence >= 0.8:
        return _("very sure")
    if confidence >= 0.5:
        return _("fairly sure")
    if confidence >= 0.25:
        return _("unsure")
    return _("a guess")


def times(ratio: float) -> str:
    """`4.2× usual`; small changes are not dressed up."""
    if 0.8 <= ratio <= 1.25:
        return _("as usual")
    return _("{multiple} usual").format(multiple=multiple(ratio))


def multiple(ratio: float) -> str:
    """`4.2×`, `21×`."""
    return f"{ratio:.0f}×" if ratio >= 9.5 else f"{ratio:.1f}×"


def phase(value: Phase | str) -> str:
    return {
        Phase.QUIET: _("quiet"),
        Phase.EMERGING: _("emerging"),
        Phase.ACCELERATING: _("accelerating"),
        Phase.PEAKING: _("peaking"),
        Phase.FADING: _("fading"),
    }[Phase(value)]


def standing(score: Score) -> str:
    """Where it stands now: `quiet`, or `perhaps emerging` while only the last look says so."""
    if score.phase is Phase.QUIET and score.leaning is not Phase.QUIET:
        return _("perhaps {phase}").format(phase=phase(score.leaning))
    return phase(score.phase)


def mood(value: float, confidence: float | None, disagreement: float | None = None) -> str | None:
    """Bullish, bearish, mixed or split; None while too little is known to say."""
    if not confidence or confidence < 0.2:
        return None
    if disagreement is not None and disagreement > 0.8:
        return _("opinions split")
    if value >= 0.6:
        return _("bullish")
    return _("bearish") if value <= 0.4 else _("mixed mood")


def spread(velocity: Signal) -> str | None:
    """Whether talk breeds more talk; None when that is not known well enough."""
    if not velocity.confidence or velocity.confidence < 0.3:
        return None
    if velocity.value >= 0.6:
        return _("spreading")
    return _("slowing") if velocity.value <= 0.4 else _("steady")


def stability(value: Stability) -> str:
    """How long people have kept talking, in a word."""
    return {
        Stability.FLASH: _("a flash so far"),
        Stability.FRESH: _("fresh"),
        Stability.PERSISTENT: _("lasting for days"),
        Stability.DURABLE: _("lasting for weeks"),
    }[value]


def outlook(score: Score) -> str | None:
    """`still early` or `late`; None in between."""
    if score.late:
        return _("late")
    rises = score.phase in (Phase.EMERGING, Phase.ACCELERATING)
    young = score.stability in (Stability.FLASH, Stability.FRESH)
    return _("still early") if rises and young else None


def authors(n: int) -> str:
    """`29 authors`."""
    return ngettext("{n} author", "{n} authors", n).format(n=n)


def post_count(n: int) -> str:
    """`36 posts`."""
    return ngettext("{n} post", "{n} posts", n).format(n=n)


def volume(posts: int, writers: int) -> str:
    """`36 posts, 29 authors`."""
    return f"{post_count(posts)}, {authors(writers)}"


def many_copies(near_copies: int, posts: int) -> bool:
    """Whether so much of the talk is near-copies that a reader should know."""
    return near_copies >= 3 and near_copies * 4 >= posts


def copies(score: Score) -> str | None:
    """A plain warning when much of the talk is near-copies."""
    if not many_copies(score.near_copies_24h, score.posts_24h):
        return None
    return ngettext("{n} near-copy", "{n} near-copies", score.near_copies_24h).format(n=score.near_copies_24h)


def age(span: timedelta) -> str:
    """`4 min old`."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 90:
        return _("{n} min old").format(n=minutes)
    if minutes < 48 * 60:
        return _("{n} h old").format(n=round(minutes / 60))
    return _("{n} days old").format(n=round(minutes / 1440))


def lasting(span: timedelta) -> str:
    """`40 min`, `6 h`, `3 days`."""
    minutes = max(1, int(span.total_seconds() // 60))
    if minutes < 90:
        return _("{n} min").format(n=minutes)
    if minutes < 48 * 60:
        return _("{n} h").format(n=round(minutes / 60))
    return _("{n} days").format(n=round(minutes / 1440))


def city(zone: str) -> str:
    """`Buenos Aires` of `America/Argentina/Buenos_Aires`: short beside a time."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def clock(at: datetime, zone: str, now: datetime) -> str:
    """`14:02` in the chat's zone; another day carries its date."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{day(local.date())} {local:%H:%M}"


def day(when: date) -> str:
    """`3 Nov`."""
    return f"{when.day} {_months()[when.month - 1]}"


def _months() -> tuple[str, ...]:
    return (
        _("Jan"),
        _("Feb"),
        _("Mar"),
        _("Apr"),
        _("May"),
        _("Jun"),
        _("Jul"),
        _("Aug"),
        _("Sep"),
        _("Oct"),
        _("Nov"),
        _("Dec"),
    )
