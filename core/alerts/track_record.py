"""The track record: did what was told really go on? Graded by a rule that was fixed when it was told.

A hit: the mean rate over (0, 3 h] (`3h`), or over (21, 24 h] (`24h`), after sending is at least twice the
usual rate frozen at sending. Rate = posts ÷ covered time, hour by hour from the moment of sending, so that
nothing said before it counts; hours that nobody looked at are missing, not quiet. Where less than half of
the hours were seen (for 6 minutes, or until a page was full, as everywhere), there is no grade: that is
counted apart and never as a miss. Graded once, an hour after the window has ended, when the hourly look has
passed its end. Source: `signals.md` 4.11.

A merged narrative is graded as the one it leads to, against the usual of both together.

>>> sent = datetime(2026, 1, 1, 12, tzinfo=UTC)
>>> posts = [Said(sent + minutes * MINUTE, f"a{minutes}") for minutes in range(10, 190, 10)]
>>> Talk(posts, [(sent - HOUR, sent + 4 * HOUR)]).rate(sent, sent + 3 * HOUR)
(6.0, 1.0)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta  # noqa: F401 — UTC stands in the example
from hashlib import sha256
from math import sqrt
from typing import NamedTuple

import numpy as np

from core.alerts.builtin import PLAIN
from core.models import Count, Firing, Grade, Horizon, Mention, Poll, QuestionKind, Record, RecordKind, Score
from core.signals.coverage import Intervals, seen

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HORIZONS: Mapping[Horizon, tuple[timedelta, timedelta]] = {
    "3h": (0 * HOUR, 3 * HOUR),
    "24h": (21 * HOUR, 24 * HOUR),
}
HIT = 2.0  # × the frozen usual
ENOUGH = 0.5  # of a window's hours
SETTLES = HOUR  # after a window's end: by then the hourly look has passed it
LAST = max(end for _, end in HORIZONS.values()) + SETTLES  # then a record is closed
PER_AUTHOR = 3  # posts of one author that count in one hour, as in the panel
CONTROLS = 10  # watched narratives drawn for the base rate whenever something is told
_SAMPLES = frozenset({QuestionKind.REFRESH, QuestionKind.BACKFILL})
_Z95 = 1.959964


class Said(NamedTuple):
    """A post that can count: near-copies share a signature (0: it has none)."""

    at: datetime
    author: str | None = None
    signature: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """What was seen of one narrative: posts, and the stretches of time that were looked at."""

    posts: Sequence[Said] = ()
    seen: Sequence[tuple[datetime, datetime]] = ()
    counts: Sequence[Count] = ()  # of a counts meter; with any, posts and `seen` do not measure

    def rate(self, since: datetime, until: datetime) -> tuple[float | None, float]:
        """Mean posts per hour over (since, until], and the share of its hours that were seen."""
        edges = np.arange(round((until - since) / HOUR) + 1.0)
        spans = [(count.start, count.end) for count in self.counts] if self.counts else self.seen
        line = Intervals.union([((a - since) / HOUR, (b - since) / HOUR) for a, b in spans])
        hours = line.hours_in(edges)
        posts = self._counted(since, edges) if self.counts else self._found(since, len(hours), line)
        looked = seen(hours, posts) & (hours > 0.0)
        if not looked.any():
            return None, 0.0
        return float((posts[looked] / hours[looked]).mean()), float(looked.mean())

    def _found(self, since: datetime, hours: int, line: Intervals) -> np.ndarray:
        """Posts per hour after `since` within what was seen: copies once, an author three times."""
        n, copies, authors = np.zeros(hours), set[tuple[int, int]](), Counter[tuple[int, str]]()
        for said in sorted(set(self.posts), key=lambda s: (s.at, s.author or "", s.signature)):
            place = (said.at - since) / HOUR
            hour = int(np.ceil(place)) - 1  # windows are open at their beginning, closed at their end
            if not 0 <= hour < hours or not _within(line, place):
                continue
            if said.signature and (hour, said.signature) in copies:
                continue
            copies.add((hour, said.signature))
            if said.author is not None:
                authors[hour, said.author] += 1
                if authors[hour, said.author] > PER_AUTHOR:
                    continue
            n[hour] += 1
        return n

    def _counted(self, since: datetime, edges: np.ndarray) -> np.ndarray:
        """A counts meter's posts per hour after `since`, spread evenly over what each count spans."""
        n = np.zeros(len(edges) - 1)
        for count in self.counts:
            start, end = (count.start - since) / HOUR, (count.end - since) / HOUR
            shared = np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], start), 0.0, None)
            n += count.posts * shared / (end - start)
        return n


def _within(line: Intervals, place: float) -> bool:
    return bool(((line.starts <= place) & (place <= line.ends)).any())


def talk(
    narrative_id: str, mentions: Iterable[Mention], polls: Iterable[Poll], counts: Iterable[Count]
) -> Talk:
    """What is known of a narrative, by the meter it has now; order and repetition change nothing.

    Only its own searches measure, and of these only those of the newest one's segment; where a counts meter
    counted it as lately, the counts do.
    """
    own = [
        p
        for p in polls
        if p.narrative_id == narrative_id
        and p.kind in _SAMPLES
        and p.ok
        and p.meters
        and p.covered_from is not None
    ]
    newest = max(own, key=lambda p: (p.until, p.id), default=None)
    counted = _counts(narrative_id, counts)
    if counted and (newest is None or newest.until - max(c.end for c in counted) <= 3 * HOUR):
        return Talk(counts=counted)
    posts = {
        m.post_id: Said(m.created_at, m.author, m.signature)
        for m in sorted(mentions, key=lambda m: (m.known_at, m.post_id), reverse=True)
        if m.narrative_id == narrative_id and m.metered
    }
    same = [p for p in own if newest is not None and p.segment == newest.segment]
    return Talk(list(posts.values()), [(p.covered_from or p.until, p.until) for p in same])


def _counts(narrative_id: str, counts: Iterable[Count]) -> list[Count]:
    """Its counts of the query counted last: of equal beginnings the one known last."""
    own = [c for c in counts if c.narrative_id == narrative_id and c.start < c.end]
    if not own:
        return []
    query = max(own, key=lambda c: (c.end, c.known_at, c.query)).query
    kept = {c.start: c for c in sorted(own, key=lambda c: (c.known_at, c.end, c.posts)) if c.query == query}
    return [kept[start] for start in sorted(kept)]


def due(record: Record, horizon: Horizon, now: datetime) -> bool:
    """Whether a record can be graded by now."""
    return now >= record.at + HORIZONS[horizon][1] + SETTLES


def measuring(at: datetime, now: datetime) -> bool:
    """Whether a window of what was sent `at` is running, so that each hour of it needs a look."""
    return any(at + since <= now < at + until + SETTLES for since, until in HORIZONS.values())


def grade(record: Record, horizon: Horizon, talk: Talk, now: datetime, *, beside: float = 0.0) -> Grade:
    """The grade; `beside` is the usual rate, at sending, of the narrative it was merged into since."""
    since, until = HORIZONS[horizon]
    rate, coverage = talk.rate(record.at + since, record.at + until)
    usual = record.baseline + beside
    told = rate is not None and coverage >= ENOUGH and usual > 0.0
    hit = rate >= HIT * usual if told and rate is not None else None
    return Grade(record_id=record.id, horizon=horizon, at=now, rate=rate, coverage=coverage, hit=hit)


def record(
    score: Score, kind: RecordKind, params_hash: str, *, rule: str = "", shown: float | None = None
) -> Record:
    """What is written down of a narrative at this moment."""
    key = f"{score.cycle_id}:{kind}:{score.narrative_id}"
    return Record.model_validate(
        {
            "id": sha256(key.encode()).hexdigest()[:24],
            "kind": kind,
            "narrative_id": score.narrative_id,
            "cycle_id": score.cycle_id,
            "at": score.as_of,
            "rule": rule,
            "baseline": score.baseline_per_hour,
            "ratio": score.ratio,
            "surprise": score.surprise,
            "confidence": score.momentum.confidence,
            "shown": shown,
            "params_hash": params_hash,
            "evidence": score.evidence,
        }
    )


def alerted(firings: Iterable[Firing], scores: Iterable[Score], params_hash: str) -> list[Record]:
    """One record per narrative told of this turn, however many chats heard of it."""
    told: dict[str, list[Firing]] = {}
    for firing in firings:
        told.setdefault(firing.narrative_id, []).append(firing)
    return [
        record(
            score,
            RecordKind.ALERT,
            params_hash,
            rule=PLAIN if any(f.rule == PLAIN for f in told[score.narrative_id]) else "own",
            shown=told[score.narrative_id][0].facts.get("confidence"),
        )
        for score in scores
        if score.narrative_id in told
    ]


def controls(scores: Iterable[Score], told: Iterable[Record], params_hash: str) -> list[Record]:
    """Watched narratives drawn by lot at a moment something was told: what happens to any of them.

    The lot follows from cycle and narrative. Those told of now are not in it.
    """
    names = {each.narrative_id for each in told}
    if not names:
        return []
    others = [score for score in scores if score.narrative_id not in names]
    drawn = sorted(others, key=lambda s: sha256(f"{s.cycle_id}:{s.narrative_id}".encode()).digest())
    return [record(score, RecordKind.CONTROL, params_hash) for score in drawn[:CONTROLS]]


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); all of it where nothing was counted.

    >>> [round(x, 3) for x in wilson(15, 30)]
    [0.332, 0.668]
    """
    if not n:
        return 0.0, 1.0
    share, z = hits / n, _Z95
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
