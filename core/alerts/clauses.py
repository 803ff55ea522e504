"""What a line of the language says of the whole rule: about what, how often, until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from lark import Token

from core.alerts.misread import bad, closest
from core.alerts.nodes import Node, hours, tokens
from core.errors import BadRule
from core.models.rules import Scope

LONGEST_TICKER = 16  # with its $
CLAUSES = frozenset(
    {"narrative", "token", "watchlist", "everything", "topic", "once", "urgent", "until", "every"}
)
_SCOPES = frozenset({"narrative", "token", "watchlist", "everything", "topic"})


class Known(NamedTuple):
    """What names in a line may stand for."""

    narratives: Mapping[str, str] = {}  # slug → narrative id
    topics: Collection[str] | None = None  # followed by the chat; None: not checked


def clauses(tree: Node) -> dict[str, Node]:
    """Clauses by what they set; each may be said once."""
    found: dict[str, Node] = {}
    nodes = sorted((node for node in tree.iter_subtrees() if node.data in CLAUSES), key=_start)
    for node in nodes:
        name = "scope" if node.data in _SCOPES else str(node.data)
        if name in found and found[name] is not node:
            said = "on what" if name == "scope" else f"“{name}”"
            raise BadRule(
                f"A rule says {said} once; the second is at character {_start(node) + 1}.",
                position=_start(node),
                word=str(next(iter(tokens(node)), node.data)),
            )
        found[name] = node
    return found


def _start(node: Node) -> int:
    return int(node.meta.start_pos)


def settings(clauses: Mapping[str, Node], known: Known) -> dict[str, Any]:
    """The fields of a `Spec` that clauses set. Raises `BadRule`."""
    settings: dict[str, Any] = {"once": "once" in clauses, "urgent": "urgent" in clauses}
    if "scope" in clauses:
        settings["scope"] = _scope(clauses["scope"], known)
    if "until" in clauses:
        settings["until"] = _day(tokens(clauses["until"])[0])
    if "every" in clauses:
        settings["cooldown_hours"] = _cooldown(tokens(clauses["every"])[0])
    return settings


def _scope(node: Node, known: Known) -> Scope:
    if node.data in ("everything", "watchlist"):
        return Scope(kind=str(node.data))
    (token,) = tokens(node)
    if node.data == "narrative":
        slug = token.lower().lstrip("#")
        if slug not in known.narratives:
            raise bad(f"I know no story “{token}”", token, nearest=closest(slug, known.narratives, "#"))
        return Scope(kind="narrative", name=slug, narrative_id=known.narratives[slug])
    if node.data == "token":
        if len(token) > LONGEST_TICKER:
            raise bad(f"“{token}” is too long for a token", token, "a token such as $SOL")
        return Scope(kind="token", name=token.lstrip("$").upper())
    topic = " ".join(token.strip('"').split())
    if not 2 <= len(topic) <= 60:
        raise bad(f"{token} must be 2 to 60 characters", token, "a topic you follow")
    followed = None if known.topics is None else {each.casefold(): each for each in known.topics}
    if followed is not None and topic.casefold() not in followed:
        nearest = closest(topic, known.topics)
        raise bad(f"You do not follow {token} here, /follow it first", token, nearest=nearest)
    return Scope(kind="topic", name=followed[topic.casefold()] if followed else topic)


def _day(token: Token) -> date:
    try:
        return date(*map(int, token.split("-")))
    except ValueError:
        raise bad(f"There is no {token} in the calendar", token, "a date such as 2026-12-31") from None


def _cooldown(token: Token) -> int:
    if not 1 <= hours(token) <= 720:
        raise bad(f"“{token}” is not between 1h and 30d", token, "a time such as 12h")
    return hours(token)
