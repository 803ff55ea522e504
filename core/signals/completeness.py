"""Completeness: whether "the newest posts" really are all the newest, told by polls that overlap.

Polls overlap by a quarter, so the later one looks again at time the earlier one covered. Of the n₂ posts it
finds there m were known before: θ = (m + 1)/(n₂ + 2). Near 1 the searches return what there is; a low θ says
that each returns a choice of its own. It is an indicator and never a multiplier of counts: posts that are
easier to find are found twice more often, so 1/θ says nothing about how many there are. Source: `signals.md`
2.2 and 4.1.

>>> hour = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC)
>>> seen = [Find("later", hour[0], hour[0]), Find("later", hour[0], hour[1])]
>>> completeness([("later", hour[1], [hour])], seen)
Completeness(theta=0.5, posts=2)
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime  # noqa: F401 — UTC is the example's
from typing import NamedTuple

from core.models import Poll, QuestionKind

ENOUGH = 20  # posts in overlaps, below which nothing is concluded
CHOICE = 0.3  # θ below which searches return a choice, whatever they are asked for


class Find(NamedTuple):
    """A poll returned a post."""

    poll_id: str
    created_at: datetime
    first_known_at: datetime  # by any poll


Span = tuple[datetime, datetime]
Later = tuple[str, datetime, Sequence[Span]]  # a poll, when it was known, what was covered before it


class Completeness(NamedTuple):
    """θ in (0, 1), and the posts in overlaps it rests on."""

    theta: float
    posts: int

    @property
    def is_choice(self) -> bool:
        """Whether the samples are a choice and measure no rate."""
        return self.posts >= ENOUGH and self.theta < CHOICE


def completeness(overlaps: Iterable[Later], finds: Iterable[Find]) -> Completeness:
    """θ over all finds of polls in time that was covered before; 0.5 from 0 posts where nothing overlaps."""
    by_poll = defaultdict(list)
    for find in finds:
        by_poll[find.poll_id].append(find)
    again = known = 0
    for poll_id, at, spans in overlaps:
        for find in by_poll[poll_id]:
            if any(start <= find.created_at < end for start, end in spans):
                again += 1
                known += find.first_known_at < at
    return Completeness((known + 1) / (again + 2), again)


def overlaps(polls: Iterable[Poll]) -> list[Later]:
    """Each measuring refresh with what earlier ones of the same narrative and segment had covered."""
    series: dict[tuple[object, ...], list[Poll]] = defaultdict(list)
    for poll in polls:
        if poll.kind is not QuestionKind.DISCOVER and poll.covered_from is not None:
            series[(poll.narrative_id, *poll.segment)].append(poll)
    found: list[Later] = []
    for row in series.values():
        row.sort(key=lambda poll: (poll.until, poll.known_at, poll.id))
        ends = [poll.until for poll in row]
        for poll in row:
            near = row[bisect_right(ends, poll.covered_from or poll.since) :]
            spans = [shared for other in near if (shared := _shared(other, poll))]
            if spans:
                found.append((poll.id, poll.known_at, spans))
    return found


def _shared(earlier: Poll, later: Poll) -> Span | None:
    """The stretch both covered, if the one really came before the other."""
    if earlier.known_at >= later.known_at or earlier.covered_from is None or later.covered_from is None:
        return None
    start = max(earlier.covered_from, later.covered_from)
    end = min(earlier.until, later.until)
    return (start, end) if start < end else None
