"""`/narrative`: one story on one card: how lively, how sure, what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.board import Snapshot
from bot.views import coordination, reasons, wording, words
from bot.views.data import freshness
from bot.views.details import Look
from bot.views.language import _
from bot.views.markup import bold, dotted, foreign, label, lines, post_link
from bot.views.trending import Open, Show
from core.models import Category, Explanation, Narrative, Post, Score, Words

EXCERPT = 140
PARTS = 3  # that split off, shown


def render(
    narrative: Narrative,
    score: Score | None,
    posts: Sequence[Post],
    snapshot: Snapshot,
    *,
    zone: str,
    now: datetime,
    found: Words | None = None,
    usual: Category | None = None,
    explanation: Explanation | None = None,
    parts: Sequence[Narrative] = (),
    whole: Narrative | None = None,
) -> tuple[str, InlineKeyboardMarkup]:
    """The card of one narrative; without a score it says what is known all the same.

    `usual` is how coordinated it looked in the 90 days before; `parts` split off it, it split off `whole`:
    each has a button.
    """
    links = reasons.marks(reasons.cited(explanation))
    text = lines(
        dotted([bold(narrative.title, 60), *(_stands(score) if score else ())]),
        *(_figures(score) if score else [_("Quiet: nobody in my sample posted about it lately.")]),
        *reasons.sides(explanation, links),
        *(coordination.card(score.coordination, usual) if score else ()),
        _when(narrative, zone, now),
        *(_parted(part, zone, now) for part in parts[:PARTS]),
        _left(whole) if whole else None,
        *(_quote(post, zone, now) for post in posts if not post.gone),
        wording.told(found, first=len(links) + 1),
        freshness(snapshot, zone=zone, now=now),
        _basis(snapshot, score, now),
    )
    kin = [*parts[:PARTS], *([whole] if whole else [])]
    return text, keyboard(narrative.id, details=score is not None, kin=kin)


def _parted(part: Narrative, zone: str, now: datetime) -> str:
    when = words.clock(part.first_seen_at, zone, now)
    return _("Split off {when}: {title}").format(when=when, title=foreign(part.title, 48))


def _left(whole: Narrative) -> str:
    return _("Was a part of: {title}").format(title=foreign(whole.title, 48))


def _stands(score: Score) -> list[str | None]:
    """Its phase, and for how long people have kept talking."""
    lasts = words.stability(score.stability) if score.stability and score.lasting_hours else None
    return [words.standing(score), lasts, words.outlook(score)]


def _figures(score: Score) -> list[str]:
    talk = [
        words.volume(score.posts_24h, score.authors_24h),
        words.mood(score.sentiment.value, score.sentiment.confidence, score.disagreement),
        words.spread(score.velocity),
    ]
    return [
        _("Now {times} · {sure}").format(
            times=words.times(score.ratio), sure=words.sure(score.momentum.confidence)
        ),
        _("In 24 h: {talk}").format(talk=dotted(talk)),
    ]


def _when(narrative: Narrative, zone: str, now: datetime) -> str:
    return _("Earliest post found {earliest} → seen {seen} · times in {zone}").format(
        earliest=words.clock(narrative.earliest_post_at, zone, now),
        seen=words.clock(narrative.first_seen_at, zone, now),
        zone=zone,
    )


def _quote(post: Post, zone: str, now: datetime) -> str:
    link = post_link(post.id, _("post of {time}").format(time=words.clock(post.created_at, zone, now)))
    said = foreign(post.text, EXCERPT) if post.text else _("(text not kept)")
    return f"<blockquote>{said}\n{dotted([told_by(post), link])}</blockquote>"


def told_by(post: Post) -> str | None:
    """Who wrote it, by name only where that is confirmed: nobody is named for words a model gave them."""
    if post.confirmed and post.author:
        return foreign(post.author, 15)
    return _("as reported") if post.text else None


def _basis(snapshot: Snapshot, score: Score | None, now: datetime) -> str:
    age = words.age(now - snapshot.data_until) if snapshot.data_until else None
    history = _("{n} h of its past known").format(n=int(score.history_hours)) if score else None
    return f"<i>{dotted([_('A sample'), age, history])}</i>"


def keyboard(narrative_id: str, *, details: bool, kin: Sequence[Narrative] = ()) -> InlineKeyboardMarkup:
    """The stories this one split into or came from, its details, and back to the list."""
    back = InlineKeyboardButton(text=_("Trending"), callback_data=Show(window="24h").pack())
    over = Look(id=narrative_id, details=True).pack()
    more = [InlineKeyboardButton(text=_("Details"), callback_data=over)] if details else []
    others = [
        [InlineKeyboardButton(text=label(n.title, 40), callback_data=Open(id=n.id).pack())] for n in kin
    ]
    return InlineKeyboardMarkup(inline_keyboard=[*others, [*more, back]])


def unknown(name: str, near: Sequence[Narrative]) -> tuple[str, InlineKeyboardMarkup | None]:
    """Nothing by that name: say so and offer what comes close, or what is there."""
    said = foreign(name, 40)
    if not near:
        return _("I know no narrative called “{name}”. /trending shows what I am watching.").format(
            name=said
        ), None
    buttons = [
        [InlineKeyboardButton(text=label(n.title, 40), callback_data=Open(id=n.id).pack())] for n in near[:5]
    ]
    return _("“{name}” could be one of these:").format(name=said), InlineKeyboardMarkup(
        inline_keyboard=buttons
    )


def usage() -> str:
    return _("Which one? Write /narrative and a name or a ticker, for example:\n/narrative $BTC")
