"""Topics that chats follow become narratives that are really polled; all chats that follow one share it."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadInput
from core.models import Narrative
from core.narratives.topics import is_told_by, key, named, topic_narrative
from storage import narratives, watching
from storage.database import Database

log = structlog.get_logger()


async def narratives_of(database: Database, now: datetime) -> list[Narrative]:
    """The narrative of every followed topic, the most followed first; one that has none gets its own."""
    async with database.reading() as c:
        topics = list(await watching.followed(c))
        found = {topic: await known(c, topic) for topic in topics}
    missing = [topic for topic, narrative in found.items() if narrative is None]
    if missing:
        async with database.writing() as c:
            for topic in missing:
                found[topic] = await _made(c, topic, now)
    return list({n.id: n for topic in topics if (n := found[topic]) is not None}.values())


async def known(c: AsyncConnection, topic: str) -> Narrative | None:
    """The narrative that stands for a topic: its own, of a merged one the one it leads to, or a found one."""
    own = await narratives.of_topic(c, key(topic))
    if own is not None:
        return await narratives.get(c, own.id)
    slugs = await narratives.by_slugs(c, [named(topic)])
    led = [n for id in slugs.values() if (n := await narratives.get(c, id))]
    return next(
        (n for n in (*led, *await narratives.find(c, topic)) if n in led or is_told_by(topic, n)), None
    )


async def _made(c: AsyncConnection, topic: str, now: datetime) -> Narrative | None:
    try:
        made = topic_narrative(topic, now)
    except BadInput as error:  # followed before it was checked
        log.warning("topic cannot be asked for", topic=topic, why=str(error))
        return None
    (saved,) = await narratives.save(c, [made])
    return saved
