"""Measures: every signal of every narrative in one vectorised call.

Rows follow `Panel.ids`; nothing is NaN: where nothing was observed a value is 0.5, its confidence 0, and
the signal says why. Narratives with refresh coverage in the last 3 h are measured by their own polls, the
others by their share of discovery posts. A measure that breaks, for all narratives or for one, takes no
other with it (`partial.py`). Signal models are made only for the rows that are read (`rows.py`).

>>> from datetime import UTC, datetime
>>> unseen = Panel.of_counts(np.zeros((1, 72)), np.zeros((1, 72)), now=datetime(2026, 1, 4, tzinfo=UTC))
>>> found = measure(unseen)
>>> float(found.momentum.value[0]), float(found.momentum.confidence[0]), found.partial.broken
(0.5, 0.0, {})
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np

from core.models import Engagement, Mention
from core.signals.baseline import Baseline, baseline
from core.signals.completeness import Completeness
from core.signals.coverage import history
from core.signals.engagement import Growth, engagement
from core.signals.gamma import Bools, Floats
from core.signals.mindshare import Mindshare, heard, mindshare, shared
from core.signals.momentum import LONG, SHORT, Evidence, Momentum, covered, metered, momentum
from core.signals.novelty import Novelty, Wording, novelty
from core.signals.panel import Panel
from core.signals.partial import Partial
from core.signals.saturation import Saturation, saturation
from core.signals.sentiment import Sentiment, sentiment
from core.signals.stability import stability
from core.signals.surprise import surprise
from core.signals.velocity import HOURS as PACE_HOURS
from core.signals.velocity import Velocity, velocity, witnessed

MEMORY_HOURS = 336.0  # 14 days of panel shape baselines and tails
DAY = 24.0
_MOST_RATIO = 1e6
_RATES = ("n", "tau", "x", "v", "timely_x", "timely_v")


@dataclass(frozen=True)
class Beside:
    """What is measured and stands in no panel."""

    wordings: Mapping[str, Wording] = field(default_factory=dict)  # of all narratives of 30 days, by id
    mentions: Sequence[Mention] = ()
    engagement: Sequence[Engagement] = ()  # of the last day


@dataclass(frozen=True)
class Measures:
    """One row per narrative [N]; units as in each signal's module."""

    ids: tuple[str, ...]
    as_of: datetime
    momentum: Momentum
    velocity: Velocity
    sentiment: Sentiment
    mindshare: Mindshare
    saturation: Saturation
    novelty: Novelty
    engagement: Growth
    lasting_hours: Floats
    surprise: Floats  # −log₁₀ p
    ratio: Floats  # current over usual rate
    rate: Floats  # usual posts per hour; 0 where the narrative was never polled
    phi: Floats
    history_hours: Floats  # own history in the panel (`coverage.history`)
    counted: Bools  # measured by a counts meter, not by samples
    polled: Bools  # own polls or counts in the last 3 h; otherwise measured by share of discovery posts
    covered_24h: Floats  # buckets of the last 24 h with at least 6 minutes observed
    observed: tuple[Floats, Floats]  # in the last 24 h and in those before: hours polled, or discovery posts
    posts: Floats  # what the momentum rests on
    prior: Floats  # pooled rate
    profile: Floats  # [24] hour-of-day multiplier
    partial: Partial
    chosen: bool = False  # searches return a choice of posts, no count

    @property
    def g(self) -> Floats:
        """ln(current rate / usual rate)."""
        return self.momentum.g

    @property
    def variance(self) -> Floats:
        """Of g, in nats²."""
        return self.momentum.variance

    @property
    def share(self) -> Floats:
        """Share of voice over 24 h."""
        return self.mindshare.value


def measure(panel: Panel, completeness: Completeness | None = None, beside: Beside | None = None) -> Measures:
    """All measures of a panel; its last 14 days shape baselines and tails.

    Where `completeness` says that searches return a choice of posts, their number measures nothing: only
    shares of discovery posts (and counts) do, and they are trusted by θ less.
    """
    n, beside = len(panel.ids), beside or Beside()
    partial = Partial(n)
    recent, unsound = _sound(panel.latest(MEMORY_HOURS))
    common = _Common(recent, completeness)
    half, none, one = np.full(n, 0.5), np.zeros(n), np.ones(n)
    pace = partial.attempt("momentum", common.pace, Momentum(none, one, half, none, none))
    speed = partial.attempt(
        "velocity", lambda: velocity(recent, common.base), Velocity(one, none, one, none, half, none)
    )
    uptake = partial.attempt(
        "engagement", lambda: _uptake(panel, beside), Growth(none, one, none, half, none)
    )
    lively = witnessed(speed, PACE_HOURS * uptake.excess, (PACE_HOURS * uptake.error) ** 2, uptake.told)
    rate, phi, prior = partial.attempt("usual rate", common.usual, (none, one, one))
    for name in ("momentum", "velocity", "surprise") if unsound.any() else ():
        partial.add(name, unsound)
    return Measures(
        ids=panel.ids, as_of=panel.now, momentum=pace, velocity=lively, engagement=uptake,
        sentiment=partial.attempt("sentiment", lambda: sentiment(recent), Sentiment(half, none, none, none)),
        mindshare=partial.attempt(
            "mindshare", lambda: mindshare(recent, DAY), Mindshare(half, none, one, none, none)
        ),
        saturation=partial.attempt("saturation", lambda: saturation(panel), Saturation(half, none)),
        novelty=partial.attempt("novelty", lambda: _new(panel, beside), Novelty(half, none, none)),
        lasting_hours=partial.attempt("stability", lambda: stability(panel, _known(panel, beside)), none),
        surprise=partial.attempt("surprise", lambda: common.surprise(pace), none),
        ratio=np.minimum(np.exp(pace.g), _MOST_RATIO), rate=rate, phi=phi, prior=prior,
        profile=partial.attempt("hour of day", lambda: common.base.profile, np.ones(24)),
        history_hours=history(panel.seen, panel.width), counted=panel.counted, polled=common.polled,
        covered_24h=covered(recent.seen, recent, DAY) * DAY / panel.width,
        observed=_observed(recent, common.polled), posts=common.posts, partial=partial, chosen=common.chosen,
    )  # fmt: skip


class _Common:
    """What several measures rest on, worked out when the first of them asks."""

    def __init__(self, recent: Panel, completeness: Completeness | None) -> None:
        self.recent, self._completeness = recent, completeness
        self.chosen = completeness is not None and completeness.is_choice
        self.own = covered(recent.seen, recent, LONG)
        self.polled = (self.own > 0.0) & (recent.counted | (not self.chosen))

    @cached_property
    def base(self) -> Baseline:
        return baseline(self.recent)

    def usual(self) -> tuple[Floats, Floats, Floats]:
        """The usual rate, how restless it is, and the pooled rate."""
        seen = self.recent.ok.any(1)
        return np.where(seen, self.base.rate[:, -1], 0.0), self.base.phi, self.base.prior

    def evidence(self, hours: float) -> Evidence:
        """What the last hours say, by own polls or by share of discovery posts."""
        return metered(self.recent, self.base, hours).where(self.polled, shared(self.recent, hours))

    def pace(self) -> Momentum:
        """Momentum, trusted by θ less where it is a share among chosen posts."""
        listened = covered(heard(self.recent), self.recent, LONG)
        seen = np.where(self.polled, self.own, listened)
        pace = momentum(self.evidence(SHORT), self.evidence(LONG), seen)
        if self._completeness is None or not self.chosen:
            return pace
        trusted = np.where(self.recent.counted, 1.0, self._completeness.theta)
        return replace(pace, confidence=pace.confidence * trusted)

    def surprise(self, pace: Momentum) -> Floats:
        """How rare the present is; 0 where nothing was observed."""
        own = self.base.mature & self.polled
        rarity = surprise(self.recent, self.base, self.evidence(self.recent.width), pace, own)
        return np.where(pace.coverage > 0.0, rarity, 0.0)

    @property
    def posts(self) -> Floats:
        """What the momentum rests on."""
        columns = slice(self.recent.window(LONG).first, None)
        own, found = (counts[:, columns].sum(1) for counts in (self.recent.n, self.recent.found))
        posts: Floats = np.where(self.polled, own, found)
        return posts


def _sound(panel: Panel) -> tuple[Panel, Bools]:
    """The panel with rows that hold no numbers taken as not observed, because rates are pooled; which [N]."""
    sums = np.stack([getattr(panel, name).sum(1) for name in _RATES])
    unsound = ~np.isfinite(sums).all(0)
    if not unsound.any():
        return panel, unsound
    mended: dict[str, Any] = {name: np.where(unsound[:, None], 0.0, getattr(panel, name)) for name in _RATES}
    return replace(panel, ok=panel.ok & ~unsound[:, None], **mended), unsound


def _observed(panel: Panel, polled: Bools) -> tuple[Floats, Floats]:
    """Exposure of the last 24 h and of the 24 h before."""
    spans = []
    for before in (0.0, DAY):
        window = panel.window(DAY, before=before)
        columns = slice(window.first, None)
        own, heard_all = panel.tau[:, columns] @ window.weights, panel.universe[columns] @ window.weights
        spans.append(np.where(polled, own, heard_all))
    return spans[0], spans[1]


def _uptake(panel: Panel, beside: Beside) -> Growth:
    rows = {id_: row for row, id_ in enumerate(panel.ids)}
    return engagement(rows, beside.mentions, beside.engagement, now=panel.now)


def _new(panel: Panel, beside: Beside) -> Novelty:
    """Novelty of the panel's rows among all narratives with a wording; without one it is not told."""
    place = {id_: i for i, id_ in enumerate(beside.wordings)}
    found = novelty(list(beside.wordings.values()))
    rows = np.array([place.get(id_, -1) for id_ in panel.ids], dtype=np.int64)
    table = np.column_stack([found.value, found.nearest, found.compared])
    missing = np.array([[0.5, 0.0, 0.0]])
    return Novelty(*np.concatenate([table, missing])[rows].T)


def _known(panel: Panel, beside: Beside) -> Floats:
    """Hours [N] since each narrative began; unbounded where that is not told."""
    ages = (beside.wordings[i].age if i in beside.wordings else np.inf for i in panel.ids)
    return np.array(list(ages), dtype=float)
