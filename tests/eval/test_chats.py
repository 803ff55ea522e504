"""The trial of fifty chats counts as it says: budgets, what a chat wants, what a rival tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.alerts.preview import Turn
from core.alerts.shadows import DAYS, Volume
from core.models import RecordKind
from core.models.attention import Attention, QuietHours, Silence
from core.models.rules import Scope
from tests.core.makers import chat, narrative
from tests.eval.chats import Alert, Truth, over_budget
from tests.eval.sim.bots import Rival
from tests.eval.sim.habits import Habit, habits
from tests.eval.sim.month import MARKET, Hour, Loud, Month
from tests.eval.sim.plot import plot
from tests.eval.sim.tickers import Talk
from tests.eval.sim.wild import pumps
from tests.storage.facts import firing

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_habit(subscribed=True, zone="UTC", **allows):
    return Habit(
        chat(id=1, subscribed=subscribed, zone=zone, created_at=NOON), Attention(chat_id=1, **allows), ()
    )


def token(name):
    return Scope(kind="token", name=name)


def an_alert(at, chat_id=1):
    return Alert(chat_id, at, "a1", "c", "plain", "", MARKET, None)


def an_hour(number, **posts):
    """Hour `number` after noon; `posts` that name each ticker in the last hour."""
    at = NOON + number * HOUR
    return Hour(
        Turn(
            cycle_id=f"{number}",
            at=at,
            scores=[],
            narratives={},
        ),
        {
            id: Talk(narrative(id), Volume(count, (count, *[0] * (DAYS - 1))), None)
            for id, count in posts.items()
        },
        {},
    )


def told(threshold, hours, **allows):
    rival = Rival(RecordKind.NAIVE, threshold, [a_habit(**allows)])
    for hour in hours:
        rival.look(hour)
    return [(firing.cycle_id, firing.narrative_id) for firing in rival.firings]


def test_a_budget_is_of_the_chats_own_day():
    late = datetime(2026, 11, 10, 23, tzinfo=UTC)
    alerts = [an_alert(late), an_alert(late + 2 * HOUR)]
    assert over_budget(alerts, [a_habit(budget=1)]) == 0
    assert over_budget(alerts, [a_habit(budget=1, zone="America/New_York")]) == 1


def test_a_chat_expects_what_it_wants_when_it_listens():
    assert a_habit().expects(("ABC",), NOON)
    assert not a_habit(ignore=(token("ABC"),)).expects(("ABC",), NOON)
    assert not a_habit(quiet=QuietHours(start="11:00", end="13:00")).expects(("ABC",), NOON)
    off = Silence(target="chat", since=NOON - HOUR, until=NOON + HOUR)
    assert not a_habit(silences=(off,)).expects(("ABC",), NOON)
    assert a_habit(silences=(off,)).expects(("ABC",), NOON + HOUR)


def test_one_that_is_not_subscribed_expects_its_watchlist_only():
    assert a_habit(subscribed=False, watch=(token("ABC"),)).expects(("ABC", "XYZ"), NOON)
    assert not a_habit(subscribed=False, watch=(token("ABC"),)).expects(("XYZ",), NOON)


def test_a_rival_tells_the_loudest_first_within_the_budget():
    assert told(5, [an_hour(0, a=6, b=9, c=4)], budget=1) == [("0", "b")]


def test_a_rival_tells_a_narrative_once_a_day_however_it_grows():
    hours = [an_hour(number, a=6 + number) for number in range(26)]
    assert told(5, hours) == [("0", "a"), ("24", "a")]


def test_a_rival_is_silent_in_quiet_hours():
    hours = [an_hour(number, a=6) for number in range(3)]
    assert told(5, hours, quiet=QuietHours(start="11:00", end="13:30")) == [("2", "a")]


def test_the_same_seed_gives_the_same_fifty_chats_and_they_differ():
    drawn = [habits(seed=7, count=50, tickers=("ABC", "XYZ"), since=NOON, days=30) for _ in range(2)]
    assert drawn[0] == drawn[1]
    limits = {habit.allows.model_copy(update={"chat_id": 0}).model_dump_json() for habit in drawn[0]}
    assert len(limits) > 40


def a_firing(chat_id, number, narrative_id):
    return firing(chat_id=chat_id, cycle_id=f"{number}", narrative_id=narrative_id, at=NOON + number * HOUR)


def test_the_market_is_told_a_chat_rightly_once_and_chatter_on_a_calm_day_is_wrong():
    wild = Loud(MARKET, (), NOON, NOON + 3 * HOUR, None)
    month = Month([an_hour(number, BTC=9) for number in range(6)], [wild], None, NOON, NOON + 6 * HOUR)
    truth = Truth(month)
    told = [a_firing(1, 1, "market"), a_firing(1, 2, "$BTC"), a_firing(2, 2, "$BTC"), a_firing(2, 5, "$BTC")]
    assert [truth.loud(truth.about(f), f) for f in told] == [wild, None, wild, None]


def test_as_many_breakouts_are_bought_as_stories_are_told_each_under_a_name_of_its_own():
    story = plot(seed=3, start=NOON, days=12).planted
    bought = list(pumps(story, seed=3, start=NOON, days=12))
    honest = [each for each in story if not each.bot_share]
    assert len(honest) == len(bought) + len(story) - len(honest)
    assert len({t for each in (*story, *bought) for t in each.tickers}) >= len(bought) + len(honest)
