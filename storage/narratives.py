"""Narratives: an identity that outlives its names, and what happened to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Narrative, NarrativeEvent
from core.narratives.recall import Sleeper
from core.text import CJK
from storage import dialects
from storage.tables import narrative_events, narratives

FOUND = 10
TITLED = 200  # newest titles that contain the letters asked for, of which those with such a word are kept
BATCH = 2_000  # rows read at a time: between two batches everybody else may run
_COLUMNS = [narratives.c[name] for name in Narrative.model_fields]


async def save(c: AsyncConnection, batch: Iterable[Narrative]) -> list[Narrative]:
    """Insert or replace by id; returns them as saved: a slug another narrative holds gets -2, -3 …"""
    given = list(batch)
    held = await _holders(c, [narrative.slug for narrative in given])
    saved: list[Narrative] = []
    stored = 0
    for narrative in given:
        slug = narrative.slug
        if held.get(slug, narrative.id) != narrative.id:
            await _upsert(c, saved[stored:])  # who comes first keeps the slug, or has just given it up
            stored = len(saved)
            slug = await free_slug(c, slug, narrative.id)
        saved.append(narrative if slug == narrative.slug else narrative.model_copy(update={"slug": slug}))
        held[slug] = narrative.id
    await _upsert(c, saved[stored:])
    return saved


async def _holders(c: AsyncConnection, slugs: Iterable[str]) -> dict[str, str]:
    """Which narrative holds each of these slugs, of those that are held."""
    held: dict[str, str] = {}
    for chunk in dialects.chunks(slugs):
        query = select(narratives.c.slug, narratives.c.id).where(narratives.c.slug.in_(chunk))
        held.update((row.slug, row.id) for row in await c.execute(query))
    return held


async def _upsert(c: AsyncConnection, batch: Sequence[Narrative]) -> None:
    rows = [n.model_dump() | {"folded_title": n.title.casefold()} for n in batch]
    if not rows:
        return
    statement = dialects.insert(c, narratives)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    await c.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), rows)


async def free_slug(c: AsyncConnection, slug: str, narrative_id: str) -> str:
    """`slug`, or the first of slug-2, slug-3 … that no other narrative holds."""
    family = or_(narratives.c.slug == slug, narratives.c.slug.startswith(f"{slug}-", autoescape=True))
    query = select(narratives.c.slug).where(family, narratives.c.id != narrative_id)
    taken = set((await c.execute(query)).scalars())
    free, number = slug, 1
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free


async def live(c: AsyncConnection, *, since: datetime) -> list[Narrative]:
    """Those with a post since then that were not merged away, the most recently moved first."""
    query = (
        select(*_COLUMNS)
        .where(narratives.c.last_post_at >= since, narratives.c.redirect_to.is_(None))
        .order_by(narratives.c.last_post_at.desc(), narratives.c.id)
    )
    return await _read(c, query)


async def get(c: AsyncConnection, narrative_id: str) -> Narrative | None:
    """The narrative that goes by this id today: redirects are followed to their end."""
    seen: set[str] = set()
    wanted: str | None = narrative_id
    narrative = None
    while wanted is not None and wanted not in seen:
        seen.add(wanted)
        narrative = (await by_ids(c, [wanted])).get(wanted)
        wanted = narrative.redirect_to if narrative else None
    return narrative


async def family(c: AsyncConnection, narrative_id: str) -> list[str]:
    """This narrative's id and those of all that were merged into it, under which rows are stored too."""
    ids = [narrative_id]
    newest = ids
    while newest:
        found = await c.execute(select(narratives.c.id).where(narratives.c.redirect_to.in_(newest)))
        newest = sorted(set(found.scalars()) - set(ids))
        ids = [*ids, *newest]
    return ids


async def redirects(c: AsyncConnection, *, since: datetime | None = None) -> dict[str, str]:
    """Merged narratives (with a post since then): id → the id it leads to, which may lead on itself."""
    query = select(narratives.c.id, narratives.c.redirect_to).where(narratives.c.redirect_to.is_not(None))
    if since is not None:
        query = query.where(narratives.c.last_post_at >= since)
    return {row.id: row.redirect_to for row in await c.execute(query)}


async def by_ids(c: AsyncConnection, ids: Iterable[str]) -> dict[str, Narrative]:
    """The narratives stored under `ids`, as they are: redirects are not followed."""
    found: dict[str, Narrative] = {}
    for chunk in dialects.chunks(ids):
        rows = await _read(c, select(*_COLUMNS).where(narratives.c.id.in_(chunk)))
        found |= {narrative.id: narrative for narrative in rows}
    return found


async def by_slugs(c: AsyncConnection, slugs: Iterable[str]) -> dict[str, str]:
    """slug → id of the narratives that have one of these; redirects are not followed."""
    found: dict[str, str] = {}
    for chunk in dialects.chunks(slugs):
        query = select(narratives.c.slug, narratives.c.id).where(narratives.c.slug.in_(chunk))
        found |= {row.slug: row.id for row in await c.execute(query)}
    return found


async def of_topic(c: AsyncConnection, topic: str) -> Narrative | None:
    """The narrative that was made for a topic, as it is: redirects are not followed."""
    query = select(*_COLUMNS).where(narratives.c.topic == topic, narratives.c.topic != "")
    return next(iter(await _read(c, query.order_by(narratives.c.first_seen_at).limit(1))), None)


async def every(c: AsyncConnection) -> dict[str, Narrative]:
    """All narratives there ever were, by id, as they are."""
    return {narrative.id: narrative for narrative in await _read(c, select(*_COLUMNS))}


async def find(c: AsyncConnection, text: str) -> list[Narrative]:
    """What a person may mean by `text`: a slug, a ticker (with or without $ or #), words of a title.

    Best first (slug, ticker, title with these whole words, title with a word that begins so; then the most
    recently moved), at most ten; redirects are followed. "ETH" does not mean "something".
    """
    wanted = text.strip()
    if not wanted.strip("$#"):
        return []
    ticker = dialects.to_text(wanted.lstrip("$#").upper())  # as it stands in the JSON list
    titled = await _read(
        c, _newest(narratives.c.folded_title.contains(wanted.casefold(), autoescape=True), TITLED)
    )
    matches = [
        *await _read(c, _newest(narratives.c.slug == wanted.lower())),
        *await _read(c, _newest(cast(narratives.c.tickers, Text).contains(ticker, autoescape=True))),
        *(n for n in titled if _holds(n.title, wanted, whole=True)),
        *(n for n in titled if _holds(n.title, wanted, whole=False)),
    ]
    found: dict[str, Narrative] = {}
    for match in matches:
        narrative = await get(c, match.id) if match.redirect_to else match
        if narrative is not None:
            found.setdefault(narrative.id, narrative)
        if len(found) == FOUND:
            break
    return list(found.values())


def _holds(title: str, wanted: str, *, whole: bool) -> bool:
    """Whether the title has a word that begins as `wanted`, or is `wanted` as a whole; scripts without word
    marks have it anywhere."""
    starts = rf"(?<![^\W_{CJK}])" if wanted[0].isalnum() and not re.match(f"[{CJK}]", wanted) else ""
    ends = rf"(?![^\W_{CJK}])" if whole else ""
    return bool(re.search(starts + re.escape(wanted.casefold()) + ends, title.casefold()))


def _newest(condition: ColumnElement[bool], limit: int = FOUND) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(condition)
        .order_by(narratives.c.last_post_at.desc(), narratives.c.id)
        .limit(limit)
    )


async def asleep(c: AsyncConnection, *, before: datetime) -> list[Sleeper]:
    """What those without a post since then are recognised by; merged ones are left out."""
    names = narratives.c.id, narratives.c.title, narratives.c.tickers, narratives.c.terms
    query = select(*names).where(narratives.c.last_post_at < before, narratives.c.redirect_to.is_(None))
    found: list[Sleeper] = []
    async for rows in (await c.stream(query.order_by(narratives.c.id))).partitions(BATCH):
        found += [Sleeper(row.id, row.title, tuple(row.tickers), tuple(row.terms)) for row in rows]
    return found


async def parts(c: AsyncConnection, narrative_id: str) -> list[Narrative]:
    """What split off this narrative, oldest first; where a part was merged later, what it is today."""
    query = select(*_COLUMNS).where(narratives.c.split_from == narrative_id)
    found = await _read(c, query.order_by(narratives.c.first_seen_at, narratives.c.id))
    today = [await get(c, part.id) if part.redirect_to else part for part in found]
    return list({part.id: part for part in today if part and part.id != narrative_id}.values())


async def _read(c: AsyncConnection, query: Select[Any]) -> list[Narrative]:
    return [Narrative(**row) for row in (await c.execute(query)).mappings()]


# --- what happened to them -------------------------------------------------------------------------------


async def append_events(c: AsyncConnection, events: Iterable[NarrativeEvent]) -> None:
    """Write down what happened; the same event twice is one."""
    rows = [event.model_dump() for event in events]
    if rows:
        await c.execute(dialects.insert(c, narrative_events).on_conflict_do_nothing(), rows)


async def events(c: AsyncConnection, narrative_id: str) -> list[NarrativeEvent]:
    """What happened to this narrative, oldest first."""
    query = (
        select(narrative_events)
        .where(narrative_events.c.narrative_id == narrative_id)
        .order_by(narrative_events.c.at, narrative_events.c.kind)
    )
    return [NarrativeEvent(**row) for row in (await c.execute(query)).mappings()]
