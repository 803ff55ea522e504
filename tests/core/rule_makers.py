"""Rules for tests: strategies for any of them, and small facts with everything else filled in."""

from datetime import date

from hypothesis import strategies as st

from core.alerts import decide, market
from core.alerts.builtin import plain, plain_expression
from core.alerts.candidate import Ground, inherited, remembered
from core.alerts.moment import Moment
from core.alerts.params import AlertParams
from core.alerts.rules import evaluate
from core.models import Fired, Phase
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

PARAMS = AlertParams()
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


def fired(chat_id=1, rule="plain", narrative_id="a1", **fields):
    base = {"cycle_id": "c0", "at": NOW - HOUR, "surprise": 3.5, "phase": Phase.EMERGING}
    return Fired(chat_id=chat_id, rule=rule, narrative_id=narrative_id, **(base | fields))


def subscriptions(chats, allows, params=PARAMS):
    return [
        plain(c.id, plain_expression(allows.get(c.id, attention(c.id)).sensitivity, params))
        for c in chats
        if c.subscribed
    ]


def judged(
    scores, narratives, chats, last=(), *, rules=(), allows=(), common=None, now=NOW, cycle_id="c1",
    redirects=None, crossings=None, tastes=None, **moment,
):  # fmt: skip
    """One turn of the whole engine: evaluate, then decide. Returns the ruling."""
    allows = {each.chat_id: each for each in allows}
    by_id = {s.narrative_id: s for s in scores}
    known = {n.id: n for n in narratives}
    looked = Moment(narratives, by_id, now=now, redirects=redirects, **moment)
    wanted = [*subscriptions(chats, allows), *rules]
    found = evaluate(
        wanted, looked, crossings=crossings, watched={id: each.watch for id, each in allows.items()}
    )
    if crossings is not None:
        crossings.clear()
        crossings.update(found.crossings)
    newest, recent = remembered(last, redirects or {}, now)
    parts = {n.id: (n.split_from, n.first_seen_at) for n in narratives if n.split_from}
    newest = inherited(newest, recent, parts, redirects or {})
    ground = Ground(
        now=now, cycle_id=cycle_id, chats={c.id: c for c in chats}, params=PARAMS, attention=allows,
        common=common, redirects=redirects or {}, last=newest, recent=recent, tastes=tastes or {},
    )  # fmt: skip
    made = decide.candidates(found.hits, known, by_id)
    if common is not None:
        ids = [c.id for c in chats if c.subscribed]
        made += market.candidates(common, scores=scores, narratives=known, chat_ids=ids, at=now)
    return decide.decide(made, ground)
