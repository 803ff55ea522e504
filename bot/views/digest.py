"""The digest: what changed since this chat's last one, every line linked, never longer than a screen."""

from __future__ import annotations

from datetime import datetime

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import feedback, held_back, wording, words
from bot.views.language import _, ngettext
from bot.views.markup import bold, dotted, label, lines, post_link
from bot.views.trending import Open, Show
from core.models import Digest, DigestLine, Phase, Words

AS_USUAL = 1.5  # × usual, at most: a new story at this rate has had its moment


def render(
    digest: Digest, *, zone: str, now: datetime, found: Words | None = None
) -> tuple[str, InlineKeyboardMarkup]:
    """The message, with the words found for it, and buttons to look closer at its first two lines."""
    text = lines(
        _("<b>Digest</b> · since {since} ({zone})").format(
            since=words.clock(digest.since, zone, now), zone=zone
        ),
        *(_line(line) for line in digest.lines),
        None if digest.lines or digest.held else _quiet(digest),
        held_back.line(digest.held),
        feedback.week(digest.feedback, digest.titles) if digest.feedback else None,
        wording.told(found),
        _rest(digest, zone, now),
    )
    return text, _keyboard(digest)


def _line(line: DigestLine) -> str:
    link = post_link(line.evidence[0], _("post")) if line.evidence else None
    doubt = None if line.coordination in (None, "low") else _("may be coordinated")
    facts = [*_standing(line), words.authors(line.authors), doubt, link]
    return lines(f"{_mark(line)} {bold(line.title, 44)}", f"   {dotted(facts)}")


def _mark(line: DigestLine) -> str:
    if line.change == "new":
        return _("NEW")
    return "▲" if line.change == "up" else "•"


def _standing(line: DigestLine) -> list[str]:
    """Where it stands and against what; a new story that has calmed down again says only that."""
    if line.change == "new" and line.phase in (Phase.QUIET, Phase.FADING):
        calm = line.ratio <= AS_USUAL or line.phase is Phase.FADING
        return [
            _("already {phase}").format(phase=words.phase(line.phase)) if calm else words.times(line.ratio)
        ]
    if line.was and line.was is not line.phase:
        return [f"{words.phase(line.was)} → {words.phase(line.phase)}", words.times(line.ratio)]
    return [words.phase(line.phase), words.times(line.ratio)]


def _quiet(digest: Digest) -> str:
    if not digest.watched:
        return _("Nothing to report yet: no narrative has enough posts.")
    return _("Nothing changed since then.")


def _rest(digest: Digest, zone: str, now: datetime) -> str:
    others = ngettext("{n} other unchanged", "{n} others unchanged", digest.unchanged).format(
        n=digest.unchanged
    )
    until = (
        _("data to {time}").format(time=words.clock(digest.data_until, zone, now))
        if digest.data_until
        else _("no data yet")
    )
    return f"<i>{dotted([others if digest.unchanged else None, until])}</i>"


def _keyboard(digest: Digest) -> InlineKeyboardMarkup:
    numbers = [
        InlineKeyboardButton(text=label(line.title, 18), callback_data=Open(id=line.narrative_id).pack())
        for line in digest.lines[:2]
    ]
    trending = InlineKeyboardButton(text=_("Trending"), callback_data=Show(window="24h").pack())
    return InlineKeyboardMarkup(inline_keyboard=[row for row in (numbers, [trending]) if row])
