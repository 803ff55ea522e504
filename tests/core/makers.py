"""Small facts for tests, with every field that does not matter filled in."""

from datetime import UTC, datetime, timedelta

from core.models import Change, Chat, ChatKind, Narrative, Phase, Poll, QuestionKind, Score, Signal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def signal(value=0.5, confidence=0.6, n=20, as_of=NOW):
    return Signal(value=value, confidence=confidence, n=n, as_of=as_of)


def narrative(id="a1", **fields):
    base = {
        "id": id,
        "slug": f"story-{id}",
        "title": f"Story {id}",
        "query": f'"story {id}"',
        "first_seen_at": NOW - 5 * 24 * HOUR,
        "earliest_post_at": NOW - 5 * 24 * HOUR,
        "last_post_at": NOW,
    }
    return Narrative(**(base | fields))


def change(ratio=2.0, confidence=0.6, posts=20, authors=15, coverage=1.0):
    return Change(ratio=ratio, confidence=confidence, posts=posts, authors=authors, coverage=coverage)


def score(narrative_id="a1", **fields):
    as_of = fields.get("as_of", NOW)
    base = {
        "narrative_id": narrative_id,
        "cycle_id": f"c{as_of:%d%H}",
        "as_of": as_of,
        "rank": 1,
        "score": 50.0,
        "phase": Phase.EMERGING,
        "phase_since": as_of,
        "leaning": Phase.EMERGING,
        "momentum": signal(0.7, as_of=as_of),
        "velocity": signal(as_of=as_of),
        "sentiment": signal(as_of=as_of),
        "breadth": signal(confidence=None, as_of=as_of),
        "surprise": 3.5,
        "ratio": 2.5,
        "baseline_per_hour": 1.0,
        "changes": {"24h": change()},
        "posts_24h": 20,
        "authors_24h": 15,
        "history_hours": 100.0,
        "evidence": ("100", "101", "102"),
    }
    return Score(**(base | fields))


def chat(id=1, **fields):
    base = {"id": id, "kind": ChatKind.PRIVATE, "subscribed": True, "created_at": NOW}
    return Chat(**(base | fields))


def poll(kind=QuestionKind.DISCOVER, until=NOW, **fields):
    base = {
        "id": f"p{until:%d%H}{fields.get('narrative_id', '')}{fields.get('query', 'q')}",
        "cycle_id": "c",
        "kind": kind,
        "query": "q",
        "mode": "Latest",
        "limit": 10,
        "since": until - HOUR,
        "until": until,
        "ok": True,
        "covered_from": until - HOUR,
        "known_at": until,
    }
    return Poll(**(base | fields))
