"""Hour by hour: plan, ask, think, decide; what the product does, without servers and without money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.profiles import PROFILES
from bot.sandbox.world import World, simulated_world
from core import plan
from core.alerts import decide
from core.models import Chat, ChatKind, Cycle, Firing
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
PARAMS = decide.AlertParams()
KNOWN = 30  # narratives the question tells the model of
CHAT = Chat(id=1, kind=ChatKind.PRIVATE, subscribed=True, created_at=START)


class Fired(NamedTuple):
    """An alert, and the planted story most of its narrative's posts of the day told."""

    firing: Firing
    about: str | None


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
    params: decide.AlertParams = PARAMS,
    plan_params: plan.PlanParams = PLAN,
) -> Life:
    """Every hour of `days` in a world of that seed."""
    story = plot(seed=seed, start=START, days=days)
    world = simulated_world(seed=seed, start=START, days=days, planted=story.planted)
    grok, memory, fired, held = Grok(world, seed=seed), Memory(), list[Fired](), dict[str, datetime]()
    stories = {str(post.id): post.story for post in world.posts}
    for hour in range(1, days * 24):
        now = START + hour * HOUR
        alive = memory.live(now - timedelta(days=3))
        questions = plan.questions(
            plan_params,
            narratives=alive,
            scores={score.narrative_id: score for score in memory.latest},
            polls=memory.asked(now),
            now=now,
        )
        recent = [(n.slug, n.title) for n in alive if n.last_post_at >= now - timedelta(days=1)][:KNOWN]
        replies = [grok.reply(question, recent, now) for question in questions]
        cycle = Cycle(id=f"{hour:05d}", started_at=now, known_at=now, params_hash="sim")
        outcome = turn(memory.history(replies, now), replies, cycle=cycle, now=now)
        memory.keep(outcome)
        alerts = _alerts(memory, outcome, [f.firing for f in fired], held, params)
        fired += [Fired(firing, _about(memory, firing, stories)) for firing in alerts]
    end = START + days * 24 * HOUR
    return Life(world, story, memory, tuple(fired), stories, memory.redirects(), end)


def _alerts(
    memory: Memory,
    outcome: Outcome,
    before: Iterable[Firing],
    held: dict[str, datetime],
    params: decide.AlertParams,
) -> list[Firing]:
    """Who would be told, as `bot/judging.py` has it; what a merged one fired counts for its survivor.

    `held` is when each narrative last waited for confirmation; it is kept up to date.
    """
    redirects = memory.redirects()
    last = {(CHAT.id, survivor(firing.narrative_id, redirects)): firing for firing in before}
    made: list[Firing] = []
    for score in outcome.scores:
        narrative = memory.narratives[score.narrative_id]
        lately = score.as_of - held.get(narrative.id, START) <= decide.WAITS
        verdict = decide.judge(
            score, narrative, params, outcome.common, waiting=narrative.id in held and lately
        )
        if verdict and verdict.reason == decide.CONFIRMATION:
            held[narrative.id] = score.as_of
        if verdict:
            made += decide.decide(score, narrative, verdict, chats=[CHAT], last=last, params=params)[1]
    return made


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
