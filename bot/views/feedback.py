"""What becomes of what people think of alerts, in words."""

from __future__ import annotations

from collections.abc import Mapping

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views.alert import Opinion, opinion
from bot.views.language import _
from bot.views.markup import dotted, foreign
from core.models import FeedbackWeek, Verdict

TITLE = 30


def noted(verdict: Verdict) -> str:
    """What a verdict moves; a popup, so plain text."""
    return {
        Verdict.UP: _("Noted: stories like this go first when the day is short. Press again to undo."),
        Verdict.KNEW: _("Noted: you knew it, so it may wait a little. Press again to undo."),
        Verdict.DOWN: _("Noted: others go before stories like this. Press again to undo."),
        Verdict.SPAM: _("Noted: stories like this wait behind all others. Press again to undo."),
    }[verdict]


def undone() -> str:
    return _("Undone: it counts no more.")


def too_late() -> str:
    return _("This alert is too old to be judged.")


def marked(
    keyboard: InlineKeyboardMarkup | None, firing_id: str, counted: Mapping[Verdict, int]
) -> InlineKeyboardMarkup | None:
    """The keyboard with how often each verdict was given on the alert."""
    if keyboard is None:
        return None
    rows = [[_again(button, firing_id, counted) for button in row] for row in keyboard.inline_keyboard]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _again(
    button: InlineKeyboardButton, firing_id: str, counted: Mapping[Verdict, int]
) -> InlineKeyboardButton:
    for verdict in Verdict:
        if button.callback_data == Opinion(firing=firing_id, verdict=verdict).pack():
            return opinion(firing_id, verdict, counted.get(verdict, 0))
    return button


def week(told: FeedbackWeek, titles: Mapping[str, str]) -> str:
    """The line a digest sums a week's verdicts up by. `titles`: of narratives, by id."""
    n = told.counts
    counts = dotted(
        text
        for verdict, text in {
            Verdict.UP: f"{n.get(Verdict.UP, 0)} 👍",
            Verdict.DOWN: f"{n.get(Verdict.DOWN, 0)} 👎",
            Verdict.KNEW: _("{n} known").format(n=n.get(Verdict.KNEW, 0)),
            Verdict.SPAM: _("{n} spam").format(n=n.get(Verdict.SPAM, 0)),
        }.items()
        if n.get(verdict)
    )
    sooner, later = _names(told.sooner, titles), _names(told.later, titles)
    moved = [
        _("sooner: {what}").format(what=", ".join(sooner)) if sooner else None,
        _("later: {what}").format(what=", ".join(later)) if later else None,
    ]
    return _("Your week: {counts}").format(counts=dotted([counts, *moved]))


def _names(subjects: tuple[tuple[str, str], ...], titles: Mapping[str, str]) -> list[str]:
    named = [foreign(f"${id}" if kind == "ticker" else titles.get(id, ""), TITLE) for kind, id in subjects]
    return [name for name in named if name]
