"""The list people ask for: which narratives moved most in a window, compared with what came before it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from core.models import Change, Fact, Narrative, Score, Window
from core.signals.coordination import independence

MIN_POSTS = 3
MIN_AUTHORS = 2


class Row(Fact):
    """One line of the list."""

    place: int
    moved: int | None  # places up since the earlier list; None = was not in it
    narrative: Narrative
    score: Score
    change: Change


def ranking(
    scores: Iterable[Score],
    narratives: Mapping[str, Narrative],
    window: Window,
    *,
    earlier: Iterable[Score] = (),
    minimum: float = 0.0,
    count: int = 10,
) -> list[Row]:
    """At most `count` narratives with at least `minimum` × their usual rate, the surest big moves first.

    `earlier` is the ranking of the cycle to compare places with. A place counts the whole list, so a
    minimum hides rows and renumbers none. What looks made by agreement from end to end has no place
    (`set_aside`).
    """
    ordered = _ordered((s for s in scores if s.narrative_id in narratives), window)
    before = places(earlier, window)
    rows = [
        Row(
            place=place,
            moved=before[score.narrative_id] - place if score.narrative_id in before else None,
            narrative=narratives[score.narrative_id],
            score=score,
            change=change,
        )
        for place, (score, change) in enumerate(ordered, 1)
        if change.ratio >= minimum
    ]
    return rows[:count]


def places(scores: Iterable[Score], window: Window) -> dict[str, int]:
    """Narrative id → its place in the list, from 1."""
    return {score.narrative_id: place for place, (score, _) in enumerate(_ordered(scores, window), 1)}


def set_aside(
    scores: Iterable[Score], narratives: Mapping[str, Narrative], window: Window
) -> list[tuple[Narrative, Score]]:
    """What would be listed did its coordination not look critical, the biggest moves first."""
    known = (s for s in scores if s.narrative_id in narratives and _critical(s))
    return [(narratives[score.narrative_id], score) for score, _ in _moved(known, window)]


def _ordered(scores: Iterable[Score], window: Window) -> list[tuple[Score, Change]]:
    return _moved((score for score in scores if not _critical(score)), window)


def _critical(score: Score) -> bool:
    return score.coordination is not None and score.coordination.category == "critical"


def _moved(scores: Iterable[Score], window: Window) -> list[tuple[Score, Change]]:
    shown = [(score, score.changes[window]) for score in scores if window in score.changes]
    listed = [(s, c) for s, c in shown if c.posts >= MIN_POSTS and c.authors >= MIN_AUTHORS]
    return sorted(
        listed, key=lambda pair: (-weight(pair[1], independence(pair[0].coordination)), pair[0].rank)
    )


def weight(change: Change, independence: float = 1.0) -> float:
    """ln(ratio) × confidence × breadth factor: a big move counts as far as it is sure and widely shared.

    `independence` takes off what looks coordinated (`coordination.independence`), from rises only.
    """
    breadth = min(1.0, math.log10(1 + change.authors) / 2)
    moved = math.log(max(change.ratio, 1e-3)) * change.confidence * (0.6 + 0.4 * breadth)
    return moved * independence if moved > 0.0 else moved
