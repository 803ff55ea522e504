"""Shadows: what three simpler bots would have told on the same polls, written down and never sent.

- naive: posts found in the last hour;
- change: posts found in the last 24 h against the mean of the days before, in per cent;
- hype: HypeScore = (v − v14)·v·log₁₀(u)/(1 + v14), v the narrative's share of all posts found in 24 h, v14
  its mean over 14 days, u the authors (Santiment; `signals.md` 1).

They know nothing of coverage: posts found are all posts to them. Each tells its loudest narrative of a turn
that is over its threshold, once in 24 h, as our own cooldown has it; below `LEAST` posts nobody tells
anything. The thresholds are fixed: in the simulated world (two seeds, thirteen days after the warm-up,
standard profile) they tell 65, 67 and 64 times where the plain subscription tells 64 times.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from math import log10
from typing import NamedTuple

from core.alerts.track_record import record
from core.models import Record, RecordKind, Score

DAYS = 14
COOLDOWN = timedelta(hours=24)
LEAST = 3  # posts in 24 h, as for our own alerts
THRESHOLDS: Mapping[RecordKind, float] = {
    RecordKind.NAIVE: 6.0,
    RecordKind.CHANGE: 1200.0,
    RecordKind.HYPE: 0.0015,
}


class Volume(NamedTuple):
    """Posts found of one narrative, coverage left aside."""

    hour: int
    days: tuple[int, ...]  # the last 24 h first, `DAYS` of them


def told(
    scores: Sequence[Score],
    volumes: Mapping[str, Volume],
    lately: Collection[tuple[RecordKind, str]],
    params_hash: str,
) -> list[Record]:
    """What each shadow tells this turn; `lately` is what it told of whom in the last 24 h."""
    known = [s for s in scores if s.narrative_id in volumes and volumes[s.narrative_id].days[0] >= LEAST]
    found = []
    for kind, threshold in THRESHOLDS.items():
        values = strengths(kind, known, volumes)
        loud = [s for s in known if values[s.narrative_id] >= threshold]
        fresh = [s for s in loud if (kind, s.narrative_id) not in lately]
        if fresh:
            top = max(fresh, key=lambda s: (values[s.narrative_id], s.narrative_id))
            found.append(record(top, kind, params_hash))
    return found


def strengths(kind: RecordKind, scores: Sequence[Score], volumes: Mapping[str, Volume]) -> dict[str, float]:
    """How loud each of these narratives is to a shadow."""
    if kind is RecordKind.NAIVE:
        return {s.narrative_id: float(volumes[s.narrative_id].hour) for s in scores}
    if kind is RecordKind.CHANGE:
        return {s.narrative_id: change(volumes[s.narrative_id].days) for s in scores}
    totals = [sum(day) for day in zip(*(v.days for v in volumes.values()), strict=True)]
    return {s.narrative_id: _hype(volumes[s.narrative_id].days, totals, s.authors_24h) for s in scores}


def change(days: Sequence[int]) -> float:
    """The last day against the mean of the days since its first post, in per cent.

    A first day compares with one post.
    """
    before = list(days[1:])
    while before and not before[-1]:
        before.pop()
    usual = sum(before) / len(before) if before else 1.0
    return 100.0 * (days[0] / usual - 1.0)


def _hype(days: Sequence[int], totals: Sequence[int], authors: int) -> float:
    """The field's formula; days on which nothing at all was found are left out of the mean."""
    shares = [n / total for n, total in zip(days, totals, strict=True) if total]
    usual = sum(shares) / len(shares) if shares else 0.0
    share = days[0] / totals[0] if totals[0] else 0.0
    return (share - usual) * share * log10(max(authors, 1)) / (1.0 + usual)
