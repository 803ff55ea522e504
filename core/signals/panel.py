"""The panel: what was seen of every narrative in every bucket, ready for arithmetic.

Shapes: N narratives × T buckets of `width` hours, UTC-aligned; the last one ends at `now`. Where only a part
tau of a bucket was observed, n posts stand for x = n·width/tau with variance
v = n·(width/tau)² + ¼·(x·(1 − tau/length))² (Horvitz–Thompson plus extrapolation; `signals.md` 4.1).
An unobserved bucket is missing (ok = False), an observed empty one is a true zero.

>>> two_buckets = np.array([[4.0, 2.0]]), np.array([[1.0, 0.5]])
>>> one = Panel.of_counts(*two_buckets, now=datetime(2026, 1, 1, 2, tzinfo=UTC))
>>> one.x.tolist(), one.v.tolist()
([[4.0, 4.0]], [[4.0, 9.0]])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from core.errors import BadInput
from core.signals.coverage import SLIVER, Intervals, Slivers, seen
from core.signals.gamma import Bools, Floats
from core.signals.log import HOUR, Log, code, micros
from core.signals.records import Ints, Rows, among_runs
from core.signals.segments import Meters
from core.signals.tally import Posts, counted, gather, voices

EXTRAPOLATION = 0.25  # squared coefficient of variation of the rate inside one bucket


@dataclass(frozen=True)
class Window:
    """The last `hours` before now: columns from `first` on, each with its part (0–1) in the window."""

    hours: float
    first: int
    weights: Floats  # [T − first]
    buckets: float  # the window's length in buckets, also where the panel is shorter


@dataclass(frozen=True)
class Panel:
    """Counts and exposures of N narratives in T buckets; rows follow `ids`."""

    ids: tuple[str, ...]
    start: datetime
    now: datetime
    n: Floats  # distinct metered posts
    tau: Floats  # hours observed, ≤ width (plus at most two joined slivers)
    ok: Bools  # anything observed at all
    x: Floats  # posts the whole bucket stands for
    v: Floats  # variance of x
    timely_x: Floats  # x and v without the posts that arrived over 6 h late: what alerts look at
    timely_v: Floats
    S: Floats  # stance: Σ w·s, Σ w, Σ w², Σ w·s²
    W: Floats
    W2: Floats
    SS: Floats
    found: Floats  # the narrative's posts among all discovery posts
    universe: Floats  # [T] all discovery posts
    hod: Ints  # [T] UTC hour of day
    counted: Bools  # [N] measured by a counts meter, not by samples
    width: float = 1.0  # hours per bucket

    @classmethod
    def of_counts(
        cls, n: Floats, tau: Floats, *, now: datetime, width: float = 1.0, ids: tuple[str, ...] | None = None
    ) -> Panel:
        """A panel of bare counts [N, T] whose last bucket ends at `now`: no stance, no discovery."""
        shape = n.shape
        start = now - timedelta(hours=width * shape[1])
        none = np.zeros(shape)
        x, v = exposed(n, tau, lengths(start, now, shape[1], width), width)
        return cls(
            ids=ids or tuple(str(i) for i in range(shape[0])),
            start=start, now=now, n=n, tau=tau, ok=tau > 0.0, x=x, v=v, timely_x=x, timely_v=v,
            S=none, W=none, W2=none, SS=none, found=none, universe=np.zeros(shape[1]),
            hod=hours_of_day(start, shape[1], width), counted=np.zeros(shape[0], dtype=bool), width=width,
        )  # fmt: skip

    @property
    def buckets(self) -> int:
        return len(self.hod)

    @cached_property
    def seen(self) -> Bools:
        """Buckets [N, T] observed enough to count as covered."""
        return seen(self.tau, self.n)

    def window(self, hours: float, *, before: float = 0.0) -> Window:
        """The `hours` that end `before` hours before now."""
        elapsed = (self.now - self.start) / timedelta(hours=1)
        edges = np.append(np.arange(self.buckets) * self.width, elapsed)
        low, high = elapsed - before - hours, elapsed - before
        parts = np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)
        parts = np.clip(parts / self.width, 0.0, None)
        first = int(np.argmax(parts > 1e-9)) if (parts > 1e-9).any() else self.buckets
        return Window(hours, first, parts[first:], hours / self.width)

    def latest(self, hours: float) -> Panel:
        """The same panel without the buckets that ended more than `hours` ago."""
        cut = self.buckets - round(hours / self.width)
        if cut <= 0:
            return self
        names = ("n", "tau", "ok", "x", "v", "timely_x", "timely_v", "S", "W", "W2", "SS", "found")
        kept = {name: getattr(self, name)[:, cut:] for name in names}
        start = self.start + timedelta(hours=cut * self.width)
        return replace(self, start=start, universe=self.universe[cut:], hod=self.hod[cut:], **kept)


def build(narrative_ids: Sequence[str], log: Log, *, now: datetime, hours: int) -> Panel:
    """The panel of these narratives over the last `hours` hourly buckets, as known at `now`.

    A narrative with counts takes its rate from them, its voices from posts (`segments.py`). It follows from
    the log's rows alone: a past `now` gives what was known then. Raises `BadInput` for a naive `now`,
    `hours` < 1 or repeated ids.
    """
    ids = tuple(narrative_ids)
    _check(ids, now, hours)
    rows = _Rows.of(ids)
    start = _first_bucket(now, hours)
    first, last = micros(start), micros(now)
    elapsed = (last - first) / HOUR
    meters = Meters.of(log, last)
    counted = np.zeros(len(ids), dtype=bool)
    own = rows.of_each(meters.counted)
    counted[own[own >= 0]] = True
    stretch = float(hours + 2)  # each narrative has its own stretch of one long line
    looked = Intervals.union(_covered(rows, meters.spans, first, elapsed, stretch))
    edges = np.append(np.arange(float(hours)), elapsed) + rows.place[:, None] * stretch
    finds = _known(log.finds, first, last)
    row = rows.of_each(log.mentions["narrative"])
    posts = gather(log.mentions, row, np.sort(finds["post"]), start=first, now=last)
    metered = (
        posts.metered & looked.covers(posts.hour + rows.place[posts.row] * stretch) & ~counted[posts.row]
    )
    return Panel(
        ids=ids, start=start, now=now, hod=hours_of_day(start, hours, 1.0), counted=counted,
        **_rates(
            posts.only(metered), looked.hours_in(edges), lengths(start, now, hours, 1.0),
            _counts(rows, meters.counts, first, (len(ids), hours)),
        ),
        **_stances(voices(posts, elapsed), (len(ids), hours)),
        found=_sums(np.compress(posts.found, _cells(posts, hours)), (len(ids), hours)),
        universe=np.bincount(_buckets((finds["at"] - first) / HOUR, hours), minlength=hours).astype(float),
    )  # fmt: skip


@dataclass(frozen=True)
class _Rows:
    """Which row of the panel a narrative's code has, and where the log's order puts it."""

    codes: Ints  # sorted, as the log is
    order: Ints  # the row of each
    place: Ints  # of each row among the codes

    @classmethod
    def of(cls, ids: Iterable[str]) -> _Rows:
        codes = np.array([code(id_) for id_ in ids], dtype=np.int64)
        order = np.argsort(codes)
        return cls(codes[order], order, np.argsort(order))

    def of_each(self, narratives: Ints) -> Ints:
        """The row of each of these narratives, which come in runs; −1 where the panel has none."""
        place = among_runs(narratives, self.codes)
        return np.where(place >= 0, self.order[place], -1) if len(self.order) else place


def _check(ids: tuple[str, ...], now: datetime, hours: int) -> None:
    if now.tzinfo is None:
        raise BadInput("The panel's `now` has no time zone: give an aware UTC datetime.")
    if hours < 1:
        raise BadInput(f"A panel of {hours} hours holds no bucket: ask for at least 1.")
    if len(set(ids)) < len(ids):
        raise BadInput("A narrative is in the list twice: give each id once.")


def _first_bucket(now: datetime, hours: int) -> datetime:
    """Where the panel begins; an hour younger than 6 minutes still belongs to the bucket before it."""
    last = now.astimezone(UTC) - timedelta(hours=SLIVER)
    return last.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)


def _covered(
    rows: _Rows, spans: tuple[Ints, Ints, Ints], first: int, elapsed: float, stretch: float
) -> Floats:
    """What was seen of each narrative [·, 2], on that narrative's stretch of the line."""
    narrative, since, until = spans
    place = among_runs(narrative, rows.codes)
    low = np.maximum((since - first) / HOUR, 0.0)
    high = np.minimum((until - first) / HOUR, elapsed)
    seen: Floats = np.compress(place >= 0, np.stack((low, high)) + place * stretch, axis=1).T
    return seen


def _known(finds: Rows, first: int, last: int) -> Rows:
    return finds[(finds["at"] >= first) & (finds["at"] <= last) & (finds["known"] <= last)]


def _counts(rows: _Rows, counts: Rows, first: int, shape: tuple[int, int]) -> Floats:
    """Counted posts per narrative and bucket."""
    row = rows.of_each(counts["narrative"])
    ours = (row >= 0) & (counts["at"] >= first)
    cell = row[ours] * shape[1] + _buckets((counts["at"][ours] - first) / HOUR, shape[1])
    return np.bincount(cell, counts["posts"][ours], shape[0] * shape[1]).reshape(shape).astype(float)


def _buckets(hour: Floats, hours: int) -> Ints:
    return np.minimum(hour.astype(np.int64), hours - 1)


def _cells(posts: Posts, hours: int) -> Ints:
    """In which narrative's which bucket each post is, counted through row by row."""
    cells: Ints = posts.row * hours + _buckets(posts.hour, hours)
    return cells


def _sums(cell: Ints, shape: tuple[int, int], weights: Floats | None = None) -> Floats:
    """Posts (or their weights) per narrative and bucket."""
    return np.bincount(cell, weights, shape[0] * shape[1]).reshape(shape).astype(float, copy=False)


def _rates(posts: Posts, tau: Floats, length: Floats, counts: Floats) -> dict[str, Any]:
    """Posts (sampled or counted), exposures and what they stand for, slivers joined to their neighbours."""
    shape = (tau.shape[0], tau.shape[1])
    cell = _cells(posts, shape[1])
    kept = counted(posts, cell)
    n = _sums(cell[kept], shape) + counts
    slivers = Slivers.find(tau, n, 1.0)
    tau, n = slivers.join(tau), slivers.join(n)
    x, v = exposed(n, tau, length, 1.0)
    timely_x, timely_v = x, v
    late = posts.late[kept]
    if late.any():
        timely = slivers.join(_sums(cell[kept[~late]], shape) + counts)
        timely_x, timely_v = exposed(timely, tau, length, 1.0)
    ok = tau > 0.0
    return {"n": n, "tau": tau, "ok": ok, "x": x, "v": v, "timely_x": timely_x, "timely_v": timely_v}


def _stances(posts: Posts, shape: tuple[int, int]) -> dict[str, Any]:
    """Sums of stance, each voice by its weight."""
    cell, w, s = _cells(posts, shape[1]), posts.weight, posts.stance
    columns = {"S": w * s, "W": w, "W2": w * w, "SS": w * s * s}
    return {name: _sums(cell, shape, column) for name, column in columns.items()}


def lengths(start: datetime, now: datetime, buckets: int, width: float) -> Floats:
    """Hours each bucket lasts [T]: the last one lasts until `now`."""
    long = np.full(buckets, width)
    long[-1:] = (now - start) / timedelta(hours=1) - width * (buckets - 1)
    return long


def hours_of_day(start: datetime, buckets: int, width: float) -> Ints:
    """UTC hour of day in which each bucket begins [T]."""
    first = start.astimezone(UTC)
    begins = first.hour + first.minute / 60.0 + np.arange(buckets) * width
    return (begins % 24.0).astype(np.int64)


def exposed(n: Floats, tau: Floats, length: Floats, width: float) -> tuple[Floats, Floats]:
    """(x, v) of the formula above: what the whole bucket stands for; 0 where it was not observed."""
    factor = width / np.where(tau > 0.0, tau, np.inf)
    x = n * factor
    unseen = np.maximum(1.0 - tau / length, 0.0)
    v = x * factor + EXTRAPOLATION * (x * unseen) ** 2
    return x, v
