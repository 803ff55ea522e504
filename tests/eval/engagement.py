"""Does engagement velocity tell fast posts from young ones? On posts whose likes were read again and again.

Over every three looks at a post (engagement = likes, reposts, replies; a look without any is a missing
one), at least 15 minutes apart and within a day: `engagement_bias` is the middle excess of the first
stretch, in nats per hour (0: age explains what it should), beside that of growth as it is;
`engagement_persistence` is the rank correlation of a stretch's excess with the next one's. Nothing here is
fitted to these posts: the growth curve's exponent comes from the retweet cascades' first part (`python -m
tests.eval.engagement` computes it anew).
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from core.signals.engagement import excess, reacted

FOLDER, CASCADES = "x_engagement_snapshots_2026", "retweet_cascades_2018"
APART, DAY = 0.25, 24.0  # hours
AGES = ((0.25, 1.25), (0.5, 1.5), (1.0, 2.0), (1.0, 4.0), (2.0, 6.0), (4.0, 8.0), (4.0, 24.0))
Look = tuple[float, float]  # age in hours, engagement


def figures(data: Path) -> dict[str, float]:
    """The figures above; nothing where the data are absent."""
    path = next(iter(sorted((data / FOLDER).glob("*.jsonl.gz"))), None)
    triples = np.array([t for looks in histories(path) for t in _triples(looks)]) if path else np.zeros(0)
    if not len(triples):
        print(f"skipped: no posts seen three times in {data / FOLDER}")
        return {}
    (a1, e1), (a2, e2), (a3, e3) = (triples[:, i].T for i in range(3))
    first, second = excess(e1, e2, a1, a2), excess(e2, e3, a2, a3)
    plain = (np.log1p(e2) - np.log1p(e1)) / (a2 - a1)
    print(f"engagement: {len(triples)} stretches, middle growth {np.median(plain):.3f} nats/h as it is")
    return {
        "engagement_bias": float(np.median(first)),
        "engagement_bias_unaged": float(np.median(plain)),
        "engagement_persistence": float(spearmanr(first, second)[0]),
    }


def histories(path: Path) -> Iterator[list[Look]]:
    """Each post's looks that show any engagement, youngest first, never falling."""
    posts: dict[str, set[Look]] = defaultdict(set)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            age = _hours(row["snapshot_at"]) - _hours(row["created_at"])
            total = sum(row.get(kind) or 0 for kind in ("likes", "retweets", "replies"))
            if total and age > 0.0:
                posts[row["post_id"]].add((age, float(total)))
    for looks in posts.values():
        kept: list[Look] = []
        for age, total in sorted(looks):
            if not kept or (age - kept[-1][0] >= APART and total >= kept[-1][1]):
                kept.append((age, total))
        yield kept


def _hours(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() / 3600.0


def _triples(looks: list[Look]) -> Iterator[tuple[Look, Look, Look]]:
    return (t for t in zip(looks, looks[1:], looks[2:], strict=False) if t[2][0] - t[0][0] <= DAY)


def reach(path: Path) -> float:
    """The exponent by which posts outgrow the kernel: the middle one of cascades, between some ages."""
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            hours = np.array(row["offsets_s"]) / timedelta(hours=1).total_seconds()
            for young, old in AGES:
                before, after = (hours <= young).sum(), (hours <= old).sum()
                if len(hours) >= 10 and before >= 3:
                    expected = before * reacted(np.array([old])) / reacted(np.array([young]))
                    found.append((np.log1p(after) - np.log1p(expected[0])) / np.log(old / young))
    return float(np.median(found))


if __name__ == "__main__":
    from tests.eval.__main__ import DATA

    print(f"exponent {reach(DATA / CASCADES / 'train.jsonl.gz'):.2f}")
    print(figures(DATA))
