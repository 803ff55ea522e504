"""What speaks for and against, and what a place is made of: facts in plain words, with links to the posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.views import words
from bot.views.language import _, ngettext
from bot.views.markup import dotted, post_link
from core.models import Explanation, Fall, Reason

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def marks(ids: Iterable[str], *, first: int = 1) -> dict[str, str]:
    """Post id → a small raised number that links to it."""
    numbered = enumerate(dict.fromkeys(ids), first)
    return {id: post_link(id, str(number).translate(_RAISED)) for number, id in numbered}


def cited(explanation: Explanation | None) -> list[str]:
    """Ids of the posts the reasons rest on, in the order they are told."""
    if explanation is None:
        return []
    return [id for reason in (*explanation.pro, *explanation.con) for id in reason.post_ids]


def sides(explanation: Explanation | None, links: Mapping[str, str]) -> list[str]:
    """One line for and one against, as far as there is anything to say."""
    if explanation is None:
        return []
    told = [(_("For: {reasons}"), explanation.pro), (_("Against: {reasons}"), explanation.con)]
    return [
        form.format(reasons=dotted(_reason(r, links) for r in reasons)) for form, reasons in told if reasons
    ]


def brief(explanation: Explanation | None, links: Mapping[str, str]) -> str | None:
    """The first of either side on one line."""
    if explanation is None:
        return None
    first = explanation.model_copy(update={"pro": explanation.pro[:1], "con": explanation.con[:1]})
    return dotted(sides(first, links)) or None


def _reason(reason: Reason, links: Mapping[str, str]) -> str:
    return " ".join([_said(reason), *(links[id] for id in reason.post_ids if id in links)])


def _said(reason: Reason) -> str:
    n, of = reason.n, reason.of
    return {
        "confirmed": ngettext("{n} confirmed author", "{n} confirmed authors", n).format(n=n),
        "voices": _voices(n, of),
        "spreading": _("the talk still spreads"),
        "lasting": _("talk for {n} h").format(n=n),
        "denied": ngettext("{n} post denies it", "{n} posts deny it", n).format(n=n),
        "copies": _("{n} of {of} posts are near-copies").format(n=n, of=of),
        "one voice": _("one author wrote {n} of {of}").format(n=n, of=of),
        "split": _("opinions split"),
        "partly seen": _("only {n} of {of} h seen").format(n=n, of=of),
        "late": _("it shrinks, and fewer join"),
        "unconfirmed": _("no author confirmed yet"),
        "young": _("only {n} h of its past known").format(n=n),
    }[reason.kind]


def _voices(authors: int, languages: int) -> str:
    if languages < 2:
        return words.authors(authors)
    return _("{authors}, {n} languages").format(authors=words.authors(authors), n=languages)


def place(explanation: Explanation, rank: int, of: int) -> list[str]:
    """What the place is made of and what would cost it."""
    if not explanation.points:
        return []
    total = sum(explanation.points.values())
    told = [
        f"{points:+d} {name}" if key != "usual" else f"{points} {name}"
        for key, name in _names().items()
        if (points := explanation.points.get(key, 0))
    ]
    lines = [
        _("Place {rank} of {of} right now, with {total} of 100 points:").format(
            rank=rank, of=of, total=total
        ),
        f"   {dotted(told)}",
    ]
    return [*lines, _fall(explanation.fall)] if explanation.fall else lines


def _names() -> dict[str, str]:
    return {
        "usual": _("for talk as usual"),
        "momentum": _("how far from usual"),
        "doubt": _("not sure of it"),
        "breadth": _("not more voices"),
        "coordination": _("looks coordinated"),
    }


def _fall(fall: Fall) -> str:
    if fall.what == "ratio":
        return _("The next would pass it if it fell below {least} usual.").format(
            least=words.multiple(fall.below)
        )
    lost = (
        _("The next would pass it with fewer than {least} (now {now}).")
        if fall.to == "next"
        else _("It would not be ranked with fewer than {least} (now {now}).")
    )
    least, now = int(fall.below), int(fall.now)
    many = words.authors(least) if fall.what == "authors" else words.post_count(least)
    return lost.format(least=many, now=now)
