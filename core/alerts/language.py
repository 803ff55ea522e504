"""A rule in one line: `momentum > 3x and authors >= 10 on #ai-agents`, read into a `Spec`.

Conditions are joined by `and`, `or`, `not`, `none of (…, …)` and brackets. After any of them may stand, once
each and for the whole line, `on #story`, `on $TOKEN`, `on watchlist`, `on topic "…"`, `once`, `urgent`,
`every 12h` and `until 2026-12-31`. What cannot be understood is a `BadRule` that points at the word.

>>> parse("sentiment drops 20% in 4h on $SOL or new story").scope.name
'SOL'
>>> parse("momentm > 3x")
Traceback (most recent call last):
core.errors.BadRule: I do not know “momentm” (character 1): did you mean “momentum”?
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, NamedTuple

from lark import Token, Tree, UnexpectedInput
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from pydantic import ValidationError

from core.alerts import grammar
from core.alerts.wording import phrase, text_of
from core.errors import BadRule
from core.models.rules import (
    CONDITIONS,
    DEPTH,
    MULTIPLES,
    SHARES,
    SPANS,
    WINDOWED,
    All,
    AnyOf,
    Channel,
    Cross,
    Expression,
    Keyword,
    Level,
    Measure,
    Move,
    NewStory,
    NoneOf,
    PhaseChange,
    Scope,
    Spec,
    Top,
    depth,
    leaves,
)

__all__ = ["LONGEST", "Known", "parse", "phrase", "text_of"]

LONGEST = 400  # characters
LONGEST_TICKER = 16  # with its $
SHOWN = 4  # expected things that are named
_CLAUSES = frozenset(
    {"narrative", "token", "watchlist", "everything", "topic", "once", "urgent", "until", "every"}
)
_SCOPES = frozenset({"narrative", "token", "watchlist", "everything", "topic"})
Node = Tree[Token]


class Known(NamedTuple):
    """What names in a line may stand for."""

    narratives: Mapping[str, str] = {}  # slug → narrative id
    topics: Collection[str] | None = None  # followed by the chat; None: not checked


def parse(text: str, known: Known | None = None) -> Spec:
    """The rule a line describes. Raises `BadRule` with the position of the word and what would fit there."""
    if len(text) > LONGEST:
        raise BadRule(
            f"That is too long: at most {LONGEST} characters.", position=LONGEST, word=text[LONGEST:][:20]
        )
    try:
        tree = grammar.PARSER.parse(text)
    except UnexpectedInput as error:
        raise _unexpected(error, text) from None
    expression = _expression(tree)
    _not_too_big(expression, text)
    return Spec(expression=expression, **_settings(_clauses(tree), known or Known()))


# --- conditions ------------------------------------------------------------------------------------------


def _expression(node: Node) -> Expression:
    parts = [part for part in _trees(node) if part.data not in _CLAUSES]
    if node.data in _CONDITIONS:
        return _checked(_CONDITIONS[node.data], node)
    if node.data in ("no", "none"):
        return NoneOf(of=tuple(map(_expression, parts)))
    if len(parts) == 1:
        return _expression(parts[0])
    group = All if node.data == "all" else AnyOf
    return group(of=tuple(map(_expression, parts)))


def _checked(make: Callable[[Node], Expression], node: Node) -> Expression:
    """The condition; what the model refuses is said at the condition's last word."""
    try:
        return make(node)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        last = list(node.scan_values(lambda value: isinstance(value, Token)))[-1]
        raise _bad(f"“{last}” does not fit here: {reason}", last) from None


def _level(node: Node) -> Level:
    sign, value = _tokens(node)
    measured = _measured(node)
    return Level(
        **measured, kind=sign.type.lower(), value=_amount(value, measured["measure"]),
        inclusive=sign.value in (">=", "<=", "≥", "≤"),
    )  # fmt: skip


def _move(node: Node) -> Move:
    verb, percent, over = _tokens(node)
    if not percent.endswith("%"):
        raise _bad(f"“{percent}” must be a change in per cent, such as 20%", percent, "a change such as 20%")
    return Move(**_measured(node), kind=verb.type.lower(), percent=float(percent[:-1]), over=_span(over))


def _cross(node: Node) -> Cross:
    side, value = _tokens(node)
    measured = _measured(node)
    again = next((part for part in _trees(node) if part.data == "again"), None)
    rearm = None
    if again is not None:
        back, level = _tokens(again)
        if back.type == side.type:
            other = "below" if side.type == "ABOVE" else "above"
            raise _bad(f"“{back}” must be {other}: it crosses again after it was there", back, other)
        rearm = _amount(level, measured["measure"])
    return Cross(
        **measured,
        kind=f"crosses {side.type.lower()}",
        value=_amount(value, measured["measure"]),
        rearm=rearm,
    )


def _channel(node: Node) -> Channel:
    side, low, high = _tokens(node)
    measured = _measured(node)
    low_value, high_value = (_amount(token, measured["measure"]) for token in (low, high))
    return Channel(**measured, kind=side.type.lower(), low=low_value, high=high_value)


def _top(node: Node) -> Top:
    verb, count, *window = _tokens(node)
    if not count.isdigit():
        raise _bad(f"“{count}” must be a whole number of places, such as 5", count, "a number such as 5")
    return Top(kind=f"{verb.type.lower()} top", count=int(count), window=_span(window[0]) if window else None)


def _becomes(node: Node) -> PhaseChange:
    to, *was = _tokens(node)
    return PhaseChange(to=to.value, was=was[0].value if was else None)


def _leaves(node: Node) -> PhaseChange:
    return PhaseChange(was=_tokens(node)[-1].value)


def _keyword(node: Node) -> Keyword:
    (token,) = _tokens(node)
    text = " ".join(token.strip('"').split())
    if not 2 <= len(text) <= 60:
        raise _bad(f"{token} must be 2 to 60 characters", token, 'words such as "hack"')
    return Keyword(text=text)


_CONDITIONS: dict[str, Callable[[Node], Expression]] = {
    "level": _level,
    "move": _move,
    "cross": _cross,
    "channel": _channel,
    "top": _top,
    "new": lambda _: NewStory(),
    "becomes": _becomes,
    "leaves": _leaves,
    "changes": lambda _: PhaseChange(),
    "mentions": _keyword,
}


def _measured(node: Node) -> dict[str, Any]:
    name, *window = _tokens(next(part for part in _trees(node) if part.data == "measured"))
    measure = Measure.VOLUME if name == "volume" else Measure(name.value)
    if window and measure not in WINDOWED:
        raise _bad(f"“{window[0]}” does not fit here: {measure} has no window of its own", window[0])
    return {"measure": measure, "window": _span(window[0]) if window else None}


def _amount(token: Token, measure: Measure) -> float:
    """A number in the measure's unit: the unit may be left out, but not be another's."""
    digits = token.rstrip("xX×%")
    unit = token[len(digits) :].lower().replace("×", "x")
    if measure in SHARES:
        if unit != "%":
            raise _bad(f"“{token}”: {measure} is a share, write it in per cent such as 40%", token, "40%")
        return float(Decimal(digits) / 100)
    if unit and not (unit == "x" and measure in MULTIPLES):
        example = "3x" if measure in MULTIPLES else "10"
        raise _bad(f"“{token}”: {measure} is not measured in {unit}, write {example}", token, example)
    return float(digits)


def _span(token: Token) -> Any:
    span = token.lower()
    if span not in SPANS:
        nearest = min(SPANS, key=lambda name: abs(SPANS[name].total_seconds() / 3600 - _hours(token)))
        raise _bad(
            f"“{token}” is not a time I compare over: 1h, 4h, 24h or 7d", token, *SPANS, nearest=nearest
        )
    return span


def _hours(token: Token) -> int:
    return int(token[:-1]) * (24 if token.lower().endswith("d") else 1)


# --- what holds for the whole line -----------------------------------------------------------------------


def _clauses(tree: Node) -> dict[str, Node]:
    """Clauses by what they set; each may be said once."""
    found: dict[str, Node] = {}
    nodes = sorted((node for node in tree.iter_subtrees() if node.data in _CLAUSES), key=_start)
    for node in nodes:
        name = "scope" if node.data in _SCOPES else str(node.data)
        if name in found and found[name] is not node:
            said = "on what" if name == "scope" else f"“{name}”"
            raise BadRule(
                f"A rule says {said} once; the second is at character {_start(node) + 1}.",
                position=_start(node),
                word=str(next(iter(_tokens(node)), node.data)),
            )
        found[name] = node
    return found


def _start(node: Node) -> int:
    return int(node.meta.start_pos)


def _settings(clauses: Mapping[str, Node], known: Known) -> dict[str, Any]:
    settings: dict[str, Any] = {"once": "once" in clauses, "urgent": "urgent" in clauses}
    if "scope" in clauses:
        settings["scope"] = _scope(clauses["scope"], known)
    if "until" in clauses:
        settings["until"] = _day(_tokens(clauses["until"])[0])
    if "every" in clauses:
        settings["cooldown_hours"] = _cooldown(_tokens(clauses["every"])[0])
    return settings


def _scope(node: Node, known: Known) -> Scope:
    if node.data in ("everything", "watchlist"):
        return Scope(kind=str(node.data))
    (token,) = _tokens(node)
    if node.data == "narrative":
        slug = token.lower().lstrip("#")
        if slug not in known.narratives:
            raise _bad(f"I know no story “{token}”", token, nearest=_nearest(slug, known.narratives, "#"))
        return Scope(kind="narrative", name=slug, narrative_id=known.narratives[slug])
    if node.data == "token":
        if len(token) > LONGEST_TICKER:
            raise _bad(f"“{token}” is too long for a token", token, "a token such as $SOL")
        return Scope(kind="token", name=token.lstrip("$").upper())
    topic = " ".join(token.strip('"').split())
    if not 2 <= len(topic) <= 60:
        raise _bad(f"{token} must be 2 to 60 characters", token, "a topic you follow")
    followed = None if known.topics is None else {each.casefold(): each for each in known.topics}
    if followed is not None and topic.casefold() not in followed:
        nearest = _nearest(topic, known.topics)
        raise _bad(f"You do not follow {token} here, /follow it first", token, nearest=nearest)
    return Scope(kind="topic", name=followed[topic.casefold()] if followed else topic)


def _day(token: Token) -> date:
    try:
        return date(*map(int, token.split("-")))
    except ValueError:
        raise _bad(f"There is no {token} in the calendar", token, "a date such as 2026-12-31") from None


def _cooldown(token: Token) -> int:
    if not 1 <= _hours(token) <= 720:
        raise _bad(f"“{token}” is not between 1h and 30d", token, "a time such as 12h")
    return _hours(token)


# --- what went wrong -------------------------------------------------------------------------------------


def _bad(sentence: str, token: Token, *expected: str, nearest: str = "") -> BadRule:
    position = int(token.start_pos or 0)
    hint = f": did you mean “{nearest}”?" if nearest else "."
    return BadRule(
        f"{sentence} (character {position + 1}){hint}",
        position=position, word=str(token), expected=expected, nearest=nearest,
    )  # fmt: skip


def _nearest(word: str, names: Collection[str] | None, prefix: str = "") -> str:
    close = get_close_matches(word.lower(), list(names or ()), n=1, cutoff=0.6)
    return prefix + close[0] if close else ""


def _unexpected(error: UnexpectedInput, text: str) -> BadRule:
    if isinstance(error, UnexpectedCharacters) or not isinstance(error, UnexpectedToken):
        return BadRule("I cannot read this.", position=int(error.pos_in_stream or 0), word=text[:20])
    state: Any = error.interactive_parser
    fitting = sorted(state.accepts(), key=grammar.rank)
    expected = tuple(dict.fromkeys(map(grammar.named, fitting)))
    token = error.token
    if token.type == "$END":
        sentence = f"The rule ends too early: expected {_either(expected)}."
        return BadRule(sentence, position=len(text.rstrip()), word="", expected=expected)
    words = [word for terminal in fitting for word in grammar.spellings(terminal)]
    nearest = _nearest(token.value, words) or (
        "" if token.value in grammar.WORDS else _nearest(token.value, grammar.WORDS)
    )
    if token.type in ("WORD", "OTHER") and nearest and nearest in words:
        return _bad(f"I do not know “{token}”", token, *expected, nearest=nearest)
    return _bad(
        f"“{token}” does not fit here, expected {_either(expected)}", token, *expected, nearest=nearest
    )


def _either(expected: tuple[str, ...]) -> str:
    """`a, b or c`; of many only the first."""
    *firsts, last = expected[:SHOWN]
    return f"{', '.join(firsts)} or {last}" if firsts else last


def _not_too_big(expression: Expression, text: str) -> None:
    if depth(expression) > DEPTH:
        at = _deepest(text)
        word = "(" if text[at] == "(" else _first(text[at:])
        raise BadRule(
            f"At most {DEPTH} brackets or groups may stand inside each other.", position=at, word=word
        )
    if sum(1 for _ in leaves(expression)) > CONDITIONS:
        raise BadRule(f"At most {CONDITIONS} conditions in one rule.", position=0, word=_first(text))


def _first(text: str) -> str:
    return text.split(maxsplit=1)[0]


def _deepest(text: str) -> int:
    """Where the most brackets are open."""
    depths = [0]
    for character in text:
        depths.append(depths[-1] + (character == "(") - (character == ")"))
    rises = [(after, -place) for place, (before, after) in enumerate(pairwise(depths)) if after > before]
    return -max(rises)[1] if rises else 0


def _trees(node: Node) -> Iterator[Node]:
    return (child for child in node.children if isinstance(child, Tree))


def _tokens(node: Node) -> list[Token]:
    return [child for child in node.children if isinstance(child, Token)]
