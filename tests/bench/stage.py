"""A database with narratives and a source that answers at once: what the benchmarks share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.settings import Settings, load
from core.models import Answer, Narrative, Question, QuestionKind, Search, Usage
from storage import narratives
from storage.database import Database
from storage.migrate import migrate

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPOCH_MS = 1_288_834_974_657
PER_ANSWER = 10


def settings(folder: Path, **overrides: object) -> Settings:
    given = {
        "bot_token": "1000001:bench-token-of-no-bot",
        "xai_api_key": "xai-bench",
        "database_url": f"sqlite:///{folder / 'bench.db'}",
        "clock": None,
        "port": None,
        "allowed_chats": (),
    }
    return load(**(given | overrides))


@asynccontextmanager
async def database(**overrides: object) -> AsyncIterator[tuple[Database, Settings]]:
    with TemporaryDirectory() as folder:
        made = settings(Path(folder), **overrides)
        url = made.database_url.get_secret_value()
        await migrate(url)
        opened = await Database.open(url)
        try:
            yield opened, made
        finally:
            await opened.close()


async def plant(db: Database, count: int) -> None:
    """`count` narratives, each with a ticker and a term of its own."""
    async with db.writing() as c:
        await narratives.save(c, [story(i) for i in range(count)])


def story(number: int) -> Narrative:
    return Narrative(
        id=f"{number:012x}",
        slug=f"story-{number}",
        title=f"Story number {number}",
        tickers=(f"TK{number}",),
        terms=(f"event {number}",),
        query=f"($TK{number})",
        first_seen_at=NOW - timedelta(days=3),
        earliest_post_at=NOW - timedelta(days=3),
        last_post_at=NOW - timedelta(hours=1),
    )


class Instant:
    """A source whose answers cost no time: ten fresh posts to every question, each by another author."""

    def __init__(self) -> None:
        self._made = 0

    async def ask(self, question: Question, *, known: Sequence[tuple[str, str]] = ()) -> Answer:
        posts = [self._post(question, i) for i in range(PER_ANSWER)]
        listed = {"posts": posts}
        if question.kind is QuestionKind.DISCOVER:
            title = "Bridge drained overnight"
            listed = {"narratives": [{"slug": "bridge", "title": title, "tickers": ["BRDG"], "posts": posts}]}
        return Answer(
            response_id="bench",
            served_model="bench",
            status="completed",
            searches=(Search(tool="x_keyword_search", query=question.query, mode="Latest", limit=10),),
            cited=frozenset(post["post_id"] for post in posts),
            document=listed,
            usage=Usage(searches=1, posts_fetched=PER_ANSWER, cost_ticks=1),
        )

    async def close(self) -> None: ...

    def _post(self, question: Question, i: int) -> dict[str, object]:
        self._made += 1
        at = question.until - timedelta(minutes=3 * i + 1)
        post_id = ((int(at.timestamp() * 1000) - EPOCH_MS) << 22) + self._made % (1 << 22)
        about = question.query.strip("()") if question.narrative_id else "$BRDG bridge drained overnight"
        return {
            "post_id": str(post_id),
            "author": f"user{self._made % 900}",
            "excerpt": f"{about} seen again, take {self._made % 97}: what now for holders?",
            "sentiment": (i - 5) / 10,
        }
