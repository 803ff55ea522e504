"""`/why` and `/whynot`: what stood behind an alert, and what stands between a story and this chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.views import reasons, words
from bot.views.language import _
from bot.views.markup import bold, dotted, foreign, lines
from bot.whynot import Heard, Unheard
from core.alerts.builtin import PLAIN, plain_expression
from core.alerts.candidate import Held
from core.alerts.params import AlertParams
from core.alerts.why import Cause
from core.alerts.whynot import Standing
from core.alerts.wording import text_of
from core.models import Post, Score
from core.models.rules import AnyOf, Cross, leaves

TITLE = 40
RULE = 70
SHOWN = 3  # rules of a chat


def why(told: Heard, posts: Mapping[str, Post], params: AlertParams, *, zone: str, now: datetime) -> str:
    """What made an alert: the rule, its values, what was needed and what it rests on."""
    facts = told.firing.facts
    shown = [post.id for post in posts.values() if not post.gone]
    links = reasons.marks(shown[:3])
    return lines(
        _("<b>Why</b> · {title}").format(title=bold(told.narrative.title, TITLE)),
        _("Told {time}: {rule}").format(time=words.clock(told.firing.at, zone, now), rule=_rule(facts)),
        _causes(facts),
        _needed(told, params) if "rule" not in facts else None,
        _confidence(facts, params),
        _("Rested on {volume}; {posts} and {authors} are the least").format(
            volume=words.volume(facts["posts"], facts["authors"]),
            posts=words.post_count(params.min_posts),
            authors=words.authors(int(params.min_authors)),
        )
        if "posts" in facts
        else None,
        _("Surprise says how rarely talk gets this loud by chance: 3 is one hour in 1,000."),
        " ".join([_("Posts:"), *links.values()]) if links else None,
    )


def _rule(facts: Mapping[str, object]) -> str:
    if "rule" in facts:
        name = str(facts.get("rule_name") or facts.get("rule_text") or "")
        return _("your rule “{rule}”").format(rule=foreign(name, RULE))
    return {
        "new story": _("a story many talk about again after a quiet week")
        if facts.get("back_since")
        else _("a new story many talk about"),
        "escalated": _("it grew well beyond the last alert"),
    }.get(str(facts.get("reason")), _("far more talk than usual"))


def _causes(facts: Mapping[str, object]) -> str | None:
    causes = facts.get("why")
    if not isinstance(causes, list) or not causes:
        return None
    return _("True then: {causes}").format(causes=foreign("; ".join(dict.fromkeys(map(str, causes))), 160))


def _needed(told: Heard, params: AlertParams) -> str:
    least = _least(told.allows.sensitivity, params)
    short = told.firing.facts.get("reason") == "new story" and told.firing.surprise < least
    said = (
        _("{times}; many independent authors made up for a surprise of {value} ({least} needed)")
        if short
        else _("{times}, surprise {value} of {least} needed")
    )
    return said.format(
        times=words.times(float(told.firing.facts.get("ratio", 1.0))),
        value=f"{told.firing.surprise:.1f}",
        least=f"{least:.1f}",
    )


def _confidence(facts: Mapping[str, object], params: AlertParams) -> str | None:
    value = facts.get("confidence")
    if not isinstance(value, float):
        return None
    return _("I was {sure} ({value}%; {least}% is the least, but for new stories)").format(
        sure=words.sure(value), value=round(100 * value), least=round(100 * params.confidence)
    )


def _least(sensitivity: object, params: AlertParams) -> float:
    expression = plain_expression(sensitivity, params)  # type: ignore[arg-type]
    return next(leaf.value for leaf in leaves(expression) if isinstance(leaf, Cross))


def never(title: str) -> str:
    return lines(
        _("<b>Why</b> · {title}").format(title=bold(title, TITLE)),
        _("I have told you nothing about it lately. /whynot and its name says what is missing."),
    )


def usage(command: str) -> str:
    return _("Write a story after it: /{command} SOL, or /{command} and a part of its name.").format(
        command=command
    )


def unknown(name: str, *, followed: bool) -> str:
    """No story of that name was ever seen."""
    if followed:
        return lines(
            _("<b>Not seen yet</b> · {name}").format(name=foreign(name, TITLE)),
            _("You follow it: I look for it, and nobody in my sample has posted about it so far."),
        )
    return lines(
        _("<b>Not polled</b> · {name}").format(name=foreign(name, TITLE)),
        _(
            "I look at what X talks about most, and this was not in it. To have it looked for: /follow {name}"
        ).format(name=foreign(name, TITLE)),
    )


def whynot(found: Unheard, params: AlertParams, *, zone: str, now: datetime) -> str:
    """Where the story stands, and what each rule of the chat says of it."""
    return lines(
        _place(found),
        _now(found.score) if found.score else _not_seen(found, zone, now),
        *_said(found, params, zone, now),
        _before(found, zone, now),
    )


def _place(found: Unheard) -> str:
    title = bold(found.narrative.title, TITLE)
    if found.score is None:
        return _("{title} · not polled now").format(title=title)
    return _("{title} · seen, {rank} of {all}").format(title=title, rank=found.score.rank, all=found.ranked)


def _not_seen(found: Unheard, zone: str, now: datetime) -> str:
    return lines(
        _("Nobody in my sample posted about it since {time}.").format(
            time=words.clock(found.narrative.last_post_at, zone, now)
        ),
        _("I look again when it comes up. To have it looked for all the time: /follow {name}").format(
            name=foreign(found.narrative.slug, 48)
        ),
    )


def _now(score: Score) -> str:
    return dotted(
        [
            words.times(score.ratio),
            words.volume(score.posts_24h, score.authors_24h),
            words.sure(score.momentum.confidence),
        ]
    )


def _said(found: Unheard, params: AlertParams, zone: str, now: datetime) -> list[str]:
    """One line a rule, those nearest to speaking first."""
    if not found.rules:
        return [_("Alerts are off here: /subscribe turns them on.")]
    if found.score is None:
        return []
    if not found.standings:
        return [_("No rule of this chat is about it, and its alerts are off: /subscribe turns them on.")]
    shown = [_standing(each, found.score, params, zone, now) for each in found.standings[:SHOWN]]
    more = len(found.standings) - SHOWN
    return [*shown, *([_("and {n} more rules").format(n=more)] if more > 0 else [])]


def _standing(each: Standing, score: Score, params: AlertParams, zone: str, now: datetime) -> str:
    told = _verdict(each, score, params, zone, now)
    if each.rule.id == PLAIN:
        return told
    name = foreign(each.rule.name or text_of(each.rule), RULE)
    return _("Your rule “{rule}”: {verdict}").format(rule=name, verdict=told)


def _verdict(each: Standing, score: Score, params: AlertParams, zone: str, now: datetime) -> str:
    if each.held is not None:
        return held(each.held, score, zone=zone, now=now, params=params)
    if each.true:
        return _("it is loud enough: it comes with the next look, if that holds")
    if each.rule.id == PLAIN:
        return _not_loud(each, score)
    causes = dict.fromkeys(map(_lacking, each.unmet))
    return _("not true now: {causes}").format(causes=foreign("; ".join(causes), 120))


def _lacking(cause: Cause) -> str:
    """`momentum > 3x (momentum 1.4x)`: what is asked for, and what is."""
    return cause.condition if cause.text == cause.condition else f"{cause.condition} ({cause.text})"


def _not_loud(each: Standing, score: Score) -> str:
    expression = each.rule.expression
    parts = expression.of if isinstance(expression, AnyOf) else (expression,)
    least = next((part.value for part in parts if isinstance(part, Cross)), 0.0)
    return _("Not loud enough: {times}, surprise {value} of {least}").format(
        times=words.times(score.ratio), value=f"{score.surprise:.1f}", least=f"{least:.1f}"
    )


def held(why: Held, score: Score, *, zone: str, now: datetime, params: AlertParams) -> str:
    """What holds it back, in words, with the time in the chat's zone."""
    when = words.clock(why.when, zone, now) if why.when else ""
    spoken: dict[str, Callable[[], str]] = {
        "cooldown": lambda: _("held back by cooldown until {time}; sooner if it grows a lot").format(
            time=when
        ),
        "hysteresis": lambda: _("told already, and it has not calmed down since"),
        "quiet hours": lambda: _("quiet hours until {time}").format(time=when),
        "budget": lambda: _("today's alerts are used up; it comes in the digest"),
        "repeats": lambda: _("told lately; today's other alerts are kept for new stories"),
        "snoozed": lambda: _("snoozed until {time}").format(time=when),
        "muted": lambda: _("muted since {time}").format(time=when),
        "ignored": lambda: _("on this chat's ignore list"),
        "off": lambda: _("alerts of this kind are off here"),
        "evidence": lambda: _("too little stands behind it: {volume}").format(
            volume=words.volume(score.posts_24h, score.authors_24h)
        ),
        "coordination": lambda: _("it looks coordinated: no alert is made of that"),
        "confirmation": lambda: _("too few independent people tell it yet: I wait for more"),
        "warm-up": lambda: _("I know {n} h of its past; comparing takes {all} h").format(
            n=int(score.history_hours), all=int(params.warm_up.total_seconds() // 3600)
        ),
        "confidence": lambda: _("I am not sure enough: {sure}").format(
            sure=words.sure(score.momentum.confidence)
        ),
        "paused": lambda: _("the rule is paused"),
        "ended": lambda: _("the rule has ended"),
        "once": lambda: _("the rule was for once and has fired"),
        "whole market": lambda: _("everything moved at once, and this no more than the rest"),
        "meter change": lambda: _("everything seemed to move at once: that is how X was searched, no news"),
    }
    return spoken[why.reason]() if why.reason in spoken else foreign(why.reason, 40)


def _before(found: Unheard, zone: str, now: datetime) -> str | None:
    """The stored decision of the last day that held it back, where it says something else than now."""
    last = found.last
    if last is None or found.score is None:
        return None
    if any(each.held and each.held.reason == last.reason for each in found.standings):
        return None
    told = held(Held(last.reason, last.detail), found.score, zone=zone, now=now, params=AlertParams())
    return _("At {time}: {why}").format(time=words.clock(last.at, zone, now), why=told)
