"""Who is looked at this turn: what is new and told by many, what was told, what is followed, the others.

Each gets a share of the places, so that none of them starves the others.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from core.alerts.track_record import measuring
from core.models import Narrative, Phase, Score
from core.scoring import GATE_AUTHORS

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
ALIVE = timedelta(days=3)  # a narrative nobody posted about for this long is not asked about
HOURLY = timedelta(minutes=50)  # what is looked at each hour is not asked for again before
LOOKS = 3  # at what is new, an hour apart
BEGUN, HOT, FOLLOWED = Fraction(1, 2), Fraction(3, 4), Fraction(1, 2)  # of the places

_NEVER = datetime.min.replace(tzinfo=UTC)
_HOT = (Phase.EMERGING, Phase.ACCELERATING)
_SURPRISING = 2.0


class Chosen(NamedTuple):
    """Narratives to look at, by why."""

    begun: list[Narrative]
    graded: list[Narrative]
    followed: list[Narrative]
    others: list[Narrative]


def chosen(
    narratives: Sequence[Narrative],
    scores: Mapping[str, Score],
    asked: Mapping[str, datetime],
    *,
    looks: Mapping[str, int],
    told: Mapping[str, Sequence[datetime]],
    followed: Sequence[Narrative],
    now: datetime,
    count: int,
    every: timedelta,
) -> Chosen:
    """Who gets the `count` places of this turn.

    `asked`: when each was last asked about, `looks`: how often; `told`: when people were told of each, as
    long as the alert is not graded; `followed`: what chats follow, the most followed first.
    """
    begun = _begun([n for n in narratives if n.id not in told], scores, looks, asked, now)
    begun = begun[: _places(count, BEGUN, now, every)]
    most = min(_places(count, HOT, now, every), count - len(begun))
    graded = _graded(narratives, told, asked, now)[:most]
    cared = _followed(followed, graded, asked, now)[: math.ceil(count * FOLLOWED)]
    taken = {narrative.id for narrative in (*begun, *graded, *followed)}
    others = choose(
        [narrative for narrative in narratives if narrative.id not in taken],
        scores,
        asked,
        now=now,
        count=max(0, count - len(begun) - len(graded) - len(cared)),
        every=every,
        told=told,
    )
    return Chosen(begun, graded, cared, others)


def _places(count: int, share: Fraction, now: datetime, every: timedelta) -> int:
    """That share of the places, in whole ones: where it is a fraction, it comes round over the turns."""
    turn = (now - _NEVER) // every
    return int(share * count * (turn + 1)) - int(share * count * turn)


def _begun(
    narratives: Iterable[Narrative],
    scores: Mapping[str, Score],
    looks: Mapping[str, int],
    asked: Mapping[str, datetime],
    now: datetime,
) -> list[Narrative]:
    """What enough authors tell and was looked at less than `LOOKS` times, the most surprising first, then
    what nobody looked at: one look sees minutes, and what is loud for a few hours is over soon."""
    new = [n for n in alive(narratives, now) if n.id in scores and looks.get(n.id, 0) < LOOKS and not n.topic]
    due = [n for n in new if now - asked.get(n.id, _NEVER) >= HOURLY]
    heard = [n for n in due if scores[n.id].original_authors_24h >= GATE_AUTHORS]

    def worth(narrative: Narrative) -> tuple[float, int, int, str]:
        score = scores[narrative.id]
        return -score.surprise, looks.get(narrative.id, 0), -score.original_authors_24h, narrative.id

    return sorted(heard, key=worth)


def _graded(
    narratives: Iterable[Narrative],
    told: Mapping[str, Sequence[datetime]],
    asked: Mapping[str, datetime],
    now: datetime,
) -> list[Narrative]:
    """Whose alert's grade is being measured and was not looked at for an hour, the longest waiting first."""
    due = [
        narrative
        for narrative in narratives
        if any(measuring(at, now) for at in told.get(narrative.id, ()))
        and now - asked.get(narrative.id, _NEVER) >= HOURLY
    ]
    return sorted(due, key=lambda narrative: (asked.get(narrative.id, _NEVER), narrative.id))


def _followed(
    followed: Iterable[Narrative], graded: Iterable[Narrative], asked: Mapping[str, datetime], now: datetime
) -> list[Narrative]:
    """Topics' narratives not looked at for an hour, the longest waiting first, however quiet they are."""
    other = {narrative.id for narrative in graded}
    due = [n for n in followed if n.id not in other and now - asked.get(n.id, _NEVER) >= HOURLY]
    return sorted(due, key=lambda narrative: asked.get(narrative.id, _NEVER))


def choose(
    narratives: Sequence[Narrative],
    scores: Mapping[str, Score],
    asked: Mapping[str, datetime],
    *,
    now: datetime,
    count: int,
    every: timedelta,
    told: Collection[str] = (),
) -> list[Narrative]:
    """The `count` narratives worth asking about: hot ones first, then the others by their urge.

    Those people were `told` of lately (by id) are hot. Over the turns hot ones get three quarters of the
    places and no more, so that no baseline starves; what either side leaves is the other's. The urge is
    liveliness times the hours since it was last `asked` about; never: since it is known, at least a day.
    """

    def urge(narrative: Narrative) -> tuple[float, str]:
        before = asked.get(narrative.id)
        waited = now - before if before else max(DAY, now - narrative.first_seen_at)
        return waited / HOUR * liveliness(scores.get(narrative.id)), narrative.id

    ranked = sorted(alive(narratives, now), key=urge, reverse=True)

    def is_hot(narrative: Narrative) -> bool:
        return narrative.id in told or _is_hot(scores.get(narrative.id))

    hot = [narrative for narrative in ranked if is_hot(narrative)]
    quiet = [narrative for narrative in ranked if not is_hot(narrative)]
    places = _places(count, HOT, now, every)
    return (hot[:places] + quiet + hot[places:])[:count]


def alive(narratives: Iterable[Narrative], now: datetime) -> list[Narrative]:
    """Those that were not merged away and that somebody posted about lately."""
    return [n for n in narratives if n.redirect_to is None and now - n.last_post_at <= ALIVE]


def _is_hot(score: Score | None) -> bool:
    return score is not None and (score.surprise >= _SURPRISING or score.phase in _HOT)


def liveliness(score: Score | None) -> float:
    """From 0.25 to 4.25; 1 for what has no score yet."""
    return 1.0 if score is None else 0.25 + score.score / 50 + min(score.surprise, 6.0) / 3
