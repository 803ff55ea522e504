"""Rules for tests: strategies for any of them, and small facts with everything else filled in."""

from datetime import date

from hypothesis import strategies as st

from core.models import Phase
from core.models.attention import Attention
from core.models.rules import (
    CONDITIONS,
    WINDOWED,
    All,
    AnyOf,
    Channel,
    Cross,
    Keyword,
    Level,
    Measure,
    Move,
    NewStory,
    NoneOf,
    PhaseChange,
    Rule,
    Scope,
    Spec,
    Top,
    largest,
    leaves,
)
from tests.core.makers import HOUR, NOW

SLUGS = {"ai-agents": "a1", "wallet-x": "b2"}
TOPICS = ("zk proofs", "perp dex")
spans = st.sampled_from(["1h", "4h", "24h", "7d"])
phases = st.sampled_from(Phase)


@st.composite
def measured(draw):
    measure = draw(st.sampled_from(Measure))
    return measure, draw(st.none() | spans) if measure in WINDOWED else None


def amounts(measure):
    top = int(min(largest(measure), 1000) * 10_000)
    return st.integers(0, top).map(lambda n: n / 10_000)


@st.composite
def levels(draw):
    measure, window = draw(measured())
    return Level(
        kind=draw(st.sampled_from(["above", "below"])), measure=measure, window=window,
        value=draw(amounts(measure)), inclusive=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def moves(draw):
    measure, window = draw(measured())
    percent = draw(st.integers(1, 1000)) / 10
    return Move(
        kind=draw(st.sampled_from(["up", "down"])), measure=measure, window=window, percent=percent,
        over=draw(spans),
    )  # fmt: skip


@st.composite
def two_sided(draw):
    measure, window = draw(measured())
    low, high = sorted(draw(st.lists(amounts(measure), min_size=2, max_size=2, unique=True)))
    kind = draw(st.sampled_from(["crosses above", "crosses below", "inside", "outside"]))
    if kind in ("inside", "outside"):
        return Channel(kind=kind, measure=measure, window=window, low=low, high=high)
    value, rearm = (high, low) if kind == "crosses above" else (low, high)
    return Cross(
        kind=kind, measure=measure, window=window, value=value, rearm=draw(st.none() | st.just(rearm))
    )


@st.composite
def phase_changes(draw):
    to, was = draw(st.none() | phases), draw(st.none() | phases)
    return PhaseChange(to=to, was=None if was is to else was)


tops = st.builds(
    Top, kind=st.sampled_from(["enters top", "leaves top"]), count=st.integers(1, 50),
    window=st.none() | spans,
)  # fmt: skip
keywords = st.sampled_from(["hack", "rug pull", "黑客", "New York", "and or", "50%"]).map(
    lambda text: Keyword(text=text)
)
conditions = levels() | moves() | two_sided() | tops | st.just(NewStory()) | phase_changes() | keywords


def _groups(parts, least=2):
    several = st.lists(parts, min_size=least, max_size=3).map(tuple)
    return st.builds(All, of=several) | st.builds(AnyOf, of=several)


def _next(parts):
    return _groups(parts) | st.builds(NoneOf, of=st.lists(parts, min_size=1, max_size=2).map(tuple))


_one = conditions | _next(conditions)
_two = _one | _next(_one)
expressions = (_two | _next(_two)).filter(lambda tree: sum(1 for _ in leaves(tree)) <= CONDITIONS)

scopes = st.sampled_from(
    [
        Scope(), Scope(kind="watchlist"), Scope(kind="token", name="SOL"), Scope(kind="token", name="1INCH"),
        Scope(kind="topic", name=TOPICS[0]), Scope(kind="narrative", name="ai-agents", narrative_id="a1"),
    ]
)  # fmt: skip
days = st.dates(date(2026, 1, 1), date(2030, 1, 1))
specs = st.builds(
    Spec, expression=expressions, scope=scopes, once=st.booleans(), urgent=st.booleans(),
    cooldown_hours=st.none() | st.integers(1, 720), until=st.none() | days,
)  # fmt: skip


def rule(spec, id="r1", chat_id=1, **fields):
    base = {"id": id, "chat_id": chat_id, "created_at": NOW - 24 * 30 * HOUR}
    return Rule(**{name: getattr(spec, name) for name in Spec.model_fields}, **(base | fields))


def attention(chat_id=1, **fields):
    return Attention(chat_id=chat_id, **fields)
