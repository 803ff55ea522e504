"""X itself is asked about the posts people are shown: best effort, bounded, and never in anybody's way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from bot.sources import Lookup
from core.confirming import Embed, by_look_up, worth_looking_up
from core.models import Post

log = structlog.get_logger()


class Confirmer:
    """Looks posts up, at most `per_cycle` a turn and for `timeout_s` in all. `lookup` None: switched off."""

    def __init__(self, lookup: Lookup | None, *, per_cycle: int, timeout_s: float) -> None:
        self._lookup = lookup
        self._most = per_cycle
        self._timeout_s = timeout_s

    async def confirm(self, posts: Sequence[Post], now: datetime) -> list[Post]:
        """Those of the posts, most important first, that X was asked about and answered; never raises.

        One X could not tell about is returned too, so that it is not asked about again at once. What was not
        answered in time is left out: it stays reported, and the next turn asks again.
        """
        if self._lookup is None:
            return []
        asked = worth_looking_up(posts, now=now, most=self._most)
        told = await self._told(self._lookup, asked)
        changed = [_changed(post, told[post.id], now) for post in asked if post.id in told]
        if asked:
            log.info(
                "looked up",
                asked=len(asked),
                confirmed=sum(post.confirmed == "look-up" for post in changed),
                gone=sum(post.gone for post in changed),
            )
        return changed

    async def _told(self, lookup: Lookup, asked: Sequence[Post]) -> dict[str, Embed | None]:
        told: dict[str, Embed | None] = {}

        async def ask(post: Post) -> None:
            try:
                told[post.id] = await lookup.look_up(post.id)
            except Exception:  # the other posts must not go with it
                log.exception("look-up failed unexpectedly", post=post.id)

        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout_s), asyncio.TaskGroup() as group:
                for post in asked:
                    group.create_task(ask(post))
        return told


def _changed(post: Post, embed: Embed | None, now: datetime) -> Post:
    return by_look_up(post, embed, at=now) if embed else post.model_copy(update={"looked_up_at": now})
