"""What a chat thinks of its alerts moves which story goes first when its attention is short.

Every verdict counts for the story, the rule and the tickers it was about: 👍 +1, already knew −½, 👎 −1,
spam −2, each half as much 30 days later. A subject with the sum s weighs 2^(s/4), never below ½ or above 2,
and a story weighs the product of its subjects within the same bounds. Surprise × weight is the order in which
stories are told: facts, thresholds and what counts as an alert stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import prod
from typing import Literal, NamedTuple

from core.models import Feedback, FeedbackWeek, Verdict
from core.narratives.merging import survivor

LEAST, MOST = 0.5, 2.0
DOUBLES = 4.0  # 👍 that double the weight
HALVES = timedelta(days=30)
FORGOTTEN = timedelta(days=180)  # then a verdict weighs a sixty-fourth
WEEK = timedelta(days=7)
VALUE = {Verdict.UP: 1.0, Verdict.KNEW: -0.5, Verdict.DOWN: -1.0, Verdict.SPAM: -2.0}

Kind = Literal["story", "rule", "ticker"]
Subject = tuple[Kind, str]
Taste = Mapping[Subject, float]  # weight of each subject a chat has an opinion on


class Weighed(NamedTuple):
    """A story's weight, and the subjects that make it differ from 1, the strongest first."""

    factor: float
    because: tuple[tuple[Subject, float], ...]


def taste(given: Iterable[Feedback], now: datetime, redirects: Mapping[str, str] | None = None) -> Taste:
    """One chat's weights, each in [LEAST, MOST]; verdicts on a merged story count for its survivor."""
    sums: dict[Subject, float] = {}
    for each in given:
        value = VALUE[each.verdict] * 0.5 ** ((now - each.at) / HALVES)
        for subject in subjects(survivor(each.narrative_id, redirects or {}), [each.rule], each.tickers):
            sums[subject] = sums.get(subject, 0.0) + value
    return {subject: _bounded(2 ** (total / DOUBLES)) for subject, total in sums.items()}


def subjects(narrative_id: str, rules: Iterable[str], tickers: Iterable[str]) -> list[Subject]:
    """What an opinion about an alert is about."""
    return [
        ("story", narrative_id),
        *(("rule", rule) for rule in dict.fromkeys(rules)),
        *(("ticker", ticker) for ticker in dict.fromkeys(tickers)),
    ]


def weighed(known: Taste, about: Iterable[Subject]) -> Weighed:
    """What a story about these subjects weighs to a chat: 1 where it has no opinion."""
    because = [(subject, known[subject]) for subject in about if subject in known]
    factor = _bounded(prod((weight for _, weight in because), start=1.0))
    strongest = sorted(because, key=lambda each: (-max(each[1], 1 / each[1]), each[0]))
    return Weighed(factor, tuple(strongest))


def _bounded(weight: float) -> float:
    return min(MOST, max(LEAST, weight))


def week(given: Iterable[Feedback], now: datetime) -> FeedbackWeek | None:
    """A chat's verdicts of the last seven days and what they move most; None without any."""
    lately = [each for each in given if now - WEEK <= each.at < now]
    if not lately:
        return None
    weights = sorted(taste(lately, now).items(), key=lambda each: (each[1], each[0]))
    return FeedbackWeek(
        counts={verdict: sum(each.verdict is verdict for each in lately) for verdict in Verdict},
        later=tuple(subject for subject, weight in weights if weight < 1.0 and subject[0] != "rule")[:2],
        sooner=tuple(s for s, weight in reversed(weights) if weight > 1.0 and s[0] != "rule")[:2],
    )
