"""Small worlds for signal tests: counts to panels, posts and polls with ids that carry their time."""

from datetime import UTC, datetime, timedelta

import numpy as np

from core.models import Mention, Poll, QuestionKind
from core.signals import Panel, build
from core.signals.log import Log
from core.signals.segments import sampled

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def counts(n, tau=None, now=NOW):
    """A panel of fully observed (or given) buckets."""
    n = np.atleast_2d(np.asarray(n, dtype=float))
    return Panel.of_counts(
        n, np.ones(n.shape) if tau is None else np.atleast_2d(np.asarray(tau, float)), now=now
    )


def steady(rate, hours=336, last=()):
    """A constant hourly count with other counts in the last hours."""
    n = np.full(hours, float(rate))
    n[hours - len(last) :] = last
    return n


def mention(number, age, *, late=0.1, narrative="a", **fields):
    """Post `number`, created `age` hours before NOW, known `late` hours after it was created."""
    created = NOW - age * HOUR
    base = {"metered": True, "author": f"author{number}", "stance": None, "signature": 0}
    return Mention(narrative, str(10**18 + number), created, created + late * HOUR, **(base | fields))


def poll(since, until=0.0, *, narrative="a", kind=QuestionKind.REFRESH, number=0, **fields):
    """A poll that covered from `since` to `until` hours before NOW."""
    start, end = NOW - since * HOUR, NOW - until * HOUR
    base = {"covered_from": start, "known_at": end, "ok": True, "query": "q", "mode": "Latest"}
    return Poll(
        id=f"p{number}.{since}.{until}", cycle_id="c", kind=kind, narrative_id=narrative,
        limit=10, since=start, until=end, **(base | fields),
    )  # fmt: skip


def built(mentions, polls, *, ids=("a",), discovered=(), now=NOW, hours=72, counts=()):
    return build(ids, log(mentions, polls, discovered, counts), now=now, hours=hours)


def log(mentions=(), polls=(), discovered=(), counts=(), **fields):
    """The observation log of these facts."""
    return Log.of(mentions, sampled(polls), counts, discovered, **fields)
