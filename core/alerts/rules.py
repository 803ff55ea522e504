"""Which rules are true of which narratives, and why: each distinct expression once, for all chats.

Truth has three values: a condition on something that is not known is neither true nor false, and a rule
fires only where it is true. Conditions are columns over narratives, so the cost grows with the number of
distinct expressions and, apart from that, with what is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.alerts.conditions import TRUE, UNKNOWN, Column, Crossings, look
from core.alerts.moment import Moment
from core.alerts.why import Cause, Why, why
from core.models.rules import All, Expression, Group, NoneOf, Rule, Scope

__all__ = ["Cause", "Evaluation", "Found", "Hit", "Match", "Verdict", "Why", "evaluate"]


class Hit(NamedTuple):
    """A rule is true of a narrative."""

    rule: Rule
    narrative_id: str
    why: Why


class Verdict(NamedTuple):
    """What became of one distinct expression: rows of the moment where it is true, and where not known."""

    expression: Expression
    true: list[int]
    unknown: list[int]


class Match(NamedTuple):
    """A rule and the narratives it is true of, each with its reasons; rules of one scope share the list."""

    rule: Rule
    told: list[tuple[str, Why]]


class Found(NamedTuple):
    """Everything one evaluation found."""

    matches: list[Match]
    verdicts: list[Verdict]
    crossings: Crossings  # to be given to the next evaluation

    @property
    def hits(self) -> list[Hit]:
        """Every rule with every narrative it is true of."""
        return [Hit(match.rule, id, why) for match in self.matches for id, why in match.told]


class Evaluation:
    """Evaluates expressions at one moment; every condition and expression once."""

    def __init__(self, moment: Moment, crossings: Crossings | None = None) -> None:
        """`crossings`: what the evaluation of the turn before left."""
        self.moment = moment
        self._before = _followed(crossings or {}, moment)
        self.crossings: Crossings = {}
        self._columns: dict[Expression, Column] = {}
        self._whys: dict[tuple[int, int], Why] = {}

    def column(self, expression: Expression) -> Column:
        """The truth of an expression over the moment's rows, and since when."""
        found = self._columns.get(expression)
        if found is None:
            found = self._columns[expression] = self._looked(expression)
        return found

    def _looked(self, expression: Expression) -> Column:
        if not isinstance(expression, Group):
            return look(expression, self.moment, self._before, self.crossings)
        parts = [self.column(part) for part in expression.of]
        truths = np.array([part.truth for part in parts])
        if isinstance(expression, NoneOf):
            return Column(TRUE - truths.max(axis=0), None)
        truth = truths.min(axis=0) if isinstance(expression, All) else truths.max(axis=0)
        if all(part.since is None for part in parts):
            return Column(truth, None)
        return Column(truth, _since(expression, parts, truths))

    def why(self, expression: Expression, row: int) -> Why:
        """What made an expression true of a row."""
        key = (id(expression), row)
        found = self._whys.get(key)
        if found is None:
            since = self.column(expression).since
            moment = self.moment
            found = self._whys[key] = why(
                expression,
                truth=lambda part: bool(self.column(part).truth[row] == TRUE),
                moment=moment,
                row=row,
                since=None
                if since is None or np.isinf(since[row])
                else datetime.fromtimestamp(since[row], UTC),
            )
        return found


def _since(expression: Group, parts: list[Column], truths: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
    """Since when a group is true: of `all` since its last part began, of `any` the newest of the true ones.

    +inf: nothing began, it is simply so, which in `any` wins and in `all` waits for the others.
    """
    never = np.full(truths.shape[1], np.inf)
    began = np.array([never if part.since is None else part.since for part in parts])
    if isinstance(expression, All):
        latest = np.where(np.isinf(began), -np.inf, began).max(axis=0)
        return np.where(np.isinf(latest), np.inf, latest)
    newest: npt.NDArray[np.float64] = np.where(truths == TRUE, began, -np.inf).max(axis=0)
    return newest


def evaluate(
    rules: Iterable[Rule],
    moment: Moment,
    *,
    crossings: Crossings | None = None,
    watched: Mapping[int, Iterable[Scope]] | None = None,
    kept: Iterable[Expression] = (),
) -> Found:
    """Where each rule is true. `watched`: each chat's watchlist; `kept`: expressions whose crossings are kept
    up although no rule may have them just now. No order of anything matters.

    Paused rules and those that have ended are evaluated like any other: whether they may speak is decided
    later, with a reason.
    """
    evaluation = Evaluation(moment, crossings)
    for expression in kept:
        evaluation.column(expression)
    matches: list[Match] = []
    verdicts = []
    for expression, alike in _distinct(rules):
        truth = evaluation.column(expression).truth
        true = np.flatnonzero(truth == TRUE).tolist()
        verdicts.append(Verdict(expression, true, np.flatnonzero(truth == UNKNOWN).tolist()))
        if true:
            told = {row: (moment.ids[row], evaluation.why(expression, row)) for row in true}
            matches += _fan_out(alike, told, moment, watched or {})
    return Found(matches, verdicts, evaluation.crossings)


def _fan_out(
    rules: Iterable[Rule],
    told: Mapping[int, tuple[str, Why]],
    moment: Moment,
    watched: Mapping[int, Iterable[Scope]],
) -> Iterator[Match]:
    """The rules of one expression, each with what of `told` its scope means."""
    everything = list(told.values())
    for rule in rules:
        members = _members(rule, moment, watched)
        meant = everything if members is None else [told[row] for row in told if row in members]
        if meant:
            yield Match(rule, meant)


def _distinct(rules: Iterable[Rule]) -> list[tuple[Expression, list[Rule]]]:
    """Rules by expression. Those loaded together share their expressions, so most need no hashing."""
    by_object: dict[int, tuple[Expression, list[Rule]]] = {}
    for rule in rules:
        expression = rule.expression
        by_object.setdefault(id(expression), (expression, []))[1].append(rule)
    distinct: dict[Expression, list[Rule]] = {}
    for expression, alike in by_object.values():
        distinct.setdefault(expression, []).extend(alike)
    return list(distinct.items())


def _members(rule: Rule, moment: Moment, watched: Mapping[int, Iterable[Scope]]) -> frozenset[int] | None:
    if rule.scope.kind != "watchlist":
        return moment.members(rule.scope)
    each = [moment.members(entry) for entry in watched.get(rule.chat_id, ())]
    return frozenset().union(*(rows for rows in each if rows is not None))


def _followed(crossings: Crossings, moment: Moment) -> Crossings:
    """What a merged narrative had crossed, its survivor has: the newest of them."""
    followed: Crossings = {}
    for (condition, narrative_id), crossing in crossings.items():
        key = (condition, moment.followed(narrative_id))
        rival = followed.get(key)
        if rival is None or (
            rival.since is not None and (crossing.since is None or crossing.since > rival.since)
        ):
            followed[key] = crossing.model_copy(update={"narrative_id": key[1]})
    return followed
