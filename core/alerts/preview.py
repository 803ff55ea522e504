"""What a rule would have told: replayed over what was known then, by the engine that runs live.

A chat's other rules, its limits and its silences take part, so that a budget that was used up or a night that
was quiet holds back what it would have held back. Limits are those of now: what they were before is not kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import log
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.alerts import confirmation, decide, held_back, market
from core.alerts.builtin import plain, plain_expression
from core.alerts.candidate import Candidate, Ground, inherited, remembered
from core.alerts.conditions import Crossings
from core.alerts.feedback import FORGOTTEN, taste
from core.alerts.firing import fired_of
from core.alerts.moment import SLACK, Moment
from core.alerts.params import WAITS, AlertParams
from core.alerts.rules import Found, Hit, evaluate
from core.alerts.thresholds import eased
from core.models import Chat, Decision, Feedback, Fired, Firing, Narrative, Score
from core.models.attention import Attention
from core.models.rules import SPANS, Keyword, Move, Rule, Span, leaves
from core.signals.common import Common

MOST = timedelta(days=30)
LEAD = timedelta(days=2)  # before it: what had crossed a value already has to be known
DAILY = (0.6, 1.6)  # alerts a day that are "about one"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the wheel as it was known then."""

    cycle_id: str
    at: datetime
    scores: Sequence[Score]
    narratives: Mapping[str, Narrative]  # by id, as they were called then
    redirects: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)  # what new posts say, by narrative
    held: frozenset[str] = frozenset()  # narratives held for confirmation in this turn
    common: Common | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule that is to be looked at, and the chat it is for."""

    rule: Rule
    chat: Chat
    allows: Attention
    others: Sequence[Rule] = ()  # its other rules, finished and paused ones too
    fired: Sequence[Fired] = ()  # what the chat was told before
    given: Sequence[Feedback] = ()  # what it thought of its alerts


class Told(NamedTuple):
    """One alert the rule would have been, with the score behind it."""

    firing: Firing
    score: Score


class Preview(NamedTuple):
    """What a rule would have done between the first and the last turn that were looked at."""

    rule: Rule
    since: datetime
    until: datetime
    turns: int
    told: list[Told]
    held: Mapping[str, int]  # reason → stories held back for it, a story once a day
    daily: Rule | None  # with the threshold for about one a day; None: there is none, or it is so already

    @property
    def per_day(self) -> float:
        return _per_day(len(self.told), self.since, self.until)

    def by_day(self, zone: str) -> dict[date, int]:
        """How many on each day of the chat's calendar that had any."""
        days = Counter(told.firing.at.astimezone(ZoneInfo(zone)).date() for told in self.told)
        return dict(sorted(days.items()))


def _per_day(count: int, since: datetime, until: datetime) -> float:
    return count / max((until - since) / timedelta(days=1), 1.0)


class _Life:
    """One way it could have gone: a rule, and everything the chat was told with it."""

    def __init__(self, rule: Rule, fired: Iterable[Fired]) -> None:
        self.rule = rule
        self.fired = list(fired)
        self.done: set[str] = set()
        self.told: list[Told] = []
        self.held: set[tuple[str, str, date]] = set()


class Replay:
    """Looks at turn after turn, in their order; `preview` says what came of it.

    Turns before `since` only teach what was so already. Beside the rule its variants with other thresholds
    are looked at, each in a life of its own.
    """

    def __init__(self, wish: Wish, *, since: datetime, params: AlertParams | None = None) -> None:
        self._chat, self._allows = wish.chat, wish.allows
        self._params, self._since = params or AlertParams(), since
        self._others = [_anew(rule, since) for rule in wish.others if _counts(rule, wish.rule, since)]
        if wish.chat.subscribed:
            expression = plain_expression(wish.allows.sensitivity, self._params)
            self._others.append(plain(wish.chat.id, expression))
        rule = wish.rule.model_copy(update={"created_at": since, "paused": False, "done_at": None})
        before = [fired for fired in wish.fired if fired.at < since and fired.rule != rule.id]
        self._lives = [_Life(each, before) for each in _variants(rule)]
        expressions = [rule.expression, *(other.expression for other in self._others)]
        self.keywords = any(isinstance(leaf, Keyword) for e in expressions for leaf in leaves(e))
        self._spans: set[Span] = {
            leaf.over for e in expressions for leaf in leaves(e) if isinstance(leaf, Move)
        }
        self._past: list[tuple[datetime, dict[str, Score]]] = []  # rankings, oldest first
        self._crossings: Crossings = {}
        self._given = wish.given
        self._written: dict[held_back.Key, Decision] = {}  # as the judge would have written them down
        self._held: dict[str, datetime] = {}  # narrative → when it was last held for confirmation
        self._turns, self._first, self._last = 0, since, since

    def look(self, turn: Turn) -> None:
        """The next turn. Raises ValueError if it is no later one."""
        if self._past and turn.at <= self._past[-1][0]:
            raise ValueError(f"{turn.at} is not after {self._past[-1][0]}")
        scores = {score.narrative_id: score for score in turn.scores}
        moment = self._moment(turn, scores)
        found = evaluate(
            self._wanted(turn.at), moment, crossings=self._crossings,
            watched={self._chat.id: self._allows.watch},
        )  # fmt: skip
        self._crossings = found.crossings
        self._held |= dict.fromkeys(turn.held, turn.at)
        if turn.at >= self._since:
            self._first = self._first if self._turns else turn.at
            self._turns, self._last = self._turns + 1, turn.at
            for life in self._lives:
                self._live(life, turn, found, scores)
        self._remember(turn.at, scores)

    def preview(self) -> Preview:
        """What the rule would have told in the turns seen so far."""
        asked = self._lives[0]
        held = Counter(reason for reason, _, _ in asked.held)
        return Preview(
            asked.rule, self._first, self._last, self._turns, asked.told, dict(held), self._daily()
        )

    def _wanted(self, at: datetime) -> list[Rule]:
        """The rules that were there; the new one is made at `since`."""
        others = [rule for rule in self._others if rule.created_at <= at]
        return [*others, *(life.rule for life in self._lives)] if at >= self._since else others

    def _moment(self, turn: Turn, scores: Mapping[str, Score]) -> Moment:
        loud = confirmation.listened(turn.scores, self._params)
        return Moment(
            [turn.narratives[id] for id in scores if id in turn.narratives],
            scores,
            now=turn.at,
            before=self._past[-1][1] if self._past else None,
            ago={span: self._as_of(turn.at - SPANS[span]) for span in self._spans},
            said=turn.said,
            waiting={id for id in loud if id in self._held and turn.at - self._held[id] <= WAITS},
            redirects=turn.redirects,
            params=self._params,
        )

    def _as_of(self, at: datetime) -> Mapping[str, Score]:
        place = bisect_right(self._past, at, key=lambda ranking: ranking[0])
        return self._past[place - 1][1] if place else {}

    def _remember(self, at: datetime, scores: dict[str, Score]) -> None:
        """Rankings are kept as long as some rule compares with them."""
        if scores:
            self._past.append((at, scores))
        reach = max((SPANS[span] for span in self._spans), default=timedelta()) + SLACK
        while len(self._past) > 1 and self._past[1][0] < at - reach:
            self._past.pop(0)

    def _live(self, life: _Life, turn: Turn, found: Found, scores: Mapping[str, Score]) -> None:
        """What this turn meant to the chat in one of the lives."""
        hits = [hit for hit in found.hits if self._is_of(hit, life)]
        made = decide.candidates(hits, turn.narratives, scores)
        if turn.common is not None and self._chat.subscribed:
            ids = (self._chat.id,)
            made += market.candidates(
                turn.common, scores=turn.scores, narratives=turn.narratives, chat_ids=ids, at=turn.at
            )
        if not made:
            return
        ruling = decide.decide(made, self._ground(life, turn, made))
        life.fired += map(fired_of, ruling.firings)
        life.done.update(ruling.done)
        mine = [firing for firing in ruling.firings if firing.rule == life.rule.id]
        life.told += [Told(firing, scores[firing.narrative_id]) for firing in mine]
        day = turn.at.astimezone(ZoneInfo(self._chat.zone)).date()
        for decision in ruling.decisions:
            if decision.rule == life.rule.id and not decision.fired:
                life.held.add((decision.reason, decision.narrative_id, day))
        if life is self._lives[0]:
            self._write(ruling.decisions, turn.at)

    def _write(self, made: Iterable[Decision], at: datetime) -> None:
        """Who was held for confirmation is known from what is written down, which no repeated hold is."""
        for decision in held_back.news(made, self._written):
            self._written[held_back.key(decision)] = decision
            if decision.reason == confirmation.REASON:
                self._held[decision.narrative_id] = at

    def _is_of(self, hit: Hit, life: _Life) -> bool:
        """A variant of the rule lives in its own life only; what was for once and fired is over."""
        if hit.rule.id in life.done:
            return False
        return hit.rule.id != life.rule.id or hit.rule.expression == life.rule.expression

    def _ground(self, life: _Life, turn: Turn, made: Iterable[Candidate]) -> Ground:
        last, recent = remembered(life.fired, turn.redirects, turn.at)
        told = [candidate.narrative for candidate in made if candidate.narrative]
        parts = {n.id: (n.split_from, n.first_seen_at) for n in told if n.split_from}
        given = [each for each in self._given if turn.at - FORGOTTEN <= each.at <= turn.at]
        silences = tuple(s for s in self._allows.silences if s.since <= turn.at)
        return Ground(
            now=turn.at,
            cycle_id=turn.cycle_id,
            chats={self._chat.id: self._chat},
            params=self._params,
            attention={self._chat.id: self._allows.model_copy(update={"silences": silences})},
            common=turn.common,
            redirects=turn.redirects,
            last=inherited(last, recent, parts, turn.redirects),
            recent=recent,
            tastes={self._chat.id: taste(given, turn.at, turn.redirects)} if given else {},
        )

    def _daily(self) -> Rule | None:
        """The variant nearest to one alert a day, if that is about one and the rule itself is not."""

        def rate(life: _Life) -> float:
            return _per_day(len(life.told), self._first, self._last)

        asked, *others = self._lives
        fitting = [life for life in others if DAILY[0] <= rate(life) <= DAILY[1]]
        if not fitting or DAILY[0] <= rate(asked) <= DAILY[1]:
            return None
        return min(fitting, key=lambda life: abs(log(rate(life)))).rule


def _counts(other: Rule, asked: Rule, since: datetime) -> bool:
    """Whether another rule takes part: paused ones do not, nor the one that is being changed."""
    over = other.done_at is not None and other.done_at < since
    return other.id != asked.id and not other.paused and not over


def _anew(rule: Rule, since: datetime) -> Rule:
    """A rule for once that fired since then had not fired yet."""
    return rule.model_copy(update={"done_at": None}) if rule.done_at else rule


def _variants(rule: Rule) -> Iterator[Rule]:
    """The rule itself, then with easier and harder thresholds."""
    yield rule
    for expression in eased(rule.expression):
        yield rule.model_copy(update={"expression": expression})


__all__ = ["LEAD", "MOST", "Preview", "Replay", "Told", "Turn", "Wish"]
