"""Small facts for the storage tests: everything has a sensible value, each test says what matters to it."""

from datetime import UTC, datetime, timedelta

from core.models import (
    Chat,
    ChatKind,
    Cycle,
    Decision,
    DeliveryKind,
    Feedback,
    Firing,
    Mention,
    Narrative,
    Phase,
    Poll,
    Post,
    QuestionKind,
    Record,
    RecordKind,
    Score,
    Sighting,
    Signal,
    SpendEntry,
)
from core.models.rules import Level, Measure, Rule
from storage.deliveries import Planned

NOON = datetime(2026, 5, 4, 12, 0, 0, 123_457, tzinfo=UTC)  # a microsecond floats would lose
SECOND = timedelta(seconds=1)
EVER = NOON + timedelta(days=36500)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def post(id="100", **given):
    return Post(**{"id": id, "created_at": NOON, "known_at": NOON + SECOND} | given)


def cycle(id="c1", **given):
    return Cycle(**{"id": id, "started_at": NOON, "known_at": NOON, "params_hash": "h"} | given)


def poll(id="p1", **given):
    return Poll(
        **{
            "id": id,
            "cycle_id": "c1",
            "kind": QuestionKind.DISCOVER,
            "query": "lang:en",
            "mode": "Latest",
            "limit": 10,
            "since": NOON - HOUR,
            "until": NOON,
            "ok": True,
            "covered_from": NOON - HOUR,
            "known_at": NOON,
        }
        | given
    )


def sighting(post_id="100", poll_id="p1", known_at=NOON):
    return Sighting(poll_id, post_id, known_at)


def narrative(id="n1", **given):
    return Narrative(
        **{
            "id": id,
            "slug": f"slug-{id}",
            "title": f"Title of {id}",
            "query": "q",
            "first_seen_at": NOON,
            "earliest_post_at": NOON,
            "last_post_at": NOON,
        }
        | given
    )


def mention(narrative_id="n1", post_id="100", created_at=NOON, known_at=NOON, metered=False):
    return Mention(narrative_id, post_id, created_at, known_at, metered)


def score(narrative_id="n1", cycle_id="c1", **given):
    signal = Signal(value=0.5, confidence=0.25, n=3, as_of=NOON)
    return Score(
        **{
            "narrative_id": narrative_id,
            "cycle_id": cycle_id,
            "as_of": NOON,
            "rank": 1,
            "score": 61.7,
            "phase": Phase.EMERGING,
            "phase_since": NOON,
            "leaning": Phase.EMERGING,
            "momentum": signal,
            "velocity": signal,
            "sentiment": signal,
            "breadth": signal,
            "surprise": 3.1,
            "ratio": 4.2,
            "baseline_per_hour": 0.3,
            "posts_24h": 9,
            "authors_24h": 7,
        }
        | given
    )


def chat(id=1, **given):
    return Chat(**{"id": id, "kind": ChatKind.PRIVATE, "created_at": NOON} | given)


def decision(narrative_id="n1", chat_id=None, **given):
    return Decision(
        **{
            "cycle_id": "c1",
            "narrative_id": narrative_id,
            "rule": "moving",
            "chat_id": chat_id,
            "fired": False,
            "reason": "warm-up",
            "at": NOON,
            "surprise": 1.5,
        }
        | given
    )


def firing(id="f1", chat_id=1, **given):
    return Firing(
        **{
            "id": id,
            "chat_id": chat_id,
            "narrative_id": "n1",
            "rule": "moving",
            "cycle_id": "c1",
            "at": NOON,
            "surprise": 3.5,
            "phase": Phase.ACCELERATING,
            "facts": {"ratio": 4.2, "why": ["a"]},
        }
        | given
    )


def record(id="r1", **given):
    return Record(
        **{
            "id": id,
            "kind": RecordKind.ALERT,
            "narrative_id": "n1",
            "cycle_id": "c1",
            "at": NOON,
            "rule": "plain",
            "baseline": 1.5,
            "ratio": 4.2,
            "surprise": 3.5,
            "confidence": 0.7,
            "shown": 0.6,
            "params_hash": "h",
            "evidence": ("100", "101"),
        }
        | given
    )


def opinion(verdict="up", **given):
    fields = {"chat_id": 1, "firing_id": "f1", "user_id": 7, "narrative_id": "n1", "rule": "plain"}
    return Feedback(**({"verdict": verdict, "tickers": ("ABC",), "at": NOON} | fields | given))


def planned(cause="firing:f1", chat_id=1, **given):
    return Planned(
        **{
            "cause": cause,
            "chat_id": chat_id,
            "kind": DeliveryKind.NEW,
            "thread_id": None,
            "payload": {"title": "故事"},
            "priority": 10,
            "due_at": NOON,
            "expires_at": None,
            "firing_ids": (),
        }
        | given
    )


def entry(id="e1", **given):
    return SpendEntry(**{"id": id, "at": NOON, "purpose": "discover", "reserved_ticks": 100} | given)


def rule(id="r1", chat_id=1, **given):
    level = Level(kind="above", measure=Measure.MOMENTUM, value=3.0)
    return Rule(**{"id": id, "chat_id": chat_id, "expression": level, "created_at": NOON} | given)
