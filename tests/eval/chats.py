"""Alerts as chats live with them: `python -m tests.eval.chats [days]` prints the figures and what is behind.

One simulated world is lived for 30 days after a warm-up of two (`sim/month.py`: the standard profile's plan),
and 50 chats of different habits (`sim/habits.py`) are told by INTERN's own rules and decisions, by a bot that
counts posts and by one that compares with the days before (`sim/bots.py`), all on the same answers. They are
compared on equal terms: a subscribed chat hears what each bot tells by itself. What its own rules ask for
besides is told to the same chats once more (`alerts_per_chat_day`, `alerts_over_budget`,
`alert_precision_rules`).

- An *alert* is one story told to one chat in one turn, whichever of its rules did. It is *right* when what it
  tells is about a planted story in its loud time, or when it is the first to tell the chat that the market as
  a whole is loud; what tells a bought pump, an old story or chatter is wrong.
- A *pair* is a chat and an onset that could be told (`month.Loud.due`) and that the chat wants: it is
  subscribed or watches one of the story's tickers, ignores none of them, and at that poll is neither silenced
  nor in its quiet hours. What its budget or sensitivity cost it counts as missed.
- `alert_recall`: pairs that were told right in the story's loud time.
- `alert_precision`: right ones of all alerts.
- `alert_delay_p50_min`, `alert_delay_p95_min`: from the poll at which it could be told, of pairs found; an
  alert before it is 0 late.
- `alerts_over_budget`: alerts beyond a chat's budget, local day by local day.
- `alert_hits`: `hit_3h` of the track record's own rule, over what was told (a narrative in one turn once),
  graded by what was known an hour after the window; what was seen too little is left out
  (`alert_graded`: the share that was not).
- `alert_precision_ratio`: INTERN's precision over the better rival's. A rival's threshold is the one of its
  ladder that is most precise among those that find as many pairs as INTERN; where none does, the one that
  finds most. Thresholds are chosen on the very month that is measured, which favours the rivals.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from core.models import Firing, RecordKind
from tests.eval.sim.bots import Intern, Rival
from tests.eval.sim.grade import HOUR
from tests.eval.sim.habits import Habit, habits
from tests.eval.sim.hits import graded
from tests.eval.sim.life import START
from tests.eval.sim.month import MARKET, Hour, Loud, Month, lived

SEED, DAYS, CHATS = 13, 30, 50
THRESHOLDS: Mapping[RecordKind, Sequence[float]] = {
    RecordKind.NAIVE: (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),  # posts in the last hour
    RecordKind.CHANGE: (50, 100, 200, 300, 400, 500, 700, 900, 1200, 1600, 2000, 2700, 3500, 4500, 6000),
    # per cent
}


class Bot(Protocol):
    firings: list[Firing]

    def look(self, hour: Hour) -> None: ...


class Alert(NamedTuple):
    """One story told to one chat; `loud`: the planted story it tells, None: it is wrong."""

    chat_id: int
    at: datetime
    narrative_id: str
    cycle_id: str
    rule: str
    title: str
    about: str
    loud: Loud | None


class Tally(NamedTuple):
    """How one bot did with all chats."""

    name: str
    alerts: Sequence[Alert]
    pairs: int
    delays: Sequence[float]  # minutes, of the pairs that were found

    @property
    def right(self) -> int:
        return sum(alert.loud is not None for alert in self.alerts)

    @property
    def precision(self) -> float:
        return self.right / len(self.alerts) if self.alerts else 0.0

    @property
    def recall(self) -> float:
        return len(self.delays) / self.pairs


def figures() -> dict[str, float]:
    """All figures of the month."""
    month = lived(SEED, DAYS)
    return measured(month, chats_of(month))[0]


def chats_of(month: Month, count: int = CHATS) -> tuple[Habit, ...]:
    """The chats of a month: they know the tickers of what will be due."""
    tickers = sorted({ticker for loud in month.loud if loud.due for ticker in loud.tickers})
    return habits(seed=SEED, count=count, tickers=tickers, since=START, days=month.days)


def measured(month: Month, chats: Sequence[Habit]) -> tuple[dict[str, float], list[Tally]]:
    """The figures, and the tallies behind them: INTERN's, each rival's at its threshold, INTERN's with the
    chats' own rules."""
    equal = [habit.by_itself() for habit in chats]
    ours = tally("INTERN", Intern(equal), month, equal)
    rivals = [rival(kind, month, equal, ours.recall) for kind in THRESHOLDS]
    asked = tally("INTERN, their rules", Intern(chats), month, chats)
    hits = list(graded({(alert.cycle_id, alert.narrative_id) for alert in ours.alerts}, month))
    told = [hit for hit in hits if hit is not None]
    late = np.percentile(ours.delays, (50, 95)) if ours.delays else (float("inf"),) * 2
    best = max(each.precision for each in rivals)
    found = {
        "alert_recall": ours.recall,
        "alert_precision": ours.precision,
        "alert_precision_ratio": ours.precision / best if best else float("inf"),
        "alert_precision_rules": asked.precision,
        "alerts_per_chat_day": len(asked.alerts) / len(chats) / month.days,
        "alerts_over_budget": float(over_budget(ours.alerts, chats) + over_budget(asked.alerts, chats)),
        "alert_delay_p50_min": float(late[0]),
        "alert_delay_p95_min": float(late[1]),
        "alert_hits": sum(told) / len(told) if told else 0.0,
        "alert_graded": len(told) / len(hits) if hits else 0.0,
    }
    for each, name in zip(rivals, ("naive", "change"), strict=True):
        found |= {f"alert_precision_{name}": each.precision, f"alert_recall_{name}": each.recall}
    return found, [ours, *rivals, asked]


def rival(kind: RecordKind, month: Month, chats: Sequence[Habit], recall: float) -> Tally:
    """A rival at the threshold of its ladder that does it most good at that recall."""
    ladder = [
        tally(f"{kind} {threshold:g}", Rival(kind, threshold, chats), month, chats)
        for threshold in THRESHOLDS[kind]
    ]
    equal = [each for each in ladder if each.recall >= recall]
    if equal:
        return max(equal, key=lambda each: each.precision)
    return max(ladder, key=lambda each: each.recall)


def tally(name: str, bot: Bot, month: Month, chats: Sequence[Habit]) -> Tally:
    """A bot lives through the month."""
    for hour in month.hours:
        bot.look(hour)
    alerts = list(_alerts(bot.firings, month))
    wanted = [
        (habit.chat.id, loud)
        for habit in chats
        for loud in month.loud
        if loud.due and habit.expects(loud.tickers, loud.due)
    ]
    first: dict[tuple[int, Loud], datetime] = {}
    for alert in alerts:
        if alert.loud is not None:
            first.setdefault((alert.chat_id, alert.loud), alert.at)
    delays = [
        max((first[pair] - pair[1].due) / HOUR * 60, 0.0) for pair in wanted if pair in first and pair[1].due
    ]
    return Tally(name, alerts, len(wanted), delays)


def _alerts(firings: Sequence[Firing], month: Month) -> Iterator[Alert]:
    """What was told in the days that count, in its order."""
    truth = Truth(month)
    for f in firings:
        if f.told_by is None and f.at >= month.begin:
            story = truth.about(f)
            title = str(f.facts.get("title", f.narrative_id))
            yield Alert(
                f.chat_id, f.at, f.narrative_id, f.cycle_id, f.rule, title, story, truth.loud(story, f)
            )


class Truth:
    """What firings in their order are about, and whether that is loud then."""

    def __init__(self, month: Month) -> None:
        self._about = {
            hour.turn.cycle_id: {**hour.about, **{id: talk.about for id, talk in hour.tickers.items()}}
            for hour in month.hours
        }
        self._loud = defaultdict[str, list[Loud]](list)
        for loud in month.loud:
            self._loud[loud.story].append(loud)
        self._heard = set[tuple[int, Loud]]()

    def about(self, firing: Firing) -> str:
        """The planted story; the market, where it is none."""
        return self._about[firing.cycle_id].get(firing.narrative_id) or MARKET

    def loud(self, story: str, firing: Firing) -> Loud | None:
        """That story's loud time; the market's is told a chat once, whatever stands for it."""
        found = next((loud for loud in self._loud[story] if loud.since <= firing.at <= loud.until), None)
        if found is None or story != MARKET:
            return found
        again = (firing.chat_id, found) in self._heard
        self._heard.add((firing.chat_id, found))
        return None if again else found


def over_budget(alerts: Sequence[Alert], chats: Sequence[Habit]) -> int:
    """Alerts beyond what their chat allows a local day."""
    zones = {habit.chat.id: ZoneInfo(habit.chat.zone) for habit in chats}
    most = {habit.chat.id: habit.allows.budget for habit in chats}
    days = Counter((alert.chat_id, alert.at.astimezone(zones[alert.chat_id]).date()) for alert in alerts)
    return sum(max(count - most[chat_id], 0) for (chat_id, _), count in days.items())


def main() -> None:
    days = int(sys.argv[1]) if sys.argv[1:] else DAYS
    month = lived(SEED, days)
    found, tallies = measured(month, chats_of(month))
    print("\n".join(lines(found, tallies, month)))


def lines(found: Mapping[str, float], tallies: Sequence[Tally], month: Month) -> Iterator[str]:
    """What is behind the figures, for a reader."""
    for each in tallies:
        yield (
            f"{each.name:<20} {len(each.alerts):>6} alerts, {each.right} right, "
            f"{len(each.delays)} of {each.pairs} pairs found"
        )
    ours = tallies[0]
    wrong = Counter((alert.title, alert.about) for alert in ours.alerts if alert.loud is None)
    yield from (
        f"  wrong {count:>4} × {title!r} ({about})" for (title, about), count in wrong.most_common(15)
    )
    told = Counter(alert.loud for alert in ours.alerts if alert.loud)
    for loud in month.loud:
        due = "due" if loud.due else "-"
        yield f"  {loud.since:%d %b %H:%M}  {loud.story:<24} {due:<4}{told[loud]:>4} alerts"
    yield from (f"{name:<24} {value:.3f}" for name, value in found.items())


if __name__ == "__main__":
    main()
