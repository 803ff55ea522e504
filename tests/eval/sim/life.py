"""Hour by hour: plan, ask, think, decide; what the product does, without servers and without money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.profiles import PROFILES
from bot.sandbox.world import World, simulated_world
from core import plan
from core.alerts import confirmation
from core.alerts.builtin import plain, plain_expression
from core.alerts.candidate import Ground, remembered
from core.alerts.decide import candidates, decide
from core.alerts.firing import fired_of
from core.alerts.moment import Moment
from core.alerts.params import WAITS, AlertParams
from core.alerts.rules import evaluate
from core.models import Chat, ChatKind, Cycle, Firing, Score
from core.models.attention import Attention, Sensitivity
from core.models.rules import Crossing
from core.narratives.merging import survivor
from core.pipeline import Outcome, turn
from tests.eval.sim.grok import Grok
from tests.eval.sim.memory import Memory
from tests.eval.sim.plot import Plot, plot

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
_KNOBS = PROFILES["standard"]["cycle"]
PLAN = plan.PlanParams(
    every=HOUR,
    refreshes=_KNOBS["refresh_per_cycle"],
    extras_per_day=_KNOBS["extras_per_day"],
    backfills_per_day=_KNOBS["backfills_per_day"],
)
PARAMS = AlertParams()
KNOWN = 30  # narratives the question tells the model of
CHAT = Chat(id=1, kind=ChatKind.PRIVATE, subscribed=True, created_at=START)
ALLOWED = Attention(chat_id=CHAT.id, budget=50)  # what would be told if there were room for all of it


class Fired(NamedTuple):
    """An alert, and the planted story most of its narrative's posts of the day told."""

    firing: Firing
    about: str | None


class Carried(NamedTuple):
    """What the alerts of one hour leave for the next; kept up to date."""

    held: dict[str, datetime]  # when each narrative last waited for confirmation
    crossed: dict[tuple[str, str], Crossing]


class Life(NamedTuple):
    """One seed's days."""

    world: World
    plot: Plot
    memory: Memory
    fired: tuple[Fired, ...]
    stories: Mapping[str, str | None]  # post id → slug of the story it tells
    redirects: Mapping[str, str]
    end: datetime


def live(
    seed: int,
    *,
    days: int,
    params: AlertParams = PARAMS,
    plan_params: plan.PlanParams = PLAN,
) -> Life:
    """Every hour of `days` in a world of that seed."""
    story = plot(seed=seed, start=START, days=days)
    world = simulated_world(seed=seed, start=START, days=days, planted=story.planted)
    memory, fired, carried = Memory(), list[Fired](), Carried({}, {})
    stories = {str(post.id): post.story for post in world.posts}
    for outcome in turns(
        Grok(world, seed=seed), memory, start=START, hours=days * 24, plan_params=plan_params
    ):
        before = [f.firing for f in fired]
        made = alerts(memory, outcome, before, carried, params, earlier=memory.earlier)
        fired += [Fired(firing, _about(memory, firing, stories)) for firing in made]
    end = START + days * 24 * HOUR
    return Life(world, story, memory, tuple(fired), stories, memory.redirects(), end)


def turns(
    grok: Grok,
    memory: Memory,
    *,
    start: datetime,
    hours: int,
    plan_params: plan.PlanParams = PLAN,
    told: Mapping[str, Sequence[datetime]] | None = None,
) -> Iterator[Outcome]:
    """One turn each hour after `start`; what it leaves is in memory when it is handed out.

    `told` is when people were told of a narrative, to be kept up between the turns: it is looked at hourly
    until that is graded.
    """
    for hour in range(1, hours + 1):
        now = start + hour * HOUR
        alive = memory.live(now - timedelta(days=3))
        questions = plan.questions(
            plan_params,
            narratives=alive,
            scores={score.narrative_id: score for score in memory.latest},
            polls=memory.asked(now),
            now=now,
            told=told,
        )
        recent = [(n.slug, n.title) for n in alive if n.last_post_at >= now - timedelta(days=1)][:KNOWN]
        replies = [grok.reply(question, recent, now) for question in questions]
        cycle = Cycle(id=f"{hour:05d}", started_at=now, known_at=now, params_hash="sim")
        outcome = turn(memory.history(replies, now), replies, cycle=cycle, now=now)
        memory.keep(outcome)
        yield outcome


def alerts(
    memory: Memory,
    outcome: Outcome,
    before: Iterable[Firing],
    carried: Carried,
    params: AlertParams,
    *,
    earlier: Mapping[str, Score],
) -> list[Firing]:
    """Who would be told, as `bot/judging.py` has it."""
    redirects, now = memory.redirects(), outcome.cycle.known_at
    scores = {score.narrative_id: score for score in outcome.scores}
    moment = Moment(
        [memory.narratives[id] for id in scores], scores, now=now, before=earlier, redirects=redirects,
        waiting={id for id, at in carried.held.items() if now - at <= WAITS}, params=params,
    )  # fmt: skip
    rule = plain(CHAT.id, plain_expression(Sensitivity.STANDARD, params))
    found = evaluate([rule], moment, crossings=carried.crossed)
    carried.crossed.clear()
    carried.crossed.update(found.crossings)
    last, recent = remembered(map(fired_of, before), redirects, now)
    ground = Ground(
        now=now, cycle_id=outcome.cycle.id, chats={CHAT.id: CHAT}, params=params,
        attention={CHAT.id: ALLOWED}, common=outcome.common, redirects=redirects, last=last, recent=recent,
    )  # fmt: skip
    ruling = decide(candidates(found.hits, memory.narratives, scores), ground)
    waits = (d.narrative_id for d in ruling.decisions if d.reason == confirmation.REASON)
    carried.held.update(dict.fromkeys(waits, now))
    return ruling.firings


def _about(memory: Memory, firing: Firing, stories: Mapping[str, str | None]) -> str | None:
    redirects = memory.redirects()
    told = {
        m.post_id
        for m in memory.mentions.values()
        if survivor(m.narrative_id, redirects) == firing.narrative_id
        and m.created_at > firing.at - timedelta(days=1)
    }
    story, count = Counter(map(stories.get, told)).most_common(1)[0] if told else (None, 0)
    return story if 2 * count > len(told) else None
