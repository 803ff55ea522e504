"""What a chat watches, ignores and follows, said in words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.views.language import _
from bot.views.markup import foreign, lines
from core.models import Narrative
from core.models.attention import Attention
from core.models.rules import ENTRIES, TOPICS, Scope

SHOWN = 15  # entries of one list


def name(entry: Scope) -> str:
    """`$SOL`, `#ai-agents`, `perp dex`: as it can be typed again."""
    return {"token": "$", "narrative": "#"}.get(entry.kind, "") + entry.name


def added(to: str, entry: Scope, *, already: bool, near: Sequence[Narrative] = ()) -> str:
    """An entry is on a list; a topic says so, and which stories it means now."""
    said = foreign(name(entry), 60)
    if already:
        known = _("{name} is watched already.") if to == "watch" else _("{name} is ignored already.")
        return known.format(name=said)
    done = _("Watching {name}.") if to == "watch" else _("Ignoring {name}: no alerts about it here.")
    return lines(done.format(name=said), _topic(entry, near), _next(to))


def _topic(entry: Scope, near: Sequence[Narrative]) -> str | None:
    if entry.kind != "topic":
        return None
    if not near:
        return _("That is any story with these words; I know none yet. /follow has it searched.")
    titles = ", ".join(foreign(each.title, 30) for each in near[:2])
    return _("That is any story with these words, now for example: {titles}").format(titles=titles)


def _next(to: str) -> str:
    if to == "watch":
        return _("A rule makes it ring: /alert momentum &gt; 2x on watchlist · /lists shows all.")
    return _("/unignore ends it · /lists shows all.")


def dropped(off: str, entry: Scope) -> str:
    form = _("{name} is not watched any more.") if off == "watch" else _("{name} is not ignored any more.")
    return form.format(name=foreign(name(entry), 60))


def absent(off: str, text: str) -> str:
    form = (
        _("“{name}” is not on the watchlist. /lists shows it.")
        if off == "watch"
        else _("“{name}” is not on the ignore list. /lists shows it.")
    )
    return form.format(name=foreign(text, 40))


def full(to: str) -> str:
    form = (
        _("The watchlist has {most} entries, which is the most. /unwatch one first.")
        if to == "watch"
        else _("The ignore list has {most} entries, which is the most. /unignore one first.")
    )
    return form.format(most=ENTRIES)


def usage(command: str) -> str:
    return {
        "watch": _("What? A token, a story or a topic: /watch $SOL, /watch #ai-agents, /watch perp dex"),
        "unwatch": _("What? As /lists shows it, for example: /unwatch $SOL"),
        "ignore": _("What? A token, a story or a topic: /ignore $SOL, /ignore #ai-agents, /ignore airdrops"),
        "unignore": _("What? As /lists shows it, for example: /unignore $SOL"),
        "follow": _("Which topic? In a few words, for example: /follow zk proofs"),
        "unfollow": _("Which topic? As /lists shows it, for example: /unfollow zk proofs"),
    }[command]


def too_common(topic: str) -> str:
    """A topic that would find everything."""
    return _(
        "“{topic}” would find half of crypto, or nothing: say it in two to six words, or as $TICKER."
    ).format(topic=foreign(topic, 40))


def unfit() -> str:
    return _("A topic has 2 to 60 characters and no quotes. For example: /follow zk proofs")


def following(topic: str, *, already: bool, count: int) -> str:
    said = foreign(topic, 60)
    if already:
        return _("This chat follows “{topic}” already.").format(topic=said)
    return lines(
        _("Following “{topic}”: {n} of {most} topics.").format(topic=said, n=count, most=TOPICS),
        _("X is searched for it, within what the operator allows to spend."),
        _('To be told: /alert momentum &gt; 2x on topic "{topic}"').format(topic=said),
    )


def unfollowed(topic: str) -> str:
    return _("“{topic}” is not followed any more.").format(topic=foreign(topic, 60))


def not_followed(topic: str) -> str:
    return _("This chat does not follow “{topic}”. /lists shows what it follows.").format(
        topic=foreign(topic, 40)
    )


def full_topics() -> str:
    return _("This chat follows {most} topics, which is the most. /unfollow one first.").format(most=TOPICS)


def shown(allowed: Attention) -> str:
    """`/lists`."""
    return lines(
        _("<b>This chat's lists</b>"),
        _("Watching: {names}").format(names=_names([name(each) for each in allowed.watch])),
        _("Ignoring: {names}").format(names=_names([name(each) for each in allowed.ignore])),
        _("Following: {names}").format(names=_names(allowed.topics)),
        _("Change them: /watch, /unwatch, /ignore, /unignore, /follow, /unfollow"),
    )


def _names(names: Sequence[str]) -> str:
    """The newest first; of many only some."""
    if not names:
        return _("nothing")
    listed = ", ".join(foreign(each, 40) for each in list(reversed(names))[:SHOWN])
    more = len(names) - SHOWN
    return listed + (_(" and {n} more (/export has all)").format(n=more) if more > 0 else "")
