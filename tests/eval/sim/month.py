"""A month lived once, kept hour by hour: what every bot that is put on trial gets to see, and what was true.

The world is polled as in `life.turns`, the standard profile's plan; what the plain subscription tells when
nothing limits it is looked at hourly until it is graded, as anything told is.

- A narrative is *about* a story when most of the posts of its last 24 h tell it (as in `grade`).
- A story is *loud* from its onset until 24 h after the first poll at which enough was written of it for the
  evidence gate; a part that splits off is for 24 h. A bought pump never is.
- An onset is *due* if that poll came, 24 h before the end, after INTERN's warm-up of two days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.sandbox.world import World, simulated_world
from core.alerts.preview import Turn
from core.alerts.shadows import DAYS, Volume
from core.models import Firing, Score
from core.narratives.merging import survivor
from core.pipeline import Outcome
from tests.eval.sim import life
from tests.eval.sim.grade import IN_TIME, told_enough
from tests.eval.sim.grok import Grok
from tests.eval.sim.life import HOUR, START
from tests.eval.sim.memory import Memory
from tests.eval.sim.plot import Plot, plot

DAY = timedelta(days=1)
WARM_UP = 2 * DAY  # before it nothing is counted, of any bot


class Hour(NamedTuple):
    """One turn, what a bot that only counts makes of its polls, and the truth about its narratives."""

    turn: Turn
    volumes: Mapping[str, Volume]
    about: Mapping[str, str | None]  # narrative → slug of the planted story it is about

    @property
    def scores(self) -> dict[str, Score]:
        return {score.narrative_id: score for score in self.turn.scores}


class Loud(NamedTuple):
    """A story's loud time. `due`: the first poll at which it could be told; None: nobody is expected to."""

    story: str
    tickers: tuple[str, ...]
    since: datetime
    until: datetime
    due: datetime | None


class Month(NamedTuple):
    """Everything that happened; counted is what happened in [`begin`, `end`)."""

    hours: Sequence[Hour]
    loud: Sequence[Loud]
    memory: Memory
    begin: datetime
    end: datetime

    @property
    def days(self) -> float:
        return (self.end - self.begin) / DAY


def lived(seed: int, days: int) -> Month:
    """`days` that count, after the warm-up."""
    end = START + WARM_UP + days * DAY
    length = (end - START) // DAY
    story = plot(seed=seed, start=START, days=length)
    world = simulated_world(seed=seed, start=START, days=length, planted=story.planted)
    memory = Memory()
    stories = {str(post.id): post.story for post in world.posts}
    hours = list(looked(_turns(world, seed, length, memory), memory, stories))
    return Month(hours, list(loud(world, story, end)), memory, START + WARM_UP, end)


def _turns(world: World, seed: int, days: int, memory: Memory) -> Iterator[Outcome]:
    """The turns, each told of by an unlimited plain subscription so that the next ones look at it."""
    fired, carried = list[Firing](), life.Carried({}, {})
    told: dict[str, list[datetime]] = defaultdict(list)
    for outcome in life.turns(Grok(world, seed=seed), memory, start=START, hours=days * 24, told=told):
        made = life.alerts(memory, outcome, fired, carried, life.PARAMS, earlier=memory.earlier)
        fired += made
        for firing in made:
            told[firing.narrative_id].append(firing.at)
        yield outcome


def looked(outcomes: Iterable[Outcome], memory: Memory, stories: Mapping[str, str | None]) -> Iterator[Hour]:
    """Each turn as it is known when it ends; `memory` holds what the outcomes left so far."""
    for outcome in outcomes:
        now, redirects = outcome.cycle.known_at, memory.redirects()
        turn = Turn(
            cycle_id=outcome.cycle.id,
            at=now,
            scores=outcome.scores,
            narratives={s.narrative_id: memory.narratives[s.narrative_id] for s in outcome.scores},
            redirects=redirects,
            said=_said(outcome),
            common=outcome.common,
        )
        yield Hour(turn, *_counted(memory, turn, stories))


def _said(outcome: Outcome) -> dict[str, str]:
    """What posts say that nobody had found before, by narrative."""
    now = outcome.cycle.known_at
    new = {post.id: post.text for post in outcome.posts if post.known_at == now and post.text}
    found: dict[str, list[str]] = defaultdict(list)
    for mention in sorted(outcome.mentions, key=lambda m: (m.narrative_id, m.post_id)):
        if mention.known_at == now and mention.post_id in new:
            found[mention.narrative_id].append(new[mention.post_id])
    return {id: "\n".join(texts) for id, texts in found.items()}


def _counted(
    memory: Memory, turn: Turn, stories: Mapping[str, str | None]
) -> tuple[dict[str, Volume], dict[str, str | None]]:
    """Posts found of each narrative that is scored, by day, and what most of the last day's tell."""
    leads = {id: survivor(id, turn.redirects) for id in memory.narratives}
    days = {id: [0] * DAYS for id in turn.narratives}
    hour, told = Counter[str](), defaultdict[str, Counter[str | None]](Counter)
    for (narrative_id, post_id), mention in memory.mentions.items():
        id, back = leads[narrative_id], (turn.at - mention.created_at) // DAY
        if id in days and 0 <= back < DAYS:
            days[id][back] += 1
            hour[id] += mention.created_at > turn.at - HOUR
            if back == 0:
                told[id][stories.get(post_id)] += 1
    about = {id: _most(each) for id, each in told.items()}
    return {id: Volume(hour[id], tuple(each)) for id, each in days.items()}, about


def _most(told: Counter[str | None]) -> str | None:
    story, count = told.most_common(1)[0]
    return story if 2 * count > told.total() else None


def loud(world: World, story: Plot, end: datetime) -> Iterator[Loud]:
    """All loud times of a world; those whose beginning cannot be told within the counted days are not due."""
    for planted, since in story.onsets():
        gate = told_enough(world, planted, since, end)
        due = gate is not None and gate >= START + WARM_UP and gate + IN_TIME < end
        yield Loud(planted.slug, planted.tickers, since, (gate or since) + IN_TIME, gate if due else None)
    for turn in story.splits:
        yield Loud(turn.part, (), turn.at, turn.at + IN_TIME, None)
