"""The built-in rules: the plain subscription in three sensitivities, and the market as a whole."""

from __future__ import annotations

from datetime import UTC, datetime

from core.alerts.params import AlertParams
from core.models.attention import Sensitivity
from core.models.rules import All, AnyOf, Cross, Expression, Level, Measure, NewStory, Rule, Scope

PLAIN = "plain"  # what `/subscribe` turns on
MARKET = "market"
BUILT_IN = frozenset({PLAIN, MARKET})
_ALWAYS = datetime.min.replace(tzinfo=UTC)  # there from the beginning: nothing was so before it was made
_STEP = {Sensitivity.QUIET: 1.0, Sensitivity.STANDARD: 0.0, Sensitivity.SENSITIVE: -1.0}


def plain_expression(sensitivity: Sensitivity, params: AlertParams) -> Expression:
    """Rare attention, once per visit above the threshold, or a new story (in quiet chats a rarer one)."""
    least = params.surprise + _STEP[sensitivity] * params.steps
    rare = Cross(
        kind="crosses above", measure=Measure.SURPRISE, value=least, rearm=round(least * params.release, 6)
    )
    new: Expression = NewStory()
    if least > params.surprise:
        new = All(of=(new, Level(kind="above", measure=Measure.SURPRISE, value=least, inclusive=True)))
    return AnyOf(of=(rare, new))


def plain(chat_id: int, expression: Expression) -> Rule:
    """The plain subscription of one chat."""
    return Rule(id=PLAIN, chat_id=chat_id, expression=expression, scope=Scope(), created_at=_ALWAYS)


def whole_market(chat_id: int) -> Rule:
    """The market rule of one chat; it is not evaluated but decided on like the others."""
    return Rule(id=MARKET, chat_id=chat_id, expression=NewStory(), created_at=_ALWAYS)
