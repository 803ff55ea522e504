"""Mentions: which posts the narratives are made of, since when that is known, and whether it was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, false, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Mention, Move
from storage import dialects
from storage.posts import SOURCE
from storage.tables import mentions, posts

BATCH = 2_000  # rows read at a time: between two batches everybody else may run


async def append(c: AsyncConnection, batch: Iterable[Mention]) -> None:
    """Join posts to narratives. Once metered, always metered; the first time of knowing stays."""
    rows = [
        {
            "narrative_id": mention.narrative_id,
            "post_id": mention.post_id,
            "created_at": mention.created_at,
            "known_at": mention.known_at,
            "metered": mention.metered,
        }
        for mention in sorted(batch, key=lambda mention: (mention.narrative_id, mention.post_id))
    ]
    if not rows:
        return
    statement = dialects.insert(c, mentions)
    metered = or_(mentions.c.metered, statement.excluded.metered)
    await c.execute(
        statement.on_conflict_do_update(
            index_elements=["narrative_id", "post_id"], set_={"metered": metered}
        ),
        rows,
    )


async def move(c: AsyncConnection, moves: Iterable[Move]) -> None:
    """Give mentions to the narrative that split off: each post counts for one of the two, metered by none."""
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for move in moves:
        together[move.origin, move.to].append(move.post_id)
    for (origin, to), ids in sorted(together.items()):
        for chunk in dialects.chunks(sorted(ids)):
            rows = mentions.c.narrative_id == origin, mentions.c.post_id.in_(chunk)
            named = mentions.c.created_at, mentions.c.known_at
            taken = select(literal(to), mentions.c.post_id, *named, false()).where(*rows)
            columns = ["narrative_id", "post_id", "created_at", "known_at", "metered"]
            await c.execute(dialects.insert(c, mentions).from_select(columns, taken).on_conflict_do_nothing())
            await c.execute(delete(mentions).where(*rows))


async def read(
    c: AsyncConnection, *, since: datetime, known_by: datetime, narrative_ids: Iterable[str] | None = None
) -> list[Mention]:
    """Mentions of posts created since then, as far as known at `known_by`, oldest first (per 900 ids).

    Ids are taken as they are: those of a merged narrative stand under its old id. Author, stance,
    signature, tone, engagement and whether the author is confirmed are the latest known. A post that is gone
    or proved junk is not counted any more.
    """
    query = _mentioned().where(mentions.c.created_at >= since, mentions.c.known_at <= known_by)
    found: list[Mention] = []
    for part in _parts(query, narrative_ids):
        async for rows in (await c.stream(part)).partitions(BATCH):
            found += map(Mention._make, rows)
    return found


async def of_posts(c: AsyncConnection, post_ids: Iterable[str]) -> list[Mention]:
    """All mentions of these posts, as `read` does."""
    found: list[Mention] = []
    for chunk in dialects.chunks(post_ids):
        rows = await c.execute(_mentioned().where(mentions.c.post_id.in_(chunk)))
        found += map(Mention._make, rows)
    return found


def _mentioned() -> Select[Any]:
    return (
        select(
            mentions.c.narrative_id,
            mentions.c.post_id,
            mentions.c.created_at,
            mentions.c.known_at,
            mentions.c.metered,
            posts.c.author,
            posts.c.stance,
            func.coalesce(posts.c.signature, 0),
            posts.c.confirmed.is_not(None),
            posts.c.tone,
            func.coalesce(posts.c.likes + 2 * posts.c.reposts, posts.c.likes, 2 * posts.c.reposts),
        )
        # Outer, so that SQLite cannot turn it round and walk over all posts first.
        .outerjoin(posts, (posts.c.source == SOURCE) & (posts.c.id == mentions.c.post_id))
        .where(posts.c.gone.is_not(true()))  # a post that is not stored is not known to be gone
        .where(posts.c.junk.is_(None))
        .order_by(mentions.c.created_at, mentions.c.post_id)
    )


async def said(c: AsyncConnection, *, since: datetime) -> dict[str, str]:
    """Post id → excerpt of narratives' posts created since then; forgotten ones are left out."""
    owned = exists().where(mentions.c.post_id == posts.c.id)
    query = select(posts.c.id, posts.c.text).where(
        posts.c.source == SOURCE, posts.c.created_at >= since, posts.c.text != "", owned
    )
    found: dict[str, str] = {}
    async for rows in (await c.stream(query)).partitions(BATCH):
        found |= {row.id: row.text for row in rows}
    return found


def _parts(query: Select[Any], narrative_ids: Iterable[str] | None) -> list[Select[Any]]:
    if narrative_ids is None:
        return [query]
    return [query.where(mentions.c.narrative_id.in_(chunk)) for chunk in dialects.chunks(narrative_ids)]
