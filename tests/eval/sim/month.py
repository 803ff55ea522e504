"""A month lived once, kept hour by hour: what every bot that is put on trial gets to see, and what was true.

The world is `plot`'s, with bought breakouts and wild days as often as X has them (`wild.py`). It is polled as
in `life.turns`, the standard profile's plan; what the plain subscription tells when nothing limits it is
looked at hourly until it is graded, as anything told is.

- A narrative is *about* a story when most of the posts of its last 24 h tell it (as in `grade`).
- A story is *loud* from its onset until 24 h after the first poll at which enough was written of it for the
  evidence gate; a part that splits off is for 24 h. A bought pump never is; the market as a whole is for
  24 h of a wild day.
- An onset is *due* if that poll came, 24 h before the end, after INTERN's warm-up of two days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.sandbox.world import World, simulated_world
from core.alerts.preview import Turn
from core.models import Firing, Score
from core.narratives.merging import survivor
from core.pipeline import Outcome
from tests.eval.sim import life
from tests.eval.sim.grade import IN_TIME, told_enough
from tests.eval.sim.grok import Grok
from tests.eval.sim.life import START
from tests.eval.sim.memory import Memory
from tests.eval.sim.plot import Plot, plot
from tests.eval.sim.tickers import Talk, Tickers, most
from tests.eval.sim.wild import pumps, surges

DAY = timedelta(days=1)
WARM_UP = 2 * DAY  # before it nothing is counted, of any bot
MARKET = "the market"  # what is loud on a wild day


class Hour(NamedTuple):
    """One turn, what a bot that only counts makes of its answers, and the truth about its narratives."""

    turn: Turn
    tickers: Mapping[str, Talk]
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
    bought = tuple(pumps(story.planted, seed=seed, start=START, days=length))
    wild = surges(seed=seed, start=START, days=length)
    world = simulated_world(
        seed=seed, start=START, days=length, planted=(*story.planted, *bought), surges=wild
    )
    memory = Memory()
    stories = {str(post.id): post.story for post in world.posts}
    hours = list(looked(_turns(world, seed, length, memory), memory, Tickers(world.posts), stories))
    told = [*loud(world, story, end), *(Loud(MARKET, (), s.begin, s.begin + DAY, None) for s in wild)]
    return Month(hours, told, memory, START + WARM_UP, end)


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


def looked(
    outcomes: Iterable[Outcome], memory: Memory, tickers: Tickers, stories: Mapping[str, str | None]
) -> Iterator[Hour]:
    """Each turn as it is known when it ends; `memory` holds what the outcomes left so far."""
    for outcome in outcomes:
        tickers.add(outcome)
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
        yield Hour(turn, tickers.heard(now), _about(memory, turn, stories))


def _said(outcome: Outcome) -> dict[str, str]:
    """What posts say that nobody had found before, by narrative."""
    now = outcome.cycle.known_at
    new = {post.id: post.text for post in outcome.posts if post.known_at == now and post.text}
    found: dict[str, list[str]] = defaultdict(list)
    for mention in sorted(outcome.mentions, key=lambda m: (m.narrative_id, m.post_id)):
        if mention.known_at == now and mention.post_id in new:
            found[mention.narrative_id].append(new[mention.post_id])
    return {id: "\n".join(texts) for id, texts in found.items()}


def _about(memory: Memory, turn: Turn, stories: Mapping[str, str | None]) -> dict[str, str | None]:
    """What most of the last day's posts of each narrative that is scored tell."""
    told = defaultdict[str, Counter[str | None]](Counter)
    for (narrative_id, post_id), mention in memory.mentions.items():
        lead = survivor(narrative_id, turn.redirects)
        if lead in turn.narratives and turn.at - DAY < mention.created_at <= turn.at:
            told[lead][stories.get(post_id)] += 1
    return {id: most(each) for id, each in told.items()}


def loud(world: World, story: Plot, end: datetime) -> Iterator[Loud]:
    """All loud times of a world; those whose beginning cannot be told within the counted days are not due."""
    for planted, since in story.onsets():
        gate = told_enough(world, planted, since, end)
        due = gate is not None and gate >= START + WARM_UP and gate + IN_TIME < end
        yield Loud(planted.slug, planted.tickers, since, (gate or since) + IN_TIME, gate if due else None)
    for turn in story.splits:
        yield Loud(turn.part, (), turn.at, turn.at + IN_TIME, None)
