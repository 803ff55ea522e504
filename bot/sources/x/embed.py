"""X's free embed service: does a post exist, and who wrote what?"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import structlog

from bot.sources.x import markup
from bot.sources.x.client import XClient
from core.confirming import Embed
from core.errors import SourceError

log = structlog.get_logger()
LARGEST = 100_000  # bytes
FIRST_POST = "20"  # X's first, by @jack: whoever cannot find this one knows nothing about other posts
TRUSTED_S = 3600.0  # after a post was found, "not found" is believed for so long
_GONE = (403, 404)  # protected posts can no more be shown than deleted ones
_ID = re.compile(r"[0-9]{1,20}")


class Embeds:
    """Implements `bot.sources.Lookup`: best effort, four at a time."""

    def __init__(
        self, base_url: str, *, timeout_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = XClient(base_url, timeout_s=timeout_s, largest=LARGEST)
        self._monotonic = monotonic
        self._trusted_until = -1.0

    async def look_up(self, post_id: str) -> Embed | None:
        """The post's author and first words as X shows them; `gone` where it is deleted or protected.

        None, logged at debug level, where the service does not answer, or not in a way that tells. One that
        finds nothing at all tells nothing: before it is believed it must find X's first post.
        """
        found = await self._asked(post_id)
        if found is not None and found.gone and not await self._trusted():
            log.debug("embed", post=post_id, why="the service does not even find X's first post")
            return None
        return found

    async def close(self) -> None:
        await self._client.close()

    async def _trusted(self) -> bool:
        if self._monotonic() >= self._trusted_until:
            await self._asked(FIRST_POST)
        return self._monotonic() < self._trusted_until

    async def _asked(self, post_id: str) -> Embed | None:
        if not _ID.fullmatch(post_id):
            return None
        params = {"url": f"https://x.com/i/status/{post_id}", "omit_script": "1"}
        try:
            reply = await self._client.get("/oembed", params)
        except SourceError as error:
            log.debug("embed", post=post_id, why=str(error))
            return None
        if reply.status in _GONE:
            return Embed(author=None, text="", gone=True)
        read = markup.read(reply.text, post_id) if reply.status == 200 else None
        if read is None:
            log.debug("embed", post=post_id, status=reply.status, why="the answer does not tell")
            return None
        self._trusted_until = self._monotonic() + TRUSTED_S
        return Embed(author=read.author, text=read.text, gone=False)
