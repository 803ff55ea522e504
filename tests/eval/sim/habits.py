"""Fifty chats of different habits, drawn from a seed: what each wants to hear of, when, and how much."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from core.alerts.language import parse
from core.alerts.moment import means
from core.alerts.quiet import night
from core.alerts.ready import READY
from core.models import Chat, ChatKind, Narrative
from core.models.attention import Attention, Kind, Mode, QuietHours, Sensitivity, Silence
from core.models.rules import Rule, Scope, Spec

ZONES = ("UTC", "America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Shanghai", "Asia/Kolkata")
NIGHTS = (("22:00", "08:00"), ("23:00", "07:00"), ("00:00", "09:00"), ("12:30", "14:00"))
BUDGETS = (5, 5, 5, 5, 1, 2, 3, 8, 10, 20)
SENSITIVITIES = (Sensitivity.QUIET, Sensitivity.STANDARD, Sensitivity.STANDARD, Sensitivity.SENSITIVE)
COINS = ("BTC", "ETH", "SOL")
WRITTEN = (
    "momentum > 3x and authors >= 10 every 48h",
    "surprise > 4 and authors >= 10 urgent",
    "posts crosses above 40 again below 20",
    'mentions "exploit" and authors >= 8 and momentum > 2x',
    "posts rises 200% in 4h and authors >= 10 every 12h",
    "phase becomes accelerating from emerging every 6h",
    "mindshare > 15% and authors >= 15 every 72h",
    "enters top 3 until 2026-11-20",
    "score > 80 once",
)
OF_THE_LISTED = (
    "new story on watchlist",
    "surprise crosses above 3 again below 2 on watchlist",
    "momentum > 2x and authors >= 5 on watchlist",
)
_SPECS = {line: parse(line) for line in (*WRITTEN, *OF_THE_LISTED, *(rule.line for rule in READY))}
FOCUSED, WITH_NIGHT, IGNORING, SNOOZING, WITHOUT_MARKET = 0.2, 0.5, 0.3, 0.3, 0.3  # of the chats


class Habit(NamedTuple):
    """A chat, what it allows, and its own rules. One that is not subscribed wants its watchlist only."""

    chat: Chat
    allows: Attention
    rules: tuple[Rule, ...]

    def by_itself(self) -> Habit:
        """The chat as a bot serves it unasked: subscribed ones without rules of their own."""
        return self._replace(rules=()) if self.chat.subscribed else self

    def wants(self, narrative: Narrative) -> bool:
        """Whether it wants to hear of a narrative at all; what it ignores is a matter of its limits."""
        return self.chat.subscribed or any(means(each, narrative, str) for each in self.allows.watch)

    def expects(self, tickers: Sequence[str], at: datetime) -> bool:
        """Whether it wants a story of these tickers that could first be told at that moment."""
        watched, ignored = _named(self.allows.watch), _named(self.allows.ignore)
        if ignored & set(tickers) or not (self.chat.subscribed or watched & set(tickers)):
            return False
        silent = any(s.target == "chat" and s.since <= at and s.holds(at) for s in self.allows.silences)
        return not silent and night(self.allows.quiet, self.chat.zone, at) is None

    def now_allows(self, now: datetime) -> Attention:
        """What it allows at that moment: a silence is not kept before it began."""
        silences = tuple(s for s in self.allows.silences if s.since <= now)
        if silences == self.allows.silences:
            return self.allows
        return self.allows.model_copy(update={"silences": silences})


def _named(scopes: Sequence[Scope]) -> set[str]:
    return {scope.name for scope in scopes}


def habits(
    *, seed: int, count: int, tickers: Sequence[str], since: datetime, days: float
) -> tuple[Habit, ...]:
    """`count` chats there from `since` on, who know of `tickers` and of the great coins."""
    rng = random.Random(f"{seed}/habits")
    names = (*COINS, *tickers)
    return tuple(_habit(rng, id, names, since, days) for id in range(1, count + 1))


def _habit(rng: random.Random, id: int, names: Sequence[str], since: datetime, days: float) -> Habit:
    focused = rng.random() < FOCUSED
    chat = Chat(
        id=id, kind=ChatKind.PRIVATE, zone=rng.choice(ZONES), subscribed=not focused, created_at=since
    )
    rules = tuple(_rules(rng, chat, focused=focused))
    allows = Attention(
        chat_id=id,
        quiet=_night(rng),
        budget=rng.choice(BUDGETS),
        sensitivity=rng.choice(SENSITIVITIES),
        kinds={Kind.MARKET: Mode.OFF} if rng.random() < WITHOUT_MARKET else {},
        silences=tuple(_silences(rng, rules, since, days)),
        watch=_tokens(rng, names, rng.randint(8, 16) if focused else rng.randint(0, 6)),
        ignore=_tokens(rng, names, rng.randint(1, 5)) if rng.random() < IGNORING and not focused else (),
    )
    return Habit(chat, allows, rules)


def _rules(rng: random.Random, chat: Chat, *, focused: bool) -> Iterator[Rule]:
    """Up to five of its own; one that wants its watchlist only has rules for that."""
    most = [rule.line for rule in READY] + list(WRITTEN)
    lines = OF_THE_LISTED if focused else rng.sample(most, rng.randint(0, 5))
    for number, line in enumerate(lines):
        yield _rule(_SPECS[line], f"{chat.id}-{number}", chat)


def _rule(spec: Spec, id: str, chat: Chat) -> Rule:
    told = {name: getattr(spec, name) for name in Spec.model_fields}
    return Rule(id=id, chat_id=chat.id, created_at=chat.created_at, **told)


def _night(rng: random.Random) -> QuietHours | None:
    start, end = rng.choice(NIGHTS)
    return QuietHours(start=start, end=end) if rng.random() < WITH_NIGHT else None


def _silences(rng: random.Random, rules: Sequence[Rule], since: datetime, days: float) -> Iterator[Silence]:
    """Some days off, and a rule that turned out to be too much."""
    if rng.random() < SNOOZING:
        begin = since + timedelta(days=rng.uniform(0, days))
        yield Silence(target="chat", since=begin, until=begin + timedelta(hours=rng.choice((8, 24, 72))))
    if rules and rng.random() < SNOOZING:
        begin = since + timedelta(days=rng.uniform(0, days))
        yield Silence(target="rule", id=rng.choice(rules).id, since=begin)


def _tokens(rng: random.Random, names: Sequence[str], count: int) -> tuple[Scope, ...]:
    drawn = rng.sample(names, min(count, len(names)))
    return tuple(Scope(kind="token", name=name) for name in drawn)
