"""What changed since this chat's last digest: a delta, never a repeat of the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.models import Digest, DigestLine, Narrative, Phase, Score

LINES = 7
MIN_POSTS, MIN_AUTHORS = 3, 3  # in 24 h: fewer make no new story worth a line
CROWD = 10  # authors in 24 h: a story that came and is quiet again is worth a line from here on
_ORDER: dict[Phase, int] = {
    Phase.QUIET: 0,
    Phase.FADING: 1,
    Phase.EMERGING: 2,
    Phase.PEAKING: 3,
    Phase.ACCELERATING: 4,
}


def changed(
    now_scores: Sequence[Score],
    then_scores: Iterable[Score],
    narratives: Mapping[str, Narrative],
    *,
    since: datetime,
    until: datetime,
    data_until: datetime | None,
) -> Digest:
    """Compare two rankings; the liveliest changes first, at most LINES of them.

    `then_scores` is the ranking this chat last saw (empty: everything is new to it).
    """
    was = {score.narrative_id: score for score in then_scores}
    lines = [
        (_line(score, was.get(score.narrative_id), narratives[score.narrative_id], since), score)
        for score in now_scores
        if score.narrative_id in narratives
    ]
    moved = sorted((pair for pair in lines if pair[0].change != "same"), key=_weight, reverse=True)
    return Digest(
        since=since,
        until=until,
        lines=tuple(line for line, _ in moved[:LINES]),
        unchanged=len(lines) - len(moved),
        watched=len(lines),
        data_until=data_until,
    )


def _line(score: Score, was: Score | None, narrative: Narrative, since: datetime) -> DigestLine:
    return DigestLine(
        narrative_id=narrative.id,
        title=narrative.title,
        slug=narrative.slug,
        change=_change(score, was, narrative, since),
        phase=score.phase,
        was=was.phase if was else None,
        rank=score.rank,
        was_rank=was.rank if was else None,
        ratio=score.ratio,
        posts=score.posts_24h,
        authors=score.authors_24h,
        sentiment=score.sentiment.value if score.sentiment.confidence else None,
        evidence=score.evidence[:1],
        coordination=score.coordination.category if score.coordination else None,
    )


def _change(score: Score, was: Score | None, narrative: Narrative, since: datetime) -> str:
    lively = score.phase is not Phase.QUIET or score.is_new
    if was is None:
        if narrative.first_seen_at >= since:
            return "new" if _is_news(score) else "same"
        return "up" if lively else "same"
    if score.phase is not was.phase:
        return "phase"
    if lively and was.rank - score.rank >= 3:
        return "up"
    return "same"


def _is_news(score: Score) -> bool:
    """Whether a story never told before is worth a line: it moves, or a crowd came and went."""
    if score.posts_24h < MIN_POSTS or score.authors_24h < MIN_AUTHORS:
        return False
    moves = score.phase is not Phase.QUIET or score.leaning is not Phase.QUIET
    return moves or score.authors_24h >= CROWD


def _weight(moved: tuple[DigestLine, Score]) -> tuple[bool, bool, int, float]:
    """New before old, the liveliest first; a phase counts from the first look that points at it.

    What looks made by agreement from end to end comes last.
    """
    line, score = moved
    return (
        line.coordination != "critical",
        line.change == "new",
        max(_ORDER[score.phase], _ORDER[score.leaning]),
        line.ratio,
    )
