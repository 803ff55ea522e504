"""Scoring: from measures to the ranked list that /trending and the alerts read.

The score's formula stands in `points.py`, in [0, 100]; ties by share of voice, then id. Fewer than 8 posts
(near-copies once) or 5 authors in 24 h, or fewer than 12 of its 24 hourly buckets observed, is too little
to be ranked among the others. That lowers nothing but the rank: from 3 posts by 5 authors on such a
narrative comes after them, as new; what has less comes last. Every narrative has a score, so lists over
longer windows and phases that fade go on. Source: `signals.md` 4.0 and 4.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from math import sqrt
from typing import Literal, NamedTuple

import numpy as np

from core import points, voices
from core.errors import BadInput
from core.models import WINDOWS, Change, Coordination, Mention, Narrative, Score, Signal, Voices
from core.models import Window as Name
from core.phases import Reading, Standing, stand
from core.signals import coordination
from core.signals.breadth import breadth, effective_authors
from core.signals.measures import Measures
from core.signals.panel import Panel
from core.signals.rows import failure, signals_of
from core.signals.saturation import LATE, fewer_join
from core.signals.stability import kind
from core.signals.windows import Comparison, compare, nothing
from core.talk import Talk, evidence, talks_of

GATE_POSTS, GATE_AUTHORS, GATE_BUCKETS = 8, 5, 12
NEW_POSTS, NEW_HOURS = 3, 24
LOUD, LOUDER = 1.5, 2.0  # surprise, × usual: from either on it is worth knowing who tells a young story
_RANKED, _NEW, _FAINT = range(3)
_TIERS: tuple[Literal["ranked", "new", "faint"], ...] = ("ranked", "new", "faint")


class _Heard(NamedTuple):
    """One narrative's talk and what it is like."""

    talk: Talk
    day: Talk
    coordination: Coordination


class _Entry(NamedTuple):
    tier: int
    parts: dict[str, float]
    score: float
    share: float
    row: int
    narrative: Narrative
    heard: _Heard
    effective: float  # authors of the day
    standing: Standing


def rank(
    narratives: Sequence[Narrative],
    panel: Panel,
    measures: Measures,
    mentions: Iterable[Mention],
    previous: Mapping[str, Score],
    *,
    cycle_id: str,
    now: datetime,
    regulars: Set[str] | None = None,
) -> tuple[Score, ...]:
    """The scores of all narratives that are not merged into another, best first, ranks from 1.

    `panel` and `measures` share rows and `now`; `previous` holds each narrative's last score. `regulars` are
    authors known for a while (`voices.known_since`); None while INTERN is too young to know any.
    Raises `BadInput` where a narrative has no row or the measures are of another time.
    """
    if measures.as_of != now:
        raise BadInput(
            f"The measures are of {measures.as_of}, not of {now}: measure the panel built at `now`."
        )
    rows = {id_: row for row, id_ in enumerate(measures.ids)}
    talks = talks_of(mentions, now)
    live = [n for n in narratives if n.redirect_to is None]
    heard = _heard([talks.get(n.id, Talk((), ())) for n in live], measures, regulars)
    entries = [
        _entry(n, _row(rows, n), measures, each, previous.get(n.id))
        for n, each in zip(live, heard, strict=True)
    ]
    windows = measures.partial.attempt(
        "windows", lambda: compare(panel, measures.profile, measures.prior), nothing(len(panel.ids))
    )
    return tuple(
        _score(e, i, measures, windows, cycle_id).model_copy(
            update={"voices": _voices(e, measures, regulars)}
        )
        for i, e in enumerate(sorted(entries, key=_place), start=1)
    )


def _heard(talks: Sequence[Talk], measures: Measures, regulars: Set[str] | None) -> list[_Heard]:
    days = [talk.since(measures.as_of - timedelta(hours=24)) for talk in talks]
    crowd = None if regulars is None else voices.usual((day.names for day in days), regulars)
    try:
        found = coordination.coordinations([day.posts for day in days], crowd)
    except Exception:  # as any measure that breaks (`partial.py`): the others are worth having without it
        measures.partial.add("coordination", np.ones(len(measures.ids), dtype=bool))
        found = tuple(coordination.unscored(len(day.posts), failure("coordination")) for day in days)
    return [_Heard(*each) for each in zip(talks, days, found, strict=True)]


def _voices(entry: _Entry, measures: Measures, regulars: Set[str] | None) -> Voices | None:
    """Who tells a story that is younger than a week and louder than usual; None while nobody is known."""
    earliest, now = entry.narrative.earliest_post_at, measures.as_of
    young = now - (entry.heard.talk.back_since(earliest, now) or earliest) <= voices.KNOWN_FOR
    loud = measures.surprise[entry.row] >= LOUD or measures.ratio[entry.row] >= LOUDER
    if regulars is None or not young or not loud:
        return None
    return voices.voices(entry.heard.day.posts, regulars)


def _place(entry: _Entry) -> tuple[int, float, float, str]:
    return entry.tier, -entry.score, -entry.share, entry.narrative.id


def _row(rows: dict[str, int], narrative: Narrative) -> int:
    if narrative.id not in rows:
        raise BadInput(f"Narrative {narrative.id} has no row in the panel: build the panel with its id.")
    return rows[narrative.id]


def _entry(narrative: Narrative, row: int, measures: Measures, heard: _Heard, before: Score | None) -> _Entry:
    """A narrative with what decides its place."""
    day = heard.day
    standing = stand(_reading(measures, row), before, now=measures.as_of)
    tier = _tier(day, float(measures.covered_24h[row]))
    effective = measures.partial.attempt_one("breadth", row, lambda: _effective(day), 0.0)
    made = points.parts(
        float(measures.g[row]),
        float(measures.variance[row]),
        breadth(effective),
        independence=coordination.independence(heard.coordination),
    )
    share = float(measures.share[row])
    return _Entry(tier, made, points.total(made), share, row, narrative, heard, effective, standing)


def _reading(measures: Measures, row: int) -> Reading:
    g, variance = float(measures.g[row]), float(measures.variance[row])
    return Reading(
        ratio=float(measures.ratio[row]),
        z=g / sqrt(variance + 0.05),
        reproduction=_reproduction(measures, row),
        observed=bool(measures.momentum.coverage[row] > 0.0),
    )


def _reproduction(measures: Measures, row: int) -> float | None:
    """R, where enough was observed to tell."""
    return float(measures.velocity.reproduction[row]) if measures.velocity.coverage[row] else None


def _tier(day: Talk, covered: float) -> int:
    originals, authors = len(day.originals), Talk(day.originals, ()).authors
    if originals >= GATE_POSTS and authors >= GATE_AUTHORS and covered >= GATE_BUCKETS:
        return _RANKED
    return _NEW if originals >= NEW_POSTS and authors >= GATE_AUTHORS else _FAINT


def _score(
    entry: _Entry, place: int, measures: Measures, windows: dict[Name, Comparison], cycle_id: str
) -> Score:
    row, heard, standing, now = entry.row, entry.heard, entry.standing, measures.as_of
    day = heard.day
    signals, lasting = signals_of(measures, row), float(measures.lasting_hours[row])
    return Score(
        narrative_id=entry.narrative.id, cycle_id=cycle_id, as_of=now, rank=place, score=entry.score,
        phase=standing.phase, phase_since=standing.since, leaning=standing.leaning,
        peak_ratio=standing.peak_ratio,
        momentum=signals.momentum, velocity=signals.velocity, sentiment=signals.sentiment,
        disagreement=_disagreement(measures, row),
        breadth=_breadth(entry, measures),
        novelty=signals.novelty, saturation=signals.saturation, mindshare=signals.mindshare,
        engagement=signals.engagement, late=_is_late(entry, measures),
        stability=kind(lasting), lasting_hours=lasting,
        surprise=float(measures.surprise[row]), ratio=float(measures.ratio[row]),
        baseline_per_hour=float(measures.rate[row]), changes=_changes(windows, row, heard.talk, now),
        posts_24h=len(day.posts), authors_24h=day.authors, confirmed_24h=day.confirmed,
        near_copies_24h=len(day.posts) - len(day.originals), coordination=heard.coordination,
        back_since=heard.talk.back_since(entry.narrative.earliest_post_at, now), is_new=_is_new(entry, now),
        history_hours=float(measures.history_hours[row]),
        meter="counts" if measures.counted[row] else "samples", tier=_TIERS[entry.tier],
        original_authors_24h=Talk(day.originals, ()).authors, parts=entry.parts,
        evidence=evidence(heard.talk),
    )  # fmt: skip


def _disagreement(measures: Measures, row: int) -> float | None:
    """How far opinions lie apart; None without at least two of them."""
    mood = measures.sentiment
    return float(mood.disagreement[row]) if mood.voices[row] > 1.0 else None


def _effective(day: Talk) -> float:
    """Effective authors; near-copies prove no further voice."""
    return effective_authors(m.author for m in day.originals)


def _breadth(entry: _Entry, measures: Measures) -> Signal:
    """Breadth of the day's posts as a signal."""
    broken = measures.partial.failed("breadth", entry.row)
    silent = "" if entry.effective else "no posts with a known author in 24 h"
    return Signal(
        value=breadth(entry.effective),
        confidence=None,
        n=len(entry.heard.day.originals),
        as_of=measures.as_of,
        inputs_ok=entry.effective > 0.0,
        reason=failure("breadth") if broken else silent,
    )


def _is_late(entry: _Entry, measures: Measures) -> bool:
    """As loud as it ever was, but shrinking, and fewer voices join."""
    reproduction = _reproduction(measures, entry.row)
    if measures.saturation.value[entry.row] <= LATE or reproduction is None or reproduction >= 1.0:
        return False
    recent, before = measures.observed
    exposure = float(recent[entry.row]), float(before[entry.row])
    posts = entry.heard.talk.posts
    return measures.partial.attempt_one(
        "saturation", entry.row, lambda: fewer_join(posts, measures.as_of, exposure), False
    )


def _changes(windows: dict[Name, Comparison], row: int, talk: Talk, now: datetime) -> dict[Name, Change]:
    changes: dict[Name, Change] = {}
    for name, comparison in windows.items():
        recent = talk.since(now - timedelta(hours=WINDOWS[name]))
        changes[name] = Change(
            ratio=float(comparison.ratio[row]),
            confidence=float(comparison.confidence[row]),
            posts=len(recent.posts),
            authors=recent.authors,
            coverage=float(comparison.coverage[row]),
        )
    return changes


def _is_new(entry: _Entry, now: datetime) -> bool:
    """Enough to show but below the gate, or its earliest post is at most 24 h old."""
    found = not entry.narrative.topic  # one that chats follow is only newly looked at
    young = found and now - entry.narrative.earliest_post_at <= timedelta(hours=NEW_HOURS)
    return entry.tier == _NEW or young
