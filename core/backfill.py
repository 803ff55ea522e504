"""Which stretches of a narrative's past to look at, so that its usual is known in hours, not in a week.

What polls have in common with each other (query, served model, version of the prompt) is their *segment*:
only samples of one segment are compared. Where a narrative is new, or another model or prompt has begun to
serve it, its first refresh begins a segment without a past. A few samples before that moment make up for it.
They lie at fixed times, so that none is asked for twice however many turns it takes to afford them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from core.models import Narrative, Poll, QuestionKind

BEFORE = tuple(timedelta(hours=hours) for hours in (3, 6, 12, 24, 48))  # the segment began, they end
LENGTH = timedelta(hours=2)
YOUNG = timedelta(days=1)  # a segment older than this has a past of its own
ENOUGH = timedelta(hours=12)  # seen by its first refresh alone: the usual is known from that
TRIES = 2


def stretches(
    narrative: Narrative, polls: Iterable[Poll], *, now: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches (since, until) still missing, the nearest first; none before its first good refresh.

    `polls` are the narrative's own. A stretch is done when a poll of the segment covers its middle, when it
    was answered, or tried twice.
    """
    own = [p for p in polls if p.query == narrative.query and p.meters]
    first = _first(own)
    if first is None or now - first.until > YOUNG or _covers(first, first.until - ENOUGH):
        return
    same = [p for p in own if p.segment == first.segment and p.ok]
    tried = [p for p in own if p.kind is QuestionKind.BACKFILL and p.known_at >= first.known_at]
    for before in BEFORE:
        until = first.until - before
        if not _done(until - LENGTH / 2, same, [p for p in tried if p.until == until], first):
            yield until - LENGTH, until


def _first(own: Sequence[Poll]) -> Poll | None:
    """The refresh that began the segment of the newest good refresh."""
    good = [p for p in own if p.ok and p.kind is QuestionKind.REFRESH]
    if not good:
        return None
    segment = max(good, key=lambda p: p.until).segment
    return min((p for p in good if p.segment == segment), key=lambda p: p.until)


def _done(middle: datetime, same: Sequence[Poll], tries: Sequence[Poll], first: Poll) -> bool:
    answered = any(p.ok and p.segment == first.segment for p in tries)
    return answered or len(tries) >= TRIES or any(_covers(p, middle) for p in same)


def _covers(poll: Poll, at: datetime) -> bool:
    return poll.covered_from is not None and poll.covered_from <= at <= poll.until
