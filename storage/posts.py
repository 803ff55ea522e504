"""Posts: each known once, filled in as more is learnt, never losing what was known.

Except where X itself says that one is gone: then its words are forgotten at once and never come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.junk.asides import Aside
from core.models import Excerpt, Post
from storage import dialects
from storage.tables import mentions, posts

SOURCE = "x"  # rows that know a post only by its id (sightings, mentions) speak of posts on X
_COUNTS = ("likes", "reposts", "replies", "views")
# Written out, not bound: SQLite uses a partial index only for a condition it can read.
HAS_TEXT = posts.c.text != literal("", literal_execute=True)
# These, too: what is bound is handed over anew with every row, a third of the time that storing takes.
_NOTHING, _NO_LANGUAGE, _LOOK_UP = (
    literal_column("''", Text),
    literal_column("'und'", Text),
    literal_column("'look-up'", Text),
)
_NO_LETTERS = literal_column("0", BigInteger)
_OWNED = exists().where(mentions.c.post_id == posts.c.id)


async def insert(c: AsyncConnection, batch: Iterable[Post]) -> int:
    """Remember posts; returns how many were new.

    A post seen again fills in what was missing (author, text, language, signature, stance). Tone and kind
    of junk are those of its text. Counts never fall and an unknown count erases nothing. Words and author
    that are confirmed replace reported ones and are kept against any that are not; the latest look-up wins
    over all. Gone stays gone, without a text.
    """
    rows = [post.model_dump() for post in sorted(batch, key=lambda post: post.id)]
    if not rows:
        return 0
    ids = {row["id"] for row in rows}
    before = await known(c, ids)
    statement = dialects.insert(c, posts)
    changed = _merged(statement.excluded)
    await c.execute(statement.on_conflict_do_update(index_elements=["source", "id"], set_=changed), rows)
    return len(ids - before)


def _merged(new: Any) -> dict[str, ColumnElement[Any]]:
    """What a row becomes when its post is told again, column by column."""
    gone = or_(posts.c.gone, new.gone)
    later = or_(posts.c.looked_up_at.is_(None), new.looked_up_at > posts.c.looked_up_at)
    first = and_(posts.c.confirmed.is_(None), new.confirmed.is_not(None))
    wins = and_(~gone, or_(first, and_(new.confirmed == _LOOK_UP, later)))

    def said(name: str, empty: ColumnElement[Any]) -> ColumnElement[Any]:
        filled = and_(posts.c[name] == empty, posts.c.confirmed.is_(None))
        return case((or_(wins, filled), new[name]), else_=posts.c[name])

    def read(name: str) -> ColumnElement[Any]:
        filled = and_(posts.c.text == _NOTHING, posts.c.confirmed.is_(None))
        return case((or_(wins, filled), new[name]), else_=posts.c[name])

    return {
        "author": case((wins, new.author), else_=func.coalesce(posts.c.author, new.author)),
        "text": case((gone, _NOTHING), else_=said("text", _NOTHING)),
        "lang": said("lang", _NO_LANGUAGE),
        "signature": said("signature", _NO_LETTERS),
        "stance": func.coalesce(posts.c.stance, new.stance),
        "tone": read("tone"),
        "junk": read("junk"),
        "confirmed": case((wins, new.confirmed), (~gone, posts.c.confirmed)),
        "gone": gone,
    } | {name: _grown(posts.c[name], new[name]) for name in (*_COUNTS, "looked_up_at")}


def _grown(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((new > old, new), else_=func.coalesce(old, new))


async def get(c: AsyncConnection, ids: Iterable[str]) -> dict[str, Post]:
    """The known ones among `ids`; those that are gone say so and carry no text."""
    found: dict[str, Post] = {}
    for chunk in dialects.chunks(ids):
        query = select(posts).where(posts.c.source == SOURCE, posts.c.id.in_(chunk))
        found |= {post.id: post for post in await _read(c, query)}
    return found


async def known(c: AsyncConnection, ids: Iterable[str]) -> set[str]:
    """Which of `ids` are remembered."""
    found: set[str] = set()
    for chunk in dialects.chunks(ids):
        query = select(posts.c.id).where(posts.c.source == SOURCE, posts.c.id.in_(chunk))
        found.update((await c.execute(query)).scalars())
    return found


async def of_narrative(
    c: AsyncConnection, narrative_ids: Sequence[str], *, since: datetime, limit: int
) -> list[Post]:
    """Posts of a narrative created since then that are not gone, newest first.

    `narrative_ids`: the ids it is stored under, its own and those merged into it.
    """
    theirs = select(mentions.c.post_id).where(
        mentions.c.narrative_id.in_(narrative_ids), mentions.c.created_at >= since
    )
    query = (
        select(posts)
        .where(posts.c.source == SOURCE, posts.c.id.in_(theirs), ~posts.c.gone)
        .order_by(posts.c.created_at.desc(), posts.c.id.desc())
        .limit(limit)
    )
    return await _read(c, query)


async def regulars(c: AsyncConnection, authors: Iterable[str], *, before: datetime) -> set[str]:
    """Which of these authors have an accepted post that was written before then."""
    found: set[str] = set()
    for chunk in dialects.chunks(authors):
        query = select(posts.c.author).where(posts.c.author.in_(chunk), posts.c.created_at < before)
        found.update((await c.execute(query.distinct())).scalars())
    return found


async def loose(c: AsyncConnection, *, since: datetime) -> list[Post]:
    """Talk with an excerpt, created since then, that belongs to no narrative; oldest first."""
    query = (
        select(posts)
        .where(posts.c.source == SOURCE, posts.c.created_at >= since, HAS_TEXT, ~_OWNED)
        .where(posts.c.junk.is_(None))
        .order_by(posts.c.created_at, posts.c.id)
    )
    return await _read(c, query)


async def asides(c: AsyncConnection, *, since: datetime) -> list[Aside]:
    """Posts created since then that count for no narrative: junk, and talk that belongs to none."""
    query = select(posts.c.id, posts.c.author, posts.c.signature, posts.c.junk).where(
        posts.c.source == SOURCE,
        posts.c.created_at >= since,
        ~posts.c.gone,
        or_(posts.c.junk.is_not(None), ~_OWNED),
    )
    return [Aside(*row) for row in await c.execute(query)]


async def recent(c: AsyncConnection, *, since: datetime) -> list[Excerpt]:
    """What posts created since then say, oldest first; forgotten excerpts are left out."""
    query = (
        select(posts.c.id, posts.c.text, posts.c.signature, posts.c.junk)
        .where(posts.c.source == SOURCE, posts.c.created_at >= since, HAS_TEXT)
        .order_by(posts.c.created_at, posts.c.id)
    )
    return [Excerpt(*row) for row in await c.execute(query)]


async def recent_ids(c: AsyncConnection, *, limit: int) -> list[str]:
    """Ids of the latest posts, newest first: what accepted ids look like these days."""
    query = (
        select(posts.c.id)
        .where(posts.c.source == SOURCE)
        .order_by(posts.c.created_at.desc(), posts.c.id.desc())
        .limit(limit)
    )
    return list((await c.execute(query)).scalars())


async def prune_text(c: AsyncConnection, before: datetime) -> int:
    """Forget the excerpts of posts learnt before then; returns how many. Ids, times and counts stay."""
    result = await c.execute(update(posts).where(posts.c.known_at < before, HAS_TEXT).values(text=""))
    return result.rowcount


async def _read(c: AsyncConnection, query: Select[Any]) -> list[Post]:
    return [Post(**row) for row in (await c.execute(query)).mappings()]
