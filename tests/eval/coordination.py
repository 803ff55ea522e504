"""What coordination says of planted stories: bought pumps against all others, none of it tuned on them.

Every story of simulated worlds, hour by hour through its first day; a pump has most of its posts from seven
accounts that act together. `full` sees all posts, `k10` the ten newest of each hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bot.sandbox.world import World, XPost, simulated_world
from core.copies import families
from core.models import Mention
from core.signals.coordination import coordinations

START = datetime(2026, 11, 2, tzinfo=UTC)
SEEDS, DAYS = (3, 5, 8), 9
HOUR, DAY = timedelta(hours=1), 24
SEEN = {"full": 10**6, "k10": 10}  # posts an hour


def figures() -> dict[str, float]:
    """Share of the stories that looked medium or worse, high or worse, at some hour of their first day."""
    worlds = [simulated_world(seed=seed, start=START, days=DAYS) for seed in SEEDS]
    found: dict[str, float] = {}
    for name, most in SEEN.items():
        worst = [pair for world in worlds for pair in _worst(world, most)]
        for who, bought in (("pumps", True), ("honest", False)):
            values = [value for is_bought, value in worst if is_bought is bought]
            found[f"coordination_{who}_medium_{name}"] = sum(v >= 0.3 for v in values) / len(values)
            found[f"coordination_{who}_high_{name}"] = sum(v >= 0.6 for v in values) / len(values)
    return found


def _worst(world: World, most: int) -> Iterator[tuple[bool, float]]:
    """Each story: whether it is bought, and how coordinated it looked at its worst."""
    told: dict[str, list[XPost]] = defaultdict(list)
    for post in world.posts:
        if post.story:
            told[post.story].append(post)
    for story in world.planted:
        if posts := told[story.slug]:
            seen = list(_seen(posts, most))
            first = posts[0].created_at
            days = [[m for m in seen if m.created_at <= first + hour * HOUR] for hour in range(1, DAY + 1)]
            judged = [each.value for each in coordinations(days) if each.value is not None]
            yield story.bot_share > 0, max(judged, default=0.0)


def _seen(posts: Sequence[XPost], most: int) -> Iterator[Mention]:
    hours: dict[int, list[XPost]] = defaultdict(list)
    for post in posts:
        hours[(post.created_at - posts[0].created_at) // HOUR].append(post)
    seen = [post for each in hours.values() for post in each[-most:]]
    for post, family in zip(seen, families([post.text for post in seen]), strict=True):
        at = post.created_at
        yield Mention("told", str(post.id), at, at, True, post.author, signature=family + 1)


if __name__ == "__main__":
    print(*(f"{name:<32} {value:.3f}" for name, value in figures().items()), sep="\n")
