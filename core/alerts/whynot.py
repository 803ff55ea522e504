"""Why a chat hears nothing of a narrative now: each of its rules looked at by the live engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from core.alerts import decide
from core.alerts.candidate import Ground, Held
from core.alerts.conditions import FALSE, TRUE, Crossings
from core.alerts.moment import Moment
from core.alerts.rules import Evaluation, Hit, evaluate
from core.alerts.why import Cause, cause
from core.models.rules import Condition, Expression, Group, NoneOf, Rule


class Standing(NamedTuple):
    """How one rule stands to a narrative: not true (`unmet`), held back (`held`), or free to speak."""

    rule: Rule
    true: bool
    held: Held | None = None
    unmet: tuple[Cause, ...] = ()  # conditions that do not hold, with the values there are


def standings(
    rules: Iterable[Rule], narrative_id: str, moment: Moment, ground: Ground, crossings: Crossings
) -> list[Standing]:
    """Every rule that means this narrative, those that are nearest to speaking first.

    Raises KeyError for a narrative that is not in the moment.
    """
    row = moment.row[narrative_id]
    narrative, score = moment.narratives[row], moment.scores[row]
    asked = list(rules)
    watched = {id: allowed.watch for id, allowed in ground.attention.items()}
    found = evaluate(asked, moment, crossings=crossings, watched=watched)
    hits: dict[str, Hit] = {hit.rule.id: hit for hit in found.hits if hit.narrative_id == narrative_id}
    evaluation = Evaluation(moment, crossings)

    def standing(rule: Rule) -> Standing:
        hit = hits.get(rule.id)
        if hit is None:
            return Standing(rule, False, unmet=_unmet(rule, evaluation, row))
        candidate = decide.candidates([hit], {narrative.id: narrative}, {narrative.id: score})[0]
        return Standing(rule, True, decide.held(candidate, ground))

    meant = [rule for rule in asked if _means(rule, moment, row, ground)]
    return sorted(map(standing, meant), key=lambda s: (not s.true, s.held is not None))


def _unmet(rule: Rule, evaluation: Evaluation, row: int) -> tuple[Cause, ...]:
    """The conditions that keep an expression from being true."""
    truth = partial(_truth, evaluation, row)
    return tuple(
        cause(leaf, evaluation.moment, row) for leaf in dict.fromkeys(lacking(rule.expression, truth))
    )


def _truth(evaluation: Evaluation, row: int, part: Expression) -> int:
    return int(evaluation.column(part).truth[row])


def lacking(
    expression: Expression, truth: Callable[[Expression], int], wanted: int = TRUE
) -> Iterator[Condition]:
    """The conditions that keep an expression from being `wanted`; under `none` those that are not false."""
    if truth(expression) == wanted:
        return
    if not isinstance(expression, Group):
        yield expression
        return
    turned = FALSE if wanted == TRUE else TRUE
    for part in expression.of:
        yield from lacking(part, truth, turned if isinstance(expression, NoneOf) else wanted)


def _means(rule: Rule, moment: Moment, row: int, ground: Ground) -> bool:
    scopes = [rule.scope]
    if rule.scope.kind == "watchlist":
        scopes = list(ground.allows(rule.chat_id).watch)
    members = [moment.members(scope) for scope in scopes]
    return any(rows is None or row in rows for rows in members)
