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


def day(*, questions: int, turns: float, call: float, posts: int) -> Finding:
    """What the configuration costs a day at most: questions × turns × the price of one call."""
    said = _(
        "a day costs up to ${usd:.2f}: {questions} questions × {turns} turns × ${call:.3f} ({posts} posts)"
    )
    return note(
        said.format(
            usd=questions * turns * call,
            questions=questions,
            turns=f"{turns:.1f}".removesuffix(".0"),
            call=call,
            posts=posts,
        )
    )


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


def cap_short(hours: float) -> Finding:
    return warning(
        _(
            "the cap lasts for about {hours:.1f} of 24 hours → raise grok.daily_usd or cycle.every_minutes"
        ).format(hours=hours)
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
