"""A posts file as a source: it answers like Grok would, from what its posts really say, and costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import structlog

from bot.clock import AppClock
from bot.sources.posts import document
from bot.sources.posts.archive import Archive
from bot.sources.posts.errors import QueryError
from bot.sources.posts.features import Sense
from bot.sources.posts.post import XPost
from bot.sources.posts.reading import read
from core.errors import Rejected
from core.evidence import PAGE
from core.models import Answer, Question, QuestionKind, Search, Usage

log = structlog.get_logger()
SERVED = "posts-file"
_ENDED = timedelta(days=1)  # without a post after this, nothing in the file is news any more


class PostsFile:
    """Implements `bot.sources.Source` on an archive; only what was visible by the clock is ever found."""

    def __init__(self, archive: Archive, *, clock: AppClock) -> None:
        self._archive = archive
        self._clock = clock
        self._usual: tuple[datetime, Sense] | None = None

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        """Search and tell what was found. Raises Rejected for a query that is malformed."""
        return await asyncio.to_thread(self._answer, question, known, self._clock.now())

    async def close(self) -> None:
        """Nothing is held open."""

    def _answer(self, question: Question, known: Sequence[tuple[str, str]], now: datetime) -> Answer:
        search = _search(question)
        try:
            found = self._find(question, search, now)
        except QueryError as error:
            raise Rejected(f"The posts file cannot be searched: {error}", fault="bad query") from None
        task = "discover" if question.kind is QuestionKind.DISCOVER else "refresh"
        return Answer(
            response_id=f"{SERVED}-{sha256(question.model_dump_json().encode()).hexdigest()[:16]}",
            served_model=SERVED,
            status="completed",
            searches=(search,),
            cited=frozenset(str(post.id) for post in found),
            document=document.write(task, found, known, self._sense(now)),
            usage=Usage(searches=1, posts_fetched=len(found), cost_ticks=0),
        )

    def _find(self, question: Question, search: Search, now: datetime) -> list[XPost]:
        loose = question.tool == "x_semantic_search"
        mode = "Top" if loose else question.mode
        return self._archive.search(search.query, mode=mode, limit=search.limit or 0, now=now, loose=loose)

    def _sense(self, now: datetime) -> Sense:
        """How people usually talked in what was visible when the hour began: nothing later is known."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._usual is None or self._usual[0] != hour:
            before = [post for post in self._archive.posts if post.seen_at <= hour]
            self._usual = hour, Sense(before)
        return self._usual[1]


def _search(question: Question) -> Search:
    """The search as it is made: our query, bounded to the window in whole seconds, one page at most."""
    since, until = int(question.since.timestamp()), int(question.until.timestamp())
    return Search(
        tool=question.tool,
        query=f"{question.query} since_time:{since} until_time:{until}",
        mode=question.mode if question.tool == "x_keyword_search" else "",
        limit=min(question.limit, PAGE),
    )


def open_posts(path: str | Path, clock: AppClock) -> PostsFile:
    """The source over a .jsonl or .jsonl.gz file of posts; what could not be used is said in the log.

    Raises PostsError (a BadInput) when there is no such file, it cannot be read or holds no post.
    """
    posts, skipped = read(path)
    archive = Archive(posts, skipped=skipped)
    first, last = archive.posts[0].created_at, archive.posts[-1].created_at
    tell = log.warning if skipped else log.info
    tell("posts file", path=str(path), posts=len(posts), lines_skipped=skipped, first=first, last=last)
    if clock.now() - last > _ENDED:
        log.warning(
            "the posts file ends before now, so nothing in it is new: play it with CLOCK",
            last=last,
            example=f"CLOCK={first:%Y-%m-%dT%H:%M:%SZ}@3600",
        )
    return PostsFile(archive, clock=clock)
