"""The observation log as columns: a turn's rows are united with those known, and the panel reads the whole.

A `Log` holds one sorted array per kind of fact. `united` is order-free and idempotent: any split of the log,
in any order and repetition, makes the same log, bit for bit. That is the fold: nothing is derived here, so
late posts, lost polls, another segment or a merge need no case of their own. `pages` turns what is known of
one narrative into bytes and back: a disposable snapshot, worth nothing once the log is read again.
Times are microseconds since 1970, names 64-bit codes (`code`); a missing one is 0 (a missing stance NaN).
Source: architecture.md "What was known when", `signals.md` 4.0 and 4.1.

>>> at = EPOCH + timedelta(days=20000)
>>> one, other = (Log.of([Mention("a", i, at, at, True, "ann")], ids="a") for i in ("1", "2"))
>>> united([one, other]).same(united([other, one, other])), len(united([one, other]).mentions)
(True, 2)
>>> Log.read("a", one.pages("a")["a"]).mentioned() == [Mention("a", "1", at, at, True, "ann")]
True
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from core.errors import BadInput
from core.models import Count, Mention
from core.signals.records import Rows, among, among_runs, once, ordered, picked, runs, together, where

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HOUR = 3_600_000_000  # in microseconds

_WHERE = [("narrative", "<i8"), ("at", "<i8")]
MENTIONS = np.dtype(
    [*_WHERE, ("post", "<u8"), ("known", "<i8"), ("author", "<i8"), ("signature", "<i8"), ("stance", "<f8"),
     ("tone", "<f8"), ("engagement", "<f8"), ("metered", "?"), ("confirmed", "?")]
)  # fmt: skip
SAMPLES = np.dtype([*_WHERE, ("since", "<i8"), ("segment", "<i8"), ("known", "<i8")])  # at: until
COUNTS = np.dtype(
    [*_WHERE, ("end", "<i8"), ("query", "<i8"), ("known", "<i8"), ("posts", "<i8")]
)  # at: start
FINDS = np.dtype([*_WHERE, ("post", "<u8"), ("known", "<i8")])  # of discovery, of no narrative: 0
KINDS = {"mentions": MENTIONS, "samples": SAMPLES, "counts": COUNTS, "finds": FINDS}
LAYOUT = repr(sorted((name, dtype.descr) for name, dtype in KINDS.items()))  # part of a snapshot's stamp


class Sample(NamedTuple):
    """A narrative's poll that really saw [since, until): what it was a sample of, and when it was known."""

    narrative_id: str
    since: datetime
    until: datetime
    segment: tuple[str, str | None, str]
    known_at: datetime


@dataclass(frozen=True)
class Log:
    """Facts about the narratives `ids`, each array sorted by narrative and time, every row once."""

    ids: frozenset[str] = frozenset()
    mentions: Rows = field(default_factory=lambda: np.zeros(0, MENTIONS))
    samples: Rows = field(default_factory=lambda: np.zeros(0, SAMPLES))
    counts: Rows = field(default_factory=lambda: np.zeros(0, COUNTS))
    finds: Rows = field(default_factory=lambda: np.zeros(0, FINDS))
    authors: Mapping[int, str] = field(default_factory=dict)  # what the codes stand for

    @classmethod
    def of(
        cls,
        mentions: Iterable[Mention] = (),
        samples: Iterable[Sample] = (),
        counts: Iterable[Count] = (),
        finds: Iterable[tuple[str, datetime, datetime]] = (),
        *,
        ids: Iterable[str] = (),
    ) -> Log:
        """The log of these facts in any order; `ids` are narratives it knows everything about.

        `finds` are posts that discovery returned: id, created, first known.
        """
        told = list(mentions)
        log = cls(
            frozenset(ids),
            ordered(np.array([_mention(m) for m in told], MENTIONS)),
            ordered(np.array([_sample(s) for s in samples], SAMPLES)),
            ordered(np.array([_count(c) for c in counts], COUNTS)),
            ordered(np.array([(0, micros(at), number(i), micros(known)) for i, at, known in finds], FINDS)),
            {code(m.author): m.author for m in told if m.author is not None},
        )
        return united([log])

    @classmethod
    def read(cls, narrative_id: str, page: bytes) -> Log:
        """What `pages` wrote. Raises `BadInput` for anything else."""
        try:
            head, _, body = zlib.decompress(page).partition(b"\n")
            names, *lengths = json.loads(head)
            rows, start = {}, 0
            for name, length in zip(_PAGED, lengths, strict=True):
                rows[name] = np.frombuffer(body, KINDS[name], length, start)
                start += length * KINDS[name].itemsize
            known = {code(name): name for name in names}
        except (zlib.error, ValueError, TypeError, AttributeError) as error:
            raise BadInput(f"The snapshot of narrative {narrative_id} cannot be read: {error}") from error
        return cls(frozenset((narrative_id,)), **rows, authors=known)

    def pages(self, ids: Iterable[str]) -> dict[str, bytes]:
        """All that is known of each of these narratives."""
        kept = list(ids)
        parts = [_parts(getattr(self, name), kept) for name in _PAGED]
        return {id_: self._page(rows) for id_, *rows in zip(kept, *parts, strict=True)}

    def _page(self, rows: Sequence[Rows]) -> bytes:
        names = [self.authors[a] for a in np.unique(rows[0]["author"]).tolist() if a]
        head = json.dumps([names, *map(len, rows)]).encode()
        return zlib.compress(b"\n".join((head, b"".join(row.tobytes() for row in rows))), level=1)

    def only(self, ids: Iterable[str]) -> Log:
        """What is known of these narratives (and of none)."""
        kept = self.ids & frozenset(ids)
        codes = np.sort(np.array([0, *map(code, kept)], np.int64))

        def ours(rows: Rows) -> Rows:
            return where(rows, among_runs(rows["narrative"], codes) >= 0)

        return Log(
            kept, ours(self.mentions), ours(self.samples), ours(self.counts), ours(self.finds), self.authors
        )

    def since(self, start: datetime) -> Log:
        """What ended or was written from then on."""
        first = micros(start)
        return replace(
            self,
            mentions=where(self.mentions, self.mentions["at"] >= first),
            samples=where(self.samples, self.samples["at"] >= first),
            counts=where(self.counts, self.counts["end"] > first),
            finds=where(self.finds, self.finds["at"] >= first),
        )

    def first(self) -> datetime | None:
        """From when on anything was observed."""
        starts = self.samples["since"], self.counts["at"], self.finds["at"]
        found = [int(column.min()) for column in starts if len(column)]
        return moment(min(found)) if found else None

    def parted(self, posts: Iterable[str]) -> tuple[Log, Log]:
        """The log without what was said of these posts, to be told anew, and that."""
        codes = np.sort(np.array([number(post) for post in posts], np.uint64))
        told, found = (among(rows["post"], codes) >= 0 for rows in (self.mentions, self.finds))
        rest = replace(self, mentions=where(self.mentions, ~told), finds=where(self.finds, ~found))
        return rest, Log(mentions=where(self.mentions, told), finds=where(self.finds, found))

    def spoken_of(self, *logs: Log) -> frozenset[str]:
        """Of its narratives, those that these logs have rows about."""
        told = {
            n for log in logs for name in _PAGED for n in np.unique(getattr(log, name)["narrative"]).tolist()
        }
        return frozenset(id_ for id_ in self.ids if code(id_) in told)

    def followed(self, survivors: Mapping[str, str]) -> Log:
        """Mentions under the id their narrative goes by today.

        What a merged one's polls found or covered says nothing of the rate of the survivor, whose search is
        another: their posts stay evidence, unmetered.
        """
        leads = {code(old): code(new) for old, new in survivors.items()}
        moved = np.isin(self.mentions["narrative"], list(leads))
        if not moved.any():
            return self
        rows = self.mentions.copy()
        rows["narrative"][moved] = [leads[old] for old in rows["narrative"][moved].tolist()]
        rows["metered"][moved] = False
        return replace(self, mentions=_merged(ordered(rows)))

    def moved(self, parted: Mapping[tuple[str, str], str]) -> Log:
        """Mentions of posts that left their narrative under the one they left for: evidence, unmetered.

        `parted`: (narrative, post) → the new narrative.
        """
        leads = {(code(old), number(post)): code(new) for (old, post), new in parted.items()}
        if not leads:
            return self
        rows = self.mentions.copy()
        for place in np.flatnonzero(np.isin(rows["narrative"], [old for old, _ in leads])).tolist():
            new = leads.get((int(rows["narrative"][place]), int(rows["post"][place])))
            if new is not None:
                rows["narrative"][place], rows["metered"][place] = new, False
        return replace(self, mentions=_merged(ordered(rows)))

    def mentioned(self) -> list[Mention]:
        """The mentions of its narratives, by narrative and time."""
        ids = {code(id_): id_ for id_ in self.ids}
        return [
            Mention(
                ids[n], str(post), moment(at), moment(known), metered, self.authors.get(author),
                None if isnan(stance) else stance, signature, confirmed, None if isnan(tone) else tone,
                None if isnan(engagement) else int(engagement),
            )
            for n, at, post, known, author, signature, stance, tone, engagement, metered, confirmed
            in self.mentions.tolist()
            if n in ids
        ]  # fmt: skip

    def same(self, other: Log) -> bool:
        """Bit for bit."""
        rows = all(getattr(self, name).tobytes() == getattr(other, name).tobytes() for name in KINDS)
        return rows and self.ids == other.ids


_PAGED = ("mentions", "samples", "counts")  # what discovery found is of no narrative


def united(logs: Sequence[Log]) -> Log:
    """The log of all their rows.

    One row per narrative and post: metered and confirmed if any was, known since the earliest, with the most
    engagement; author, signature, stance and tone are those told first.
    """
    rows = {name: together([getattr(log, name) for log in logs]) for name in KINDS}
    authors: dict[int, str] = {}
    for log in logs:
        authors |= log.authors
    return Log(
        frozenset().union(*(log.ids for log in logs)),
        _merged(rows["mentions"]),
        once(rows["samples"]),
        once(rows["counts"]),
        _earliest(rows["finds"]),
        authors,
    )


@lru_cache(maxsize=1 << 17)
def code(name: str) -> int:
    """64 bits that stand for a name: the same in every process, never 0."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little", signed=True) or 1


def number(post_id: str) -> int:
    """A post's id as a number, for comparing."""
    return int(post_id) % 2**64


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    """The instant so many microseconds after 1970 began."""
    return EPOCH + timedelta(microseconds=at)


def _mention(m: Mention) -> tuple[Any, ...]:
    return (
        code(m.narrative_id), micros(m.created_at), number(m.post_id), micros(m.known_at),
        0 if m.author is None else code(m.author), m.signature,
        *(np.nan if value is None else value for value in (m.stance, m.tone, m.engagement)),
        m.metered, m.confirmed,
    )  # fmt: skip


def _sample(s: Sample) -> tuple[int, ...]:
    return code(s.narrative_id), micros(s.until), micros(s.since), _segment(s.segment), micros(s.known_at)


@lru_cache(maxsize=1 << 17)
def _segment(segment: tuple[str, str | None, str]) -> int:
    return code(json.dumps(segment))


def _count(c: Count) -> tuple[int, ...]:
    return code(c.narrative_id), micros(c.start), micros(c.end), code(c.query), micros(c.known_at), c.posts


def _parts(rows: Rows, ids: Iterable[str]) -> list[Rows]:
    """The rows of each of these narratives."""
    codes = [code(id_) for id_ in ids]
    narratives = np.ascontiguousarray(rows["narrative"])
    low, high = (np.searchsorted(narratives, codes, side) for side in ("left", "right"))
    return [rows[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True)]


def _earliest(finds: Rows) -> Rows:
    """One row per post, known since the first time."""
    starts = runs(finds[["at", "post"]])
    return finds if len(starts) == len(finds) else picked(finds, starts)


def _merged(mentions: Rows) -> Rows:
    starts = runs(mentions[["narrative", "at", "post"]])
    if len(starts) == len(mentions):
        return mentions
    one = picked(mentions, starts)
    for name in ("metered", "confirmed"):
        one[name] = np.logical_or.reduceat(mentions[name], starts)
    one["engagement"] = np.fmax.reduceat(mentions["engagement"], starts)
    for name in ("author", "signature", "stance", "tone"):
        values = mentions[name]
        missing = np.isnan(values) if values.dtype.kind == "f" else values == 0
        told = np.where(missing, len(mentions), np.arange(len(mentions)))
        first = np.minimum.reduceat(told, starts)
        one[name] = values[np.where(first < len(mentions), first, starts)]
    return one
