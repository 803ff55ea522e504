"""The bots on trial: INTERN's own engine, and two that count what they find; one attention for all.

A rival counts tickers (`tickers.py`) and tells a chat every one it wants whose strength
(`core.alerts.shadows`) is at least its threshold and of which three posts were found in 24 h, the strongest
first. It has the same lists, silences, quiet hours, budget and cooldown of 24 h per chat and ticker; nothing
it told is told again for having grown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from core.alerts import budget, confirmation, market, quiet
from core.alerts.builtin import plain, plain_expression
from core.alerts.candidate import RECENT, Candidate, Ground, inherited, remembered
from core.alerts.conditions import Crossings
from core.alerts.decide import candidates, decide
from core.alerts.firing import fired_of
from core.alerts.moment import Moment
from core.alerts.params import WAITS, AlertParams
from core.alerts.preview import Turn
from core.alerts.rules import Found, evaluate
from core.alerts.shadows import COOLDOWN, LEAST, Volume, change
from core.models import Fired, Firing, Phase, RecordKind
from core.models.attention import Kind, Sensitivity
from core.models.rules import SPANS, Rule, Span
from tests.eval.sim.habits import Habit
from tests.eval.sim.month import Hour
from tests.eval.sim.tickers import Talk

BACK: Span = "4h"  # the one that the habits' rules look back by
TURNS_BACK = 6  # kept, so that one about 4 h old is among them
COUNTING = AlertParams(escalation=1e9, cooldown=COOLDOWN)


class Intern:
    """Rules, decisions and memory as `bot/judging.py` has them, for all chats at once."""

    def __init__(self, habits: Sequence[Habit], params: AlertParams | None = None) -> None:
        self.firings: list[Firing] = []
        self._params = params or AlertParams()
        self._habits = {habit.chat.id: habit for habit in habits}
        self._plain = {each: plain_expression(each, self._params) for each in Sensitivity}
        self._rules = [rule for habit in habits for rule in self._of(habit)]
        self._watched = {habit.chat.id: habit.allows.watch for habit in habits}
        self._past: deque[Hour] = deque(maxlen=TURNS_BACK)
        self._crossings: Crossings = {}
        self._held: dict[str, datetime] = {}  # narrative → when it last waited for confirmation
        self._fired: list[Fired] = []

    def _of(self, habit: Habit) -> Iterator[Rule]:
        if habit.chat.subscribed:
            yield plain(habit.chat.id, self._plain[habit.allows.sensitivity])
        yield from habit.rules

    def look(self, hour: Hour) -> None:
        """The next turn."""
        turn = hour.turn
        found = evaluate(
            self._rules, self._moment(hour), crossings=self._crossings, watched=self._watched,
            kept=self._plain.values(),
        )  # fmt: skip
        self._crossings = found.crossings
        ruling = decide(self._candidates(hour, found), self._ground(turn, found))
        waits = (d.narrative_id for d in ruling.decisions if d.reason == confirmation.REASON)
        self._held |= dict.fromkeys(waits, turn.at)
        self._rules = [rule for rule in self._rules if rule.id not in ruling.done]
        self._fired += map(fired_of, ruling.firings)
        self.firings += ruling.firings
        self._past.append(hour)

    def _moment(self, hour: Hour) -> Moment:
        turn = hour.turn
        loud = confirmation.listened(turn.scores, self._params)
        back = [past for past in self._past if past.turn.at <= turn.at - SPANS[BACK]]
        return Moment(
            list(turn.narratives.values()),
            hour.scores,
            now=turn.at,
            before=self._past[-1].scores if self._past else None,
            ago={BACK: back[-1].scores if back else {}},
            said=turn.said,
            waiting={id for id in loud if id in self._held and turn.at - self._held[id] <= WAITS},
            redirects=turn.redirects,
            params=self._params,
        )

    def _candidates(self, hour: Hour, found: Found) -> list[Candidate]:
        turn = hour.turn
        made = candidates(found.hits, turn.narratives, hour.scores)
        if turn.common is not None:
            ids = [habit.chat.id for habit in self._habits.values() if habit.chat.subscribed]
            made += market.candidates(
                turn.common, scores=turn.scores, narratives=turn.narratives, chat_ids=ids, at=turn.at
            )
        return made

    def _ground(self, turn: Turn, found: Found) -> Ground:
        last, recent = remembered(self._fired, turn.redirects, turn.at)
        told = [turn.narratives[id] for id in {id for match in found.matches for id, _ in match.told}]
        parts = {n.id: (n.split_from, n.first_seen_at) for n in told if n.split_from}
        last = inherited(last, recent, parts, turn.redirects)
        return _ground(self._habits, turn, self._params, last, recent)


class Rival:
    """A bot that tells whatever is over its threshold."""

    def __init__(self, kind: RecordKind, threshold: float, habits: Sequence[Habit]) -> None:
        self.firings: list[Firing] = []
        self._kind, self._threshold = kind, threshold
        self._habits = {habit.chat.id: habit for habit in habits}
        named = plain_expression(Sensitivity.STANDARD, COUNTING)  # only to be remembered by
        self._rules = {id: plain(id, named) for id in self._habits}
        self._fired: list[Fired] = []

    def look(self, hour: Hour) -> None:
        """The next turn."""
        turn = hour.turn
        known = {id: talk for id, talk in hour.tickers.items() if talk.volume.days[0] >= LEAST}
        values = {id: self._strength(talk.volume) for id, talk in known.items()}
        loud = {id: value for id, value in values.items() if value >= self._threshold}
        if not loud:
            return
        self._fired = [fired for fired in self._fired if fired.at >= turn.at - RECENT]
        last, recent = remembered(self._fired, turn.redirects, turn.at)
        ground = _ground(self._habits, turn, COUNTING, last, recent)
        found = [candidate for habit in self._listening(ground) for candidate in self._of(habit, loud, known)]
        made = decide(found, ground).firings
        self._fired += map(fired_of, made)
        self.firings += made

    def _listening(self, ground: Ground) -> Iterator[Habit]:
        """Chats with room for an alert: nobody else needs to be asked."""
        for id, habit in self._habits.items():
            told = list(ground.recent.get(id, ()))
            if not budget.hold(id, told=told, ground=ground) and not quiet.hold(
                id, urgent=False, told=told, ground=ground
            ):
                yield habit

    def _strength(self, volume: Volume) -> float:
        return float(volume.hour) if self._kind is RecordKind.NAIVE else change(volume.days)

    def _of(self, habit: Habit, loud: Mapping[str, float], known: Mapping[str, Talk]) -> Iterator[Candidate]:
        for id, value in loud.items():
            narrative = known[id].subject
            if habit.wants(narrative):
                yield Candidate(
                    rule=self._rules[habit.chat.id], kind=Kind.ALERT, narrative_id=id, reason="surprise",
                    detail="", surprise=value, phase=Phase.QUIET, narrative=narrative,
                )  # fmt: skip


def _ground(
    habits: Mapping[int, Habit],
    turn: Turn,
    params: AlertParams,
    last: Mapping[tuple[int, str, str], Fired],
    recent: Mapping[int, tuple[Fired, ...]],
) -> Ground:
    return Ground(
        now=turn.at,
        cycle_id=turn.cycle_id,
        chats={id: habit.chat for id, habit in habits.items()},
        params=params,
        attention={id: habit.now_allows(turn.at) for id, habit in habits.items()},
        common=turn.common,
        redirects=turn.redirects,
        last=last,
        recent=recent,
    )
