"""The card's second side: why this place, and every measure in words with how sure it is."""

from __future__ import annotations

from typing import get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import reasons, words
from bot.views.language import _, ngettext
from bot.views.markup import bold, dotted, lines
from bot.views.trending import Show, spoken
from core.models import Explanation, Narrative, Score, Signal, Window

TOLD = 0.1  # confidence from which a window is worth telling


class Look(CallbackData, prefix="l"):
    """Turn a card over: to its details, or back."""

    id: str
    details: bool


def render(
    narrative: Narrative, score: Score | None, explanation: Explanation | None, *, ranked: int
) -> tuple[str, InlineKeyboardMarkup]:
    """The details of a card; `ranked` narratives are in the list it has its place in."""
    told = _told(score) if score else [_("Nobody in my sample posted about it lately: nothing to measure.")]
    text = lines(
        dotted([bold(narrative.title, 60), _("details")]),
        *(reasons.place(explanation, score.rank, ranked) if score and explanation else ()),
        *told,
    )
    return text, keyboard(narrative.id)


def keyboard(narrative_id: str) -> InlineKeyboardMarkup:
    back = InlineKeyboardButton(text=_("Back"), callback_data=Look(id=narrative_id, details=False).pack())
    trending = InlineKeyboardButton(text=_("Trending"), callback_data=Show(window="24h").pack())
    return InlineKeyboardMarkup(inline_keyboard=[[back, trending]])


def _told(score: Score) -> list[str | None]:
    mood = words.mood(score.sentiment.value, score.sentiment.confidence, score.disagreement)
    return [
        _line(_("Rate"), score.momentum, words.times(score.ratio)),
        _windows(score),
        _line(_("Spread"), score.velocity, words.spread(score.velocity)),
        _line(_("Mood"), score.sentiment, mood),
        _line(_("Voices"), score.breadth, _voices(score)),
        _line(_("Share"), score.mindshare, _share(score.mindshare)),
        _line(_("Likes"), score.engagement, _uptake(score.engagement)),
        _line(_("Novelty"), score.novelty, _novelty(score.novelty)),
        _line(_("Own record"), score.saturation, _saturation(score.saturation)),
        _("Lasting: {span}").format(span=_lasting(score)),
    ]


def _line(name: str, signal: Signal | None, said: str | None) -> str | None:
    """One measure, how sure it is, or that it failed; what was not measured takes no line."""
    if signal is None:
        return None
    if signal.reason.endswith("could not be computed"):
        return f"{name}: {_('could not be worked out this time')}"
    if said is None:
        return f"{name}: {_('not enough seen to tell')}"
    sure = words.sure(signal.confidence) if signal.confidence is not None else None
    return f"{name}: {dotted([said, sure])}"


def _windows(score: Score) -> str | None:
    known = [
        f"{spoken(w)} {words.multiple(score.changes[w].ratio)}"
        for w in get_args(Window)
        if w in score.changes and score.changes[w].confidence >= TOLD
    ]
    return _("Against its usual: {windows}").format(windows=dotted(known)) if known else None


def _voices(score: Score) -> str | None:
    return words.volume(score.posts_24h, score.authors_24h) if score.breadth.inputs_ok else None


def _share(share: Signal | None) -> str | None:
    """`4 % of the posts I find, between 3 and 6 %`."""
    if share is None or not share.inputs_ok or share.low is None or share.high is None:
        return None
    return _("{share} of the crypto posts I find ({low}–{high})").format(
        share=_percent(share.value), low=_percent(share.low), high=_percent(share.high)
    )


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %" if part >= 0.095 else f"{100 * part:.1f} %"


def _uptake(growth: Signal | None) -> str | None:
    """How posts seen twice are taken up; the sample is told with it."""
    if growth is None or not growth.inputs_ok:
        return None
    if growth.value >= 0.6:
        pace = _("faster than usual for their age")
    else:
        pace = _("slower than usual for their age") if growth.value <= 0.4 else _("as usual for their age")
    seen = ngettext("{n} post seen twice", "{n} posts seen twice", growth.n).format(n=growth.n)
    return f"{pace} ({seen})"


def _novelty(novelty: Signal | None) -> str | None:
    if novelty is None or not novelty.inputs_ok:
        return None
    if novelty.value >= 0.7:
        return _("new")
    return _("no longer new") if novelty.value >= 0.4 else _("much like an earlier story")


def _saturation(saturation: Signal | None) -> str | None:
    """Where its share stands among its own of 30 days."""
    if saturation is None or not saturation.inputs_ok:
        return None
    return _("louder than in {part:.0f} % of its last 30 days").format(part=100 * saturation.value)


def _lasting(score: Score) -> str:
    hours = int(score.lasting_hours)
    if score.stability is None or not hours:
        return _("no steady talk right now")
    span = _("{n} h").format(n=hours) if hours < 48 else _("{n} days").format(n=hours // 24)
    return dotted([_("steady talk for {span}").format(span=span), words.stability(score.stability)])
