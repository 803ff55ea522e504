"""The alert: what happened, how sure, what it rests on, what you can do. Readable in five seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import coordination, reasons, silencing, words
from bot.views.language import _
from bot.views.markup import bold, dotted, foreign, lines
from bot.views.narrative import told_by
from bot.views.trending import Open
from core.models import Coordination, Explanation, Post

FIRST_LINE = 60  # visible characters: what a lock screen shows
TITLE = 38
SAID = 120


class Alerts(CallbackData, prefix="a"):
    """Turn alerts on or off in this chat."""

    on: bool


def render(
    facts: Mapping[str, Any],
    posts: Mapping[str, Post],
    *,
    zone: str,
    now: datetime,
    explanation: Explanation | None = None,
    muted: str | None = None,
) -> tuple[str, InlineKeyboardMarkup]:
    """An alert from the facts of its firing; `now` is the moment of sending.

    `muted`: the title of a muted story this one was a part of.
    """
    evidence = [posts[i] for i in facts["evidence"] if i in posts and not posts[i].gone]
    links = reasons.marks([*(post.id for post in evidence), *reasons.cited(explanation)])
    text = lines(
        _first_line(facts),
        _quote(evidence),
        dotted(
            [
                words.volume(facts["posts"], facts["authors"]),
                _sure(facts),
                words.mood(facts["sentiment"], facts["sentiment_confidence"]),
            ]
        ),
        reasons.brief(explanation, links),
        _coordinated(facts),
        _("Earliest found {earliest} → seen {seen} → sent {sent} ({zone})").format(
            earliest=words.clock(datetime.fromisoformat(facts["earliest"]), zone, now),
            seen=words.clock(datetime.fromisoformat(facts["seen"]), zone, now),
            sent=words.clock(now, zone, now),
            zone=zone,
        ),
        _parted(muted) if muted else _why(facts["reason"]),
        " ".join([_("Read the posts:"), *(links[post.id] for post in evidence)]) if evidence else None,
    )
    return text, _keyboard(facts["narrative_id"])


def _quote(evidence: Sequence[Post]) -> str | None:
    """The best post that still has words, a confirmed one before any that is only reported."""
    worded = sorted((post for post in evidence if post.text), key=lambda post: post.confirmed is None)
    return f"“{foreign(worded[0].text, SAID)}” — {told_by(worded[0])}" if worded else None


def _first_line(facts: Mapping[str, Any]) -> str:
    """What happened and how unusual it is; the title gets the room that is left."""
    unusual = _unusual(facts)
    return f"{bold(facts['title'], min(TITLE, FIRST_LINE - len(unusual) - 3))} — {unusual}"


def _unusual(facts: Mapping[str, Any]) -> str:
    """A story without a past cannot be compared: how many came how fast says it."""
    if facts["reason"] != "new story":
        return words.times(facts["ratio"])
    span = datetime.fromisoformat(facts["decided"]) - datetime.fromisoformat(facts["earliest"])
    return _("new: {authors} in {span}").format(
        authors=words.authors(facts["authors"]), span=words.lasting(span)
    )


def _sure(facts: Mapping[str, Any]) -> str:
    if facts["reason"] == "new story" and (facts["confidence"] or 0.0) < 0.5:
        return _("too new to be sure")
    return words.sure(facts["confidence"])


def _coordinated(facts: Mapping[str, Any]) -> str | None:
    """What was found; where too few posts were there to judge, near-copies are said all the same."""
    found = facts.get("coordination")
    said = coordination.alert(Coordination.model_validate(found)) if found else None
    if said or not words.many_copies(facts["near_copies"], facts["posts"]):
        return said
    return _("May be coordinated: {n} of {all} are near-copies").format(
        n=facts["near_copies"], all=facts["posts"]
    )


def _why(reason: str) -> str:
    return {
        "new story": _("Why now: a story I had not seen before, and many talk about it"),
        "escalated": _("Why again: it grew well beyond my last alert"),
    }.get(reason, _("Why now: far more talk than this story usually gets"))


def _parted(whole: str) -> str:
    return _("Split off “{title}”, which is muted here; this part is not").format(title=foreign(whole, 30))


def _keyboard(narrative_id: str) -> InlineKeyboardMarkup:
    details = InlineKeyboardButton(text=_("Details"), callback_data=Open(id=narrative_id).pack())
    off = InlineKeyboardButton(text=_("Alerts off"), callback_data=Alerts(on=False).pack())
    return InlineKeyboardMarkup(inline_keyboard=[silencing.closed(narrative_id), [details, off]])
