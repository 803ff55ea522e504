"""Speed of taking in 10,000 raw posts: read, tone, near-copies, events, narratives, stored in SQLite.

The events stand for the groups of an answer: which narratives they are is decided in one batch. Beside it
scikit-learn's HDBSCAN and MiniBatchKMeans on TF-IDF and SVD, which only cluster the same texts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from statistics import median

from bot.sandbox.world import XPost, simulated_world
from core import text
from core.claims import EXCERPT
from core.copies import settled
from core.evidence import Group
from core.lexicon import valence
from core.models import Post
from core.narratives import identity, label, phrases, reading
from core.narratives.cluster import Event, events
from storage import mentions, narratives, posts
from storage.database import Database
from tests.bench.stage import NOW, database

POSTS = 10_000
RUNS = 3
DAYS = 3.0


async def figures() -> dict[str, float]:
    """Medians of three runs, in seconds; nothing that was read is at hand when a run begins."""
    raw = world()
    runs = []
    for _ in range(RUNS):
        async with database() as (db, _settings):
            runs.append(await ingest(db, raw))
    stages = {f"ingest_{name}_s": median(run[name] for run in runs) for name in runs[0]}
    return {
        "ingest_10k_s": median(sum(run.values()) for run in runs),
        **stages,
        **clustered_by_scikit([post.text[:EXCERPT] for post in raw]),
    }


def world() -> Sequence[XPost]:
    """The newest 10,000 posts of three generated days."""
    made = simulated_world(seed=7, start=NOW - timedelta(days=DAYS), days=DAYS, volume=1.5)
    return made.posts[-POSTS:]


async def ingest(db: Database, raw: Sequence[XPost]) -> dict[str, float]:
    """Seconds of each stage."""
    _forget()
    clock = Stopwatch()
    tones = [valence.score(post.text[:EXCERPT]) for post in raw]
    clock.lap("tone")
    read = {str(post.id): _read(post, tone) for post, tone in zip(raw, tones, strict=True)}
    clock.lap("text")
    read = settled(read, [])
    clock.lap("copies")
    found = events(read.values())
    clock.lap("events")
    told = identity.assign(
        known=(),
        owners={},
        groups=[_group(event) for event in found],
        posts=read,
        background=label.background(post.text for post in read.values() if post.text),
        now=NOW,
    )
    clock.lap("identity")
    async with db.writing() as c:
        await posts.insert(c, read.values())
        await narratives.save(c, told.narratives)
        await mentions.append(c, told.mentions)
    clock.lap("stored")
    return clock.laps


class Stopwatch:
    """Wall seconds from lap to lap."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = now - self._last
        self._last = now


def _forget() -> None:
    """Drop what earlier runs left at hand."""
    for remembering in (
        text.readable,
        text.normalise,
        text.words,
        reading.read,
        phrases.runs,
        phrases.phrases,
    ):
        remembering.cache_clear()


def _read(post: XPost, tone: float | None) -> Post:
    said = post.text[:EXCERPT]
    return Post(
        id=str(post.id),
        created_at=post.created_at,
        known_at=NOW - timedelta(seconds=1),
        author=post.author,
        text=said,
        lang=text.language(said),
        signature=text.signature(said),
        tone=tone,
        likes=post.likes,
    )


def _group(event: Event) -> Group:
    ids = tuple(post.id for post in event.posts)
    return Group(slug="", title="", summary="", tickers=(), stance="", post_ids=ids)


def clustered_by_scikit(texts: Sequence[str]) -> dict[str, float]:
    """Seconds that clustering alone takes elsewhere."""
    from sklearn.cluster import HDBSCAN, MiniBatchKMeans  # noqa: PLC0415 — seconds to load
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    begun = time.perf_counter()
    vectors = TfidfVectorizer(min_df=2).fit_transform(texts)
    reduced = TruncatedSVD(100, random_state=0).fit_transform(vectors)
    shared = time.perf_counter() - begun
    return {
        "ingest_hdbscan_s": shared + _seconds(lambda: HDBSCAN(min_cluster_size=5, copy=True).fit(reduced)),
        "ingest_kmeans_s": shared
        + _seconds(lambda: MiniBatchKMeans(200, n_init=3, random_state=0).fit(reduced)),
    }


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
