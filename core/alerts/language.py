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

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

from lark import Token, UnexpectedInput
from pydantic import ValidationError

from core.alerts import grammar
from core.alerts.clauses import CLAUSES, Known, clauses, settings
from core.alerts.misread import bad, unexpected
from core.alerts.nodes import Node, hours, tokens, trees
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
    Spec,
    Top,
    depth,
    leaves,
)

__all__ = ["LONGEST", "Known", "parse", "phrase", "text_of"]

LONGEST = 400  # characters


def parse(text: str, known: Known | None = None) -> Spec:
    """The rule a line describes. Raises `BadRule` with the position of the word and what would fit there."""
    if len(text) > LONGEST:
        raise BadRule(
            f"That is too long: at most {LONGEST} characters.", position=LONGEST, word=text[LONGEST:][:20]
        )
    try:
        tree = grammar.PARSER.parse(text)
    except UnexpectedInput as error:
        raise unexpected(error, text) from None
    expression = _expression(tree)
    _not_too_big(expression, text)
    return Spec(expression=expression, **settings(clauses(tree), known or Known()))


# --- conditions ------------------------------------------------------------------------------------------


def _expression(node: Node) -> Expression:
    parts = [part for part in trees(node) if part.data not in CLAUSES]
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
        raise bad(f"“{last}” does not fit here: {reason}", last) from None


def _level(node: Node) -> Level:
    sign, value = tokens(node)
    measured = _measured(node)
    return Level(
        **measured, kind=sign.type.lower(), value=_amount(value, measured["measure"]),
        inclusive=sign.value in (">=", "<=", "≥", "≤"),
    )  # fmt: skip


def _move(node: Node) -> Move:
    verb, percent, over = tokens(node)
    if not percent.endswith("%"):
        raise bad(f"“{percent}” must be a change in per cent, such as 20%", percent, "a change such as 20%")
    return Move(**_measured(node), kind=verb.type.lower(), percent=float(percent[:-1]), over=_span(over))


def _cross(node: Node) -> Cross:
    side, value = tokens(node)
    measured = _measured(node)
    again = next((part for part in trees(node) if part.data == "again"), None)
    rearm = None
    if again is not None:
        back, level = tokens(again)
        if back.type == side.type:
            other = "below" if side.type == "ABOVE" else "above"
            raise bad(f"“{back}” must be {other}: it crosses again after it was there", back, other)
        rearm = _amount(level, measured["measure"])
    return Cross(
        **measured,
        kind=f"crosses {side.type.lower()}",
        value=_amount(value, measured["measure"]),
        rearm=rearm,
    )


def _channel(node: Node) -> Channel:
    side, low, high = tokens(node)
    measured = _measured(node)
    low_value, high_value = (_amount(token, measured["measure"]) for token in (low, high))
    return Channel(**measured, kind=side.type.lower(), low=low_value, high=high_value)


def _top(node: Node) -> Top:
    verb, count, *window = tokens(node)
    if not count.isdigit():
        raise bad(f"“{count}” must be a whole number of places, such as 5", count, "a number such as 5")
    return Top(kind=f"{verb.type.lower()} top", count=int(count), window=_span(window[0]) if window else None)


def _becomes(node: Node) -> PhaseChange:
    to, *was = tokens(node)
    return PhaseChange(to=to.value, was=was[0].value if was else None)


def _leaves(node: Node) -> PhaseChange:
    return PhaseChange(was=tokens(node)[-1].value)


def _keyword(node: Node) -> Keyword:
    (token,) = tokens(node)
    text = " ".join(token.strip('"').split())
    if not 2 <= len(text) <= 60:
        raise bad(f"{token} must be 2 to 60 characters", token, 'words such as "hack"')
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
    name, *window = tokens(next(part for part in trees(node) if part.data == "measured"))
    measure = Measure.VOLUME if name == "volume" else Measure(name.value)
    if window and measure not in WINDOWED:
        raise bad(f"“{window[0]}” does not fit here: {measure} has no window of its own", window[0])
    return {"measure": measure, "window": _span(window[0]) if window else None}


def _amount(token: Token, measure: Measure) -> float:
    """A number in the measure's unit: the unit may be left out, but not be another's."""
    digits = token.rstrip("xX×%")
    unit = token[len(digits) :].lower().replace("×", "x")
    if measure in SHARES:
        if unit != "%":
            raise bad(f"“{token}”: {measure} is a share, write it in per cent such as 40%", token, "40%")
        return float(Decimal(digits) / 100)
    if unit and not (unit == "x" and measure in MULTIPLES):
        example = "3x" if measure in MULTIPLES else "10"
        raise bad(f"“{token}”: {measure} is not measured in {unit}, write {example}", token, example)
    return float(digits)


def _span(token: Token) -> Any:
    span = token.lower()
    if span not in SPANS:
        nearest = min(SPANS, key=lambda name: abs(SPANS[name].total_seconds() / 3600 - hours(token)))
        raise bad(
            f"“{token}” is not a time I compare over: 1h, 4h, 24h or 7d", token, *SPANS, nearest=nearest
        )
    return span


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
