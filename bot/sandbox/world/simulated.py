"""A whole crypto X from one seed: the same seed gives the same posts, to the byte."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.sandbox.world.chatter import Draft, Noise, Surge, copied
from bot.sandbox.world.crowd import Crowd
from bot.sandbox.world.errors import WorldError
from bot.sandbox.world.stories import Planted, schedule
from bot.sandbox.world.telling import Teller, moment
from bot.sandbox.world.world import World
from bot.sources.posts.post import SEQUENCE_BITS, XPost, created_at, snowflake

LATE = 0.02  # of the posts are found by search only minutes or hours after they were written
_CROWD = {"en": 1800, "zh": 700}


def simulated_world(
    *,
    seed: int,
    start: datetime,
    days: float,
    volume: float = 1.0,
    planted: Sequence[Planted] | None = None,
    surges: Sequence[Surge] = (),
) -> World:
    """`days` of posts from `start` (aware): some 85 × `volume` ordinary posts an hour, and stories.

    `planted` replaces the schedule of stories: eight in the first four days, then one about every 13 hours.
    `surges` are the wild days of the market; without any, ordinary talk keeps to its rhythm.
    Raises WorldError for a naive `start` or a length that is not positive.
    """
    if start.tzinfo is None:
        raise WorldError(
            "The start of a simulated world needs a time zone; write it like 2026-11-20T00:00:00Z."
        )
    if not 0 < days <= 400 or volume < 0:
        raise WorldError("A simulated world lasts more than 0 and at most 400 days, its volume is 0 or more.")
    stories = tuple(planted) if planted is not None else schedule(seed=seed, start=start, days=days)
    drafts = _drafts(seed, start, days, stories, volume=volume, surges=surges)
    return World(_posts(drafts, random.Random(f"{seed}/audience")), planted=stories)


def _drafts(
    seed: int,
    start: datetime,
    days: float,
    stories: Sequence[Planted],
    *,
    volume: float,
    surges: Sequence[Surge],
) -> Iterator[Draft]:
    """Everything that is written in [start, start + days), in order."""
    rng = random.Random(f"{seed}/crowd")
    crowds = {"en": Crowd(rng, size=_CROWD["en"]), "zh": Crowd(rng, size=_CROWD["zh"], first=_CROWD["en"])}
    end = start + timedelta(days=days)
    noise = Noise(
        random.Random(f"{seed}/noise"),
        crowds,
        start=start.timestamp(),
        hours=math.ceil(days * 24),
        volume=volume,
        surges=surges,
    )
    drafts = list(noise.drafts())
    for story in stories:
        teller = Teller(story, random.Random(f"{seed}/{story.slug}"), crowds, end=end)
        drafts += teller.drafts()
    last = end.timestamp()
    return (draft for draft in copied(drafts, crowds, random.Random(f"{seed}/copies")) if draft.at < last)


def _posts(drafts: Iterable[Draft], rng: random.Random) -> Iterator[XPost]:
    used: set[int] = set()
    for draft in drafts:
        post_id = snowflake(moment(draft.at), rng.getrandbits(SEQUENCE_BITS))
        while post_id in used:
            post_id += 1
        used.add(post_id)
        yield _post(post_id, draft, rng)


def _post(post_id: int, draft: Draft, rng: random.Random) -> XPost:
    """The post with its audience: views grow with followers and quality, the rest with views."""
    at = created_at(post_id)
    views = int((draft.author.followers**0.8 + 20) * draft.quality * rng.lognormvariate(0, 0.5))
    likes = int(views * rng.uniform(0.008, 0.03))
    return XPost(
        id=post_id,
        created_at=at,
        first_seen_at=at + _lateness(rng) if rng.random() < LATE else None,
        author=draft.author.handle,
        followers=draft.author.followers,
        text=draft.text,
        lang=draft.lang,
        likes=likes,
        reposts=int(likes * rng.uniform(0.05, 0.3)),
        replies=int(likes * rng.uniform(0.03, 0.25)),
        views=views,
        stance=draft.stance,
        story=draft.story,
    )


def _lateness(rng: random.Random) -> timedelta:
    return timedelta(minutes=min(720.0, 5 + rng.lognormvariate(3.3, 1.1)))
