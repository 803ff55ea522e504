"""`/record`: how often what was told really went on, in plain words and at most nine lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.views import words
from bot.views.language import _, ngettext
from bot.views.markup import dotted, lines
from core.alerts.track_record import wilson
from core.calibration import brier
from core.models import Graded, Hits, Horizon, RecordKind

ENOUGH = 30  # graded, before a percentage means anything
_LEVELS = (0.9, 0.6, 0.3, 0.1)  # one confidence of each word for it


class Standing(NamedTuple):
    """Everything the message needs."""

    hits: Mapping[tuple[RecordKind, Horizon], Hits]
    outcomes: Sequence[Graded]

    def of(self, kind: RecordKind, horizon: Horizon = "3h") -> Hits:
        return self.hits.get((kind, horizon), Hits())


def render(standing: Standing) -> str:
    """The whole record in one message; percentages only where they mean something."""
    ours = standing.of(RecordKind.ALERT)
    if not ours.graded:
        return lines(_("<b>Track record</b> · nothing graded yet"), _rule(), _ungraded(standing))
    rates = ours.graded >= ENOUGH
    return lines(
        _headline(ours),
        _share(_("Next 3 h at 2× usual or more: {share}"), ours, rates=rates),
        _share(_("A day later still so: {share}"), standing.of(RecordKind.ALERT, "24h"), rates=rates),
        _share(_("Other stories at those times: {share}"), standing.of(RecordKind.CONTROL), rates=rates),
        _levels(standing.outcomes),
        _brier(standing.outcomes),
        _shadows(standing),
        _ungraded(standing),
        _rule(),
    )


def _headline(ours: Hits) -> str:
    if ours.graded >= ENOUGH:
        return _("<b>Track record</b> · {n} alerts graded").format(n=ours.graded)
    return _("{n} graded so far; I show percentages from {enough} on").format(n=ours.graded, enough=ENOUGH)


def _share(sentence: str, found: Hits, *, rates: bool) -> str | None:
    """`25 of 41, 61% (likely 46–74%)`; without percentages while they are few."""
    if not found.graded:
        return None
    share = _of(found)
    if rates and found.graded >= ENOUGH:
        low, high = wilson(found.hits, found.graded)
        share = _("{share}, {rate:.0%} (likely {low:.0f}–{high:.0%})").format(
            share=share, rate=found.hits / found.graded, low=100 * low, high=high
        )
    return sentence.format(share=share)


def _of(found: Hits) -> str:
    return _("{hits} of {n}").format(hits=found.hits, n=found.graded)


def _levels(outcomes: Sequence[Graded]) -> str | None:
    """How often each degree of sureness came true, the surest first."""
    told: dict[str, list[bool]] = {words.sure(level): [] for level in _LEVELS}
    for each in outcomes:
        if each.shown is not None:
            told[words.sure(each.shown)].append(each.hit)
    parts = [
        _("{word} {share}").format(word=word, share=_of(Hits(hits=sum(hits), graded=len(hits))))
        for word, hits in told.items()
        if hits
    ]
    return _("Right when {parts}").format(parts=dotted(parts)) if parts else None


def _brier(outcomes: Sequence[Graded]) -> str | None:
    found = brier([(each.shown, each.hit) for each in outcomes if each.shown is not None])
    if found is None or len(outcomes) < ENOUGH:
        return None
    return _("Error of my sureness (Brier): {error:.2f}; 0 is best, a coin 0.25").format(error=found)


def _shadows(standing: Standing) -> str | None:
    """What simpler bots would have got right on the same posts."""
    named = {
        RecordKind.NAIVE: _("post count {share}"),
        RecordKind.CHANGE: _("change {share}"),
        RecordKind.HYPE: _("hype {share}"),
    }
    graded = {kind: standing.of(kind) for kind in named if standing.of(kind).graded}
    if not graded:
        return None
    parts = [named[kind].format(share=_of(found)) for kind, found in graded.items()]
    return _("Simpler bots: {parts}").format(parts=dotted(parts))


def _ungraded(standing: Standing) -> str | None:
    missed = standing.of(RecordKind.ALERT).ungraded
    if not missed:
        return None
    return ngettext(
        "{n} more could not be graded: I saw too little",
        "{n} more could not be graded: I saw too little",
        missed,
    ).format(n=missed)


def _rule() -> str:
    return _("Each alert is graded once, from posts seen, by a rule fixed before.")
