"""Rules of very many chats on one turn: distinct ones evaluated once, fanned out where true."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median

import numpy as np

from core.alerts.language import Known, parse
from core.alerts.moment import Moment
from core.alerts.ready import READY
from core.alerts.rules import evaluate
from core.models import Change, Narrative, Phase, Score, Signal
from core.models.rules import SPANS, Expression, Rule, Scope, Spec
from tests.bench.stage import NOW, story

CHATS, RULES, NARRATIVES = 10_000, 5, 200
OWN = 0.5  # share of rules that are no ready-made ones, each with a threshold of its own choice
RUNS = 5
_SHARED: dict[Expression, Expression] = {}


def figures() -> dict[str, float]:
    """Median core seconds for 10,000 chats × 5 rules × 200 narratives, and their ratio to a tenth of them."""
    chance = np.random.default_rng(20261127)
    narratives = [story(i) for i in range(NARRATIVES)]
    known = Known({n.slug: n.id for n in narratives})
    rules = [
        made for chat in range(CHATS) for made in _rules(chat, chance, known, [n.slug for n in narratives])
    ]
    few = _seconds(rules[: len(rules) // 10], narratives, chance)
    many = _seconds(rules, narratives, chance)
    return {"rules_10k_s": many, "rules_1k_s": few, "rules_10k_over_1k": many / few}


def _rules(chat: int, chance: np.random.Generator, known: Known, slugs: list[str]) -> list[Rule]:
    """Half ready-made, half of the chat's own; equal expressions are one object, as storage reads them."""
    made = []
    for number in range(RULES):
        own = chance.random() < OWN
        spec = _own(chance, known, slugs) if own else READY[int(chance.integers(len(READY)))].spec
        fields = {name: getattr(spec, name) for name in Spec.model_fields}
        fields["expression"] = _SHARED.setdefault(spec.expression, spec.expression)
        made.append(Rule(id=f"{chat}.{number}", chat_id=chat, created_at=NOW, **fields))
    return made


def _own(chance: np.random.Generator, known: Known, slugs: list[str]) -> Spec:
    """One of six shapes with a threshold among a hundred and a scope."""
    n = int(chance.integers(20, 120))
    shape = (
        f"momentum > {n / 10}x and authors >= {n}",
        f"sentiment drops {n / 2}% in 4h or new story",
        f"surprise crosses above {n / 20}",
        f"posts in 4h > {n} and not (sentiment < 40% or coordination > 50%)",
        f"enters top {1 + n % 50}",
        f"score > {n / 2} and phase becomes accelerating",
    )[int(chance.integers(6))]
    scope = ("", f" on #{slugs[int(chance.integers(len(slugs)))]}", f" on $TK{n}", " on watchlist")
    return parse(shape + scope[int(chance.integers(4))], known)


def _seconds(rules: list[Rule], narratives: list[Narrative], chance: np.random.Generator) -> float:
    now, then = (_scores(narratives, chance, at) for at in (NOW, NOW - timedelta(hours=1)))
    ago = {span: _scores(narratives, chance, NOW - length) for span, length in SPANS.items()}
    watched = {rule.chat_id: (Scope(kind="token", name=f"TK{rule.chat_id % NARRATIVES}"),) for rule in rules}
    took = []
    for _ in range(RUNS):
        begin = time.process_time()
        evaluate(rules, Moment(narratives, now, now=NOW, before=then, ago=ago), watched=watched)
        took.append(time.process_time() - begin)
    return median(took)


def _scores(narratives: list[Narrative], chance: np.random.Generator, at: object) -> dict[str, Score]:
    """An ordinary turn: a few narratives are loud, most are not."""
    loud = np.exp(chance.normal(0.0, 0.8, len(narratives)))
    return {n.id: _score(n.id, i, float(loud[i]), chance, at) for i, n in enumerate(narratives)}


def _score(id: str, place: int, ratio: float, chance: np.random.Generator, at: object) -> Score:
    posts = int(chance.poisson(15))
    sure = Signal(value=float(chance.uniform(0.3, 0.7)), confidence=0.7, n=posts, as_of=at)
    change = Change(ratio=ratio, confidence=0.7, posts=posts, authors=posts, coverage=1.0)
    return Score(
        narrative_id=id, cycle_id="c", as_of=at, rank=place + 1, score=50.0 * ratio / (1.0 + ratio),
        phase=Phase.ACCELERATING if ratio > 3.0 else Phase.QUIET, phase_since=at, leaning=Phase.QUIET,
        momentum=sure, velocity=sure, sentiment=sure, breadth=sure, surprise=ratio, ratio=ratio,
        baseline_per_hour=1.0, changes=dict.fromkeys(SPANS, change), posts_24h=posts, authors_24h=posts,
    )  # fmt: skip
