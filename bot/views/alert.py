"""The alert: what happened, how sure, what it rests on, what you can do. Readable in five seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views import coordination, reasons, silencing, words
from bot.views.language import _, ngettext
from bot.views.markup import bold, dotted, foreign, lines
from bot.views.narrative import told_by
from bot.views.trending import Open
from core.models import Coordination, Explanation, Post, Verdict

FIRST_LINE = 60  # visible characters: what a lock screen shows
TITLE = 38
SAID = 120
RULE = 80
CAUSE = 30
A_WHILE = timedelta(minutes=10)  # attention younger than this began just now


class Alerts(CallbackData, prefix="a"):
    """Turn alerts on or off in this chat."""

    on: bool


class Why(CallbackData, prefix="w"):
    """Why did this alert come?"""

    firing: str


class Chart(CallbackData, prefix="g"):
    """A picture of the story's last hours."""

    firing: str


class Opinion(CallbackData, prefix="fb"):
    """What somebody thinks of an alert; pressed again it is taken back."""

    firing: str
    verdict: Verdict


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
    text = _text(facts, posts, zone=zone, now=now, explanation=explanation, muted=muted)
    return text, keyboard(facts)


def _text(
    facts: Mapping[str, Any],
    posts: Mapping[str, Post],
    *,
    zone: str,
    now: datetime,
    explanation: Explanation | None,
    muted: str | None,
) -> str:
    evidence = [posts[i] for i in facts["evidence"] if i in posts and not posts[i].gone]
    links = reasons.marks([*(post.id for post in evidence), *reasons.cited(explanation)])
    return lines(
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
        timeline(facts, zone, now),
        dotted([_parted(muted) if muted else _why(facts), place(facts)]),
        " ".join([_("Read the posts:"), *(links[post.id] for post in evidence)]) if evidence else None,
    )


def timeline(facts: Mapping[str, Any], zone: str, now: datetime) -> str:
    """When it was found, seen and told; an alert that is edited later keeps the time it was sent at."""
    sent = datetime.fromisoformat(facts["sent"]) if "sent" in facts else now
    return _("Earliest found {earliest} → seen {seen} → sent {sent} ({zone})").format(
        earliest=words.clock(datetime.fromisoformat(facts["earliest"]), zone, now),
        seen=words.clock(datetime.fromisoformat(facts["seen"]), zone, now),
        sent=words.clock(sent, zone, now),
        zone=words.city(zone),
    )


def _quote(evidence: Sequence[Post]) -> str | None:
    """The best post that still has words, a confirmed one before any that is only reported."""
    worded = sorted((post for post in evidence if post.text), key=lambda post: post.confirmed is None)
    return f"“{foreign(worded[0].text, SAID)}” — {told_by(worded[0])}" if worded else None


def _first_line(facts: Mapping[str, Any]) -> str:
    """What happened and how unusual it is; the title gets the room that is left."""
    unusual = happened(facts)
    return f"{bold(facts['title'], min(TITLE, FIRST_LINE - len(unusual) - 3))} — {unusual}"


def happened(facts: Mapping[str, Any]) -> str:
    """How unusual it is; a story without a past cannot be compared: how many came how fast says it. A chat's
    own rule says what came true, in its own words."""
    said = _came_true(facts)
    if said is not None:
        return said
    if facts["reason"] != "new story":
        return _lately(facts)
    back = facts.get("back_since")
    span = datetime.fromisoformat(facts["decided"]) - datetime.fromisoformat(back or facts["earliest"])
    said = _("back: {authors} in {span}") if back else _("new: {authors} in {span}")
    return said.format(authors=words.authors(facts["authors"]), span=words.lasting(span))


def _came_true(facts: Mapping[str, Any]) -> str | None:
    """The first cause of a chat's own rule, where the multiple of the usual does not say it better."""
    why = facts.get("why")
    if not why or why[0].startswith("momentum") or len(why[0]) > CAUSE:
        return None
    return foreign(why[0], CAUSE)


def _lately(facts: Mapping[str, Any]) -> str:
    times = words.times(facts["ratio"])
    if not facts.get("since"):
        return times
    span = datetime.fromisoformat(facts["decided"]) - datetime.fromisoformat(facts["since"])
    return _("{times} for {span}").format(times=times, span=words.lasting(span)) if span >= A_WHILE else times


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


def _why(facts: Mapping[str, Any]) -> str:
    """Which rule speaks and why now."""
    again = facts["reason"] == "escalated"
    if "rule_text" in facts:
        rule = foreign(facts.get("rule_name") or facts["rule_text"], RULE)
        said = _("Your rule again, as it grew: {rule}") if again else _("Your rule: {rule}")
        also = len(facts.get("also", ()))
        more = ngettext("and {n} more of yours", "and {n} more of yours", also).format(n=also)
        return said.format(rule=f"{rule} {more}" if also else rule)
    return {
        "new story": _("Why now: a story that was quiet for a week, and many talk about it again")
        if facts.get("back_since")
        else _("Why now: a story I had not seen before, and many talk about it"),
        "escalated": _("Why again: it grew well beyond my last alert"),
    }.get(facts["reason"], _("Why now: far more talk than this story usually gets"))


def _parted(whole: str) -> str:
    return _("Split off “{title}”, which is muted here; this part is not").format(title=foreign(whole, 30))


def place(facts: Mapping[str, Any]) -> str | None:
    """Which of the day's alerts it is."""
    if "place" not in facts:
        return None
    return _("{n} of {budget} today").format(n=facts["place"], budget=facts["budget"])


def keyboard(facts: Mapping[str, Any]) -> InlineKeyboardMarkup:
    details = InlineKeyboardButton(text=_("Details"), callback_data=Open(id=facts["narrative_id"]).pack())
    off = InlineKeyboardButton(text=_("Alerts off"), callback_data=Alerts(on=False).pack())
    rows = [silencing.closed(facts["narrative_id"], facts.get("looks_back_hours") or 0), [details, off]]
    if "firing" in facts:
        why = InlineKeyboardButton(text=_("Why"), callback_data=Why(firing=facts["firing"]).pack())
        chart = InlineKeyboardButton(text=_("Chart"), callback_data=Chart(firing=facts["firing"]).pack())
        rows[1] = [why, chart, *rows[1]]
        rows.append([opinion(facts["firing"], verdict) for verdict in Verdict])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def opinion(firing: str, verdict: Verdict, given: int = 0) -> InlineKeyboardButton:
    """A verdict's button, with how often it was given."""
    text = {
        Verdict.UP: "👍",
        Verdict.DOWN: "👎",
        Verdict.KNEW: _("Knew it"),
        Verdict.SPAM: _("Spam"),
    }[verdict]
    data = Opinion(firing=firing, verdict=verdict).pack()
    return InlineKeyboardButton(text=f"{text} {given}" if given else text, callback_data=data)
