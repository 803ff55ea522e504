"""What the wheel has in mind between two turns: the observation log as columns, as the last turn left it.

The database is the truth. What is in mind is used while the snapshot in the database says that it is of the
newest cycle; otherwise the snapshot's pages are read, and where there are none under these parameters (or
somebody threw them away) the log itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadInput
from core.pipeline import Outcome
from core.signals.log import LAYOUT, Log, united
from storage import log as rows
from storage import observations, snapshots

log = structlog.get_logger()


class Recall:
    """Reads what is missing, folds in what a turn added, and keeps it once it is committed."""

    def __init__(self, params_hash: str) -> None:
        self.stamp = hashlib.sha256(f"{params_hash} {LAYOUT}".encode()).hexdigest()[:16]
        self._log = Log()
        self._cycle: str | None = None  # the one `_log` knows of
        self._paged: frozenset[str] = frozenset()  # narratives whose page in the snapshot is right

    async def read(self, c: AsyncConnection, ids: Collection[str], *, since: datetime, now: datetime) -> Log:
        """What was observed of these narratives since then, and of none (by discovery)."""
        cycle = await self._newest(c, now)
        if cycle is None or cycle != self._cycle:
            self._log, self._paged = await rows.found(c, since=since, known_by=now), frozenset()
        missing = set(ids) - self._log.ids
        pages = await snapshots.load(c, self.stamp, missing) if cycle is not None else {}
        paged = await asyncio.to_thread(_read, pages)
        unpaged = sorted(missing - {id for page in paged for id in page.ids})
        whole = await rows.whole(c, unpaged, since=since, known_by=now) if unpaged else Log()
        self._paged = (self._paged | missing) & frozenset(ids) - frozenset(unpaged)
        self._log = await asyncio.to_thread(_joined, self._log, [*paged, whole], ids, since)
        self._cycle = cycle
        return self._log

    async def _newest(self, c: AsyncConnection, now: datetime) -> str | None:
        """The newest cycle, if the snapshot knows of it."""
        last = await observations.last_cycle(c, by=now)
        known = await snapshots.known(c, self.stamp)
        return known if last is not None and known == last.id else None

    async def fold(self, c: AsyncConnection, outcome: Outcome, posts: Iterable[str]) -> Log:
        """The log with what this turn asked and wrote (`posts`); its transaction takes the snapshot along."""
        moved = {move.post_id for move in outcome.moves}
        touched = sorted({*posts, *moved, *(m.post_id for m in outcome.mentions)})
        held = self._log.ids | {
            n.id for n in outcome.narratives if n.first_seen_at == outcome.cycle.started_at
        }
        added = await rows.added(c, outcome.cycle.id, touched, held)
        after, pages = await asyncio.to_thread(self._folded, added, touched)
        await snapshots.save(c, self.stamp, outcome.cycle.id, pages, held=after.ids)
        return after

    def _folded(self, added: Log, touched: Iterable[str]) -> tuple[Log, Mapping[str, bytes]]:
        rest, before = self._log.parted(touched)
        after = united([rest, added])
        return after, after.pages(after.spoken_of(added, before) | after.ids - self._paged)

    def keep(self, log: Log, cycle_id: str) -> None:
        """The transaction that `fold` was part of is committed."""
        self._log, self._cycle, self._paged = log, cycle_id, log.ids


def _read(pages: Mapping[str, bytes]) -> list[Log]:
    """Pages that can be read; the others are as good as none."""
    found = []
    for id, page in pages.items():
        try:
            found.append(Log.read(id, page))
        except BadInput as error:
            log.warning("snapshot", error=str(error))
    return found


def _joined(held: Log, read: list[Log], ids: Collection[str], since: datetime) -> Log:
    known = united([held, *read]) if any(log.ids for log in read) else held
    return known.only(ids).since(since)
