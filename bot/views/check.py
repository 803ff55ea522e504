"""What `python -m bot check` says: one finding a line, what is wrong first, then what to do about it.

Amounts are dollars.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from bot.views.language import _, ngettext
from bot.views.markup import plain

WIDTH = 100
_ASCII = str.maketrans({"✓": "OK", "✗": "NO", "→": "->", "×": "x", "–": "-", "…": "...", "’": "'"})


class Mark(StrEnum):
    """How a line begins. Only `BAD` says that something does not work."""

    GOOD = "✓"
    WARNING = "!"
    BAD = "✗"
    NOTE = "–"


class Finding(NamedTuple):
    mark: Mark
    text: str


def render(finding: Finding, encoding: str = "utf-8") -> str:
    """The finding's line, at most 100 characters wide; in plain letters where `encoding` has no marks."""
    line = f"{finding.mark} {finding.text}"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        line = line.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return textwrap.fill(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def good(text: str) -> Finding:
    return Finding(Mark.GOOD, text)


def warning(text: str) -> Finding:
    return Finding(Mark.WARNING, text)


def bad(text: str) -> Finding:
    return Finding(Mark.BAD, text)


def note(text: str) -> Finding:
    return Finding(Mark.NOTE, text)


def database_ready(place: str) -> Finding:
    return good(_("database ready: {place}").format(place=plain(place)))


def database_failed(why: str) -> Finding:
    """`why` is the sentence of a ConfigError: it says what to do."""
    return bad(_("database: {why}").format(why=plain(why, 400)))


def telegram_ready(username: str | None) -> Finding:
    return good(_("Telegram accepts BOT_TOKEN: the bot is @{name}").format(name=plain(username or "?", 40)))


def telegram_refused() -> Finding:
    return bad(_("Telegram refuses BOT_TOKEN → ask @BotFather for the current token"))


def telegram_unreachable() -> Finding:
    return bad(_("Telegram is out of reach → check the network and TELEGRAM_API_BASE, then run this again"))


def telegram_odd(error: str) -> Finding:
    return bad(
        _("Telegram answers oddly ({error}) → check TELEGRAM_API_BASE, then run this again").format(
            error=error
        )
    )


def look_up_works() -> Finding:
    return good(_("X's embed service answers: posts that chats are shown can be looked up"))


def look_up_off() -> Finding:
    return note(_("the look-up of posts is off (confirm.look_up)"))


def look_up_fails() -> Finding:
    """Only a warning: posts then stay *reported*."""
    return warning(
        _("X's embed service does not find X's own first post → check the network and OEMBED_BASE_URL")
    )


def counts_work(usd: float) -> Finding:
    return good(_("X's counts work: X accepts X_BEARER_TOKEN (${usd:.4f}, booked)").format(usd=usd))


def counts_fail(why: str) -> Finding:
    """`why` is the sentence of a SourceError."""
    return bad(_("X's counts: {why}").format(why=plain(why, 300)))


def counts_capped(why: str) -> Finding:
    return warning(_("X's counts were not tried: {why}").format(why=plain(why, 200)))


def counts_untried() -> Finding:
    return note(_("not tried: X's counts"))


def day(
    *, usd: float, questions: int, turns: float, extras: int, backfills: int, call: float, posts: int
) -> Finding:
    """What the configuration costs a day at most; `call` is the price of one search of `posts` posts."""
    said = _(
        "a day costs up to ${usd:.2f}: "
        "({questions} questions × {turns} turns + {extras} extras + {backfills} backfills) × ${call:.3f}"
        " ({posts} posts)"
    )
    return note(
        said.format(
            usd=usd,
            questions=questions,
            turns=_turns(turns),
            extras=extras,
            backfills=backfills,
            call=call,
            posts=posts,
        )
    )


def day_counts(*, usd: float, requests: int, turns: float) -> Finding:
    """The part of a day's cost that X's counts are."""
    said = _("${usd:.2f} of it are X's counts: {requests} requests × {turns} turns, half a cent each")
    return note(said.format(usd=usd, requests=requests, turns=_turns(turns)))


def _turns(turns: float) -> str:
    return f"{turns:.1f}".removesuffix(".0")


def unpriced(model: str) -> Finding:
    return warning(
        _("no price is known for {model}: reckoned with those of the dearest known model").format(
            model=plain(model, 40)
        )
    )


def cap(usd: float) -> Finding:
    return note(
        _("the cap is ${usd:.2f} a day; once reached, no calls until 00:00 UTC, and chats see why").format(
            usd=usd
        )
    )


def cap_binds(usd: float) -> Finding:
    """`usd` is what of the cap is neither people's nor kept for loud hours."""
    return note(
        _("${usd:.2f} of it is for INTERN's own questions: where they cost more, it asks less often").format(
            usd=usd
        )
    )


def cap_short(share: float) -> Finding:
    """`share` of the day's questions can be paid."""
    return warning(
        _(
            "the cap pays for about {share:.0%} of that: INTERN asks less often → raise grok.daily_usd or "
            "cycle.every_minutes"
        ).format(share=share)
    )


def verdict(findings: Sequence[Finding]) -> Finding:
    """The last line."""
    broken = sum(finding.mark is Mark.BAD for finding in findings)
    if broken:
        return bad(ngettext("{n} thing does not work", "{n} things do not work", broken).format(n=broken))
    doubts = sum(finding.mark is Mark.WARNING for finding in findings)
    if doubts:
        said = ngettext("everything works, with {n} warning", "everything works, with {n} warnings", doubts)
        return warning(said.format(n=doubts))
    return good(_("everything works"))
