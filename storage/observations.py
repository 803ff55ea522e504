"""The append-only log of what was asked, what came back and when INTERN knew it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, distinct, func, literal, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Cycle, Poll, QuestionKind, Sighting
from core.signals.completeness import Find
from storage import dialects
from storage.posts import SOURCE
from storage.tables import cycles, posts
from storage.tables import polls as poll_rows
from storage.tables import sightings as sighting_rows


class Tally(NamedTuple):
    """How the polls of a span of time ended."""

    polls: int
    ok: int
    faults: dict[str, int]  # fault → polls that ended with it
    dropped: dict[str, int]  # reason → claimed posts that did not count
    returned: int  # accepted posts


async def append(
    c: AsyncConnection, cycle: Cycle, polls: Iterable[Poll], sightings: Iterable[Sighting]
) -> None:
    """Write down one turn. What is already written stays as it is: the same ids twice change nothing."""
    await _add(c, cycles, [cycle.model_dump()])
    await _add(c, poll_rows, [poll.model_dump() for poll in polls])
    await _add(c, sighting_rows, [sighting._asdict() for sighting in sightings])


async def _add(c: AsyncConnection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        await c.execute(dialects.insert(c, table).on_conflict_do_nothing(), rows)


async def polls(c: AsyncConnection, *, since: datetime, known_by: datetime) -> list[Poll]:
    """Polls whose window ends at or after `since`, as far as they were known at `known_by`, in time order."""
    return await _polls(
        c,
        select(poll_rows)
        .where(poll_rows.c.until >= since, poll_rows.c.known_at <= known_by)
        .order_by(poll_rows.c.until, poll_rows.c.known_at, poll_rows.c.id),
    )


async def of_cycle(c: AsyncConnection, cycle_id: str) -> list[Poll]:
    """The polls of one turn, in time order."""
    return await _polls(
        c,
        select(poll_rows)
        .where(poll_rows.c.cycle_id == cycle_id)
        .order_by(poll_rows.c.until, poll_rows.c.known_at, poll_rows.c.id),
    )


async def last_good_poll(c: AsyncConnection, *, by: datetime) -> Poll | None:
    """The newest poll that worked: up to its `until` X has really been seen.

    What was known after `by` does not count: a clock that was ahead left it.
    """
    newest = (
        select(poll_rows)
        .where(poll_rows.c.ok, poll_rows.c.known_at <= by)
        .order_by(poll_rows.c.until.desc(), poll_rows.c.known_at.desc(), poll_rows.c.id)
        .limit(1)
    )
    return next(iter(await _polls(c, newest)), None)


async def _polls(c: AsyncConnection, query: Select[Any]) -> list[Poll]:
    """Read without checking again what was checked when it was written: a cycle reads very many."""
    return [
        Poll.model_construct(**(dict(row) | {"kind": QuestionKind(row["kind"])}))
        for row in (await c.execute(query)).mappings()
    ]


async def discovered(
    c: AsyncConnection, *, since: datetime, known_by: datetime
) -> list[tuple[str, datetime, datetime]]:
    """(post id, created, first known) of posts created since then that discovery polls had returned.

    Only polls by keywords, newest first: what is "Top" or close in meaning was chosen, it measures nothing.
    """
    conditions = posts.c.created_at >= since, sighting_rows.c.known_at <= known_by
    return [tuple(row) for row in await c.execute(_discovered().where(*conditions))]


async def discovered_of(c: AsyncConnection, post_ids: Iterable[str]) -> list[tuple[str, datetime, datetime]]:
    """The same of these posts, whenever it was."""
    found: list[tuple[str, datetime, datetime]] = []
    for chunk in dialects.chunks(post_ids):
        found += [tuple(row) for row in await c.execute(_discovered().where(posts.c.id.in_(chunk)))]
    return found


def _discovered() -> Select[Any]:
    return (
        select(posts.c.id, posts.c.created_at, func.min(sighting_rows.c.known_at))
        .join(sighting_rows, sighting_rows.c.post_id == posts.c.id)
        .join(poll_rows, poll_rows.c.id == sighting_rows.c.poll_id)
        .where(
            posts.c.source == SOURCE,
            poll_rows.c.kind == QuestionKind.DISCOVER,
            poll_rows.c.tool == "x_keyword_search",
            poll_rows.c.mode == "Latest",
            posts.c.junk.is_(None),
        )
        .group_by(posts.c.id, posts.c.created_at)
        .order_by(posts.c.created_at, posts.c.id)
    )


async def finds(c: AsyncConnection, *, since: datetime, known_by: datetime) -> list[Find]:
    """What measuring refreshes known since then returned, with when each post was first known."""
    query = (
        select(sighting_rows.c.poll_id, posts.c.created_at, posts.c.known_at)
        .join(poll_rows, poll_rows.c.id == sighting_rows.c.poll_id)
        .join(posts, (posts.c.source == SOURCE) & (posts.c.id == sighting_rows.c.post_id))
        .where(
            poll_rows.c.known_at >= since,
            poll_rows.c.known_at <= known_by,
            poll_rows.c.kind != QuestionKind.DISCOVER,
            poll_rows.c.covered_from.is_not(None),
        )
    )
    return [Find(*row) for row in await c.execute(query)]


async def tally(c: AsyncConnection, *, since: datetime) -> Tally:
    """How the polls known since then ended."""
    query = select(poll_rows.c.ok, poll_rows.c.fault, poll_rows.c.dropped, poll_rows.c.returned).where(
        poll_rows.c.known_at >= since
    )
    rows = list(await c.execute(query))
    dropped: Counter[str] = Counter()
    for row in rows:
        dropped.update(row.dropped)
    return Tally(
        polls=len(rows),
        ok=sum(row.ok for row in rows),
        faults=dict(Counter(row.fault or "failed" for row in rows if not row.ok)),
        dropped=dict(dropped),
        returned=sum(row.returned for row in rows),
    )


async def last_cycle(c: AsyncConnection, *, by: datetime) -> Cycle | None:
    """The newest turn of the wheel begun by then; a clock that was ahead may have left later ones."""
    query = (
        select(*(cycles.c[name] for name in Cycle.model_fields))
        .where(cycles.c.started_at <= by)
        .order_by(cycles.c.started_at.desc(), cycles.c.id.desc())
        .limit(1)
    )
    row = (await c.execute(query)).mappings().first()
    return Cycle(**row) if row else None


async def any_cycle(c: AsyncConnection) -> bool:
    """Whether the wheel ever turned."""
    return (await c.execute(select(cycles.c.id).limit(1))).first() is not None


async def has_cycle(c: AsyncConnection, cycle_id: str) -> bool:
    """Whether this turn is written down."""
    return (await c.execute(select(cycles.c.id).where(cycles.c.id == cycle_id))).first() is not None


async def observed_hours(c: AsyncConnection) -> int:
    """In how many hours at least one poll worked: what was not observed is no history."""
    hour = type_coerce(poll_rows.c.until, BigInteger) // literal(3_600_000_000, BigInteger)
    query = select(func.count(distinct(hour))).where(poll_rows.c.ok)
    return int((await c.execute(query)).scalar_one())


async def first_poll_at(c: AsyncConnection) -> datetime | None:
    """When INTERN first asked anything: before that it knows nothing."""
    first: datetime | None = (await c.execute(select(func.min(poll_rows.c.known_at)))).scalar_one()
    return first
