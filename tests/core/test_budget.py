"""Money is never promised twice: caps hold, people keep their share, and a day lasts to its end."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.budget import TICKS, Caps, Room, Spent, allowance, forecast, room

NOON = datetime(2026, 11, 20, 12, 20, 5, tzinfo=UTC)
CENT = TICKS // 100
CAPS = Caps(hour=120 * CENT, day=1000 * CENT, month=30_000 * CENT, users_share=0.1, shock_share=0.1)

amounts = st.integers(0, 40 * TICKS)
shares = st.floats(0.0, 0.4)
any_caps = st.builds(Caps, hour=amounts, day=amounts, month=amounts, users_share=shares, shock_share=shares)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))


def own(spent, *, caps=CAPS, shock=False, now=NOON):
    return room(caps, spent, users=False, shock=shock, now=now)


def people(spent, *, caps=CAPS, shock=False, now=NOON):
    return room(caps, spent, users=True, shock=shock, now=now)


# --- worked examples


def test_a_fresh_day_has_the_hour_and_the_day_without_what_is_kept():
    left = own(Spent())
    assert (left.ticks, left.day, left.fault) == (120 * CENT, 800 * CENT, "hourly cap reached")
    assert people(Spent()).ticks == 1000 * CENT


@pytest.mark.parametrize(
    ("spent", "fault", "until"),
    [
        (Spent(hour=119 * CENT, day=400 * CENT, month=400 * CENT), "hourly", datetime(2026, 11, 20, 13)),
        (Spent(day=799 * CENT, month=799 * CENT), "daily", datetime(2026, 11, 21)),
        (Spent(day=10 * CENT, month=29_999 * CENT), "monthly", datetime(2026, 12, 1)),
    ],
)
def test_the_nearest_cap_is_named_with_the_moment_it_ends(spent, fault, until):
    left = own(spent)
    assert (left.ticks, left.fault, left.until) == (CENT, f"{fault} cap reached", until.replace(tzinfo=UTC))


def test_a_shock_widens_hour_and_day_by_the_reserve_and_nothing_else():
    calm, loud = (own(Spent(hour=120 * CENT, day=600 * CENT), shock=shock) for shock in (False, True))
    assert (calm.ticks, loud.ticks) == (0, 100 * CENT)
    assert (calm.day, loud.day) == (200 * CENT, 300 * CENT)
    assert own(Spent(hour=220 * CENT), shock=True).ticks == 0


def test_people_are_not_stopped_by_a_busy_hour_but_by_day_and_month():
    busy = Spent(hour=120 * CENT, day=800 * CENT, month=800 * CENT)
    assert own(busy).ticks == 0 and people(busy).ticks == 200 * CENT
    assert people(Spent(day=800 * CENT, users=200 * CENT)).fault == "daily cap reached"
    assert people(Spent(month=30_000 * CENT)).fault == "monthly cap reached"


def test_what_people_spend_beyond_their_share_is_gone_for_everybody():
    assert own(Spent(users=100 * CENT)).day == own(Spent()).day == 800 * CENT
    assert own(Spent(users=300 * CENT)).day == 600 * CENT


def test_the_month_ends_on_the_first_whatever_its_length():
    for month, after in ((1, 2), (2, 3), (4, 5), (11, 12)):
        left = own(Spent(month=30_000 * CENT), now=datetime(2028, month, 28, 23, tzinfo=UTC))
        assert left.until == datetime(2028, after, 1, tzinfo=UTC)
    new_year = own(Spent(month=30_000 * CENT), now=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert new_year.until == datetime(2027, 1, 1, tzinfo=UTC)


def test_days_are_utc_days_in_any_zone():
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert own(Spent(day=800 * CENT), now=tokyo) == own(Spent(day=800 * CENT))


# --- spreading a day over its turns


def searches(day, *, price, turn=0, turns=1, used=0, ticks=None, reserved=None):
    left = Room(
        ticks=day if ticks is None else ticks, day=day, used=used, fault="daily cap reached", until=NOON
    )
    return allowance(left, price=price, reserved=reserved or price, turn=turn, turns=turns)


def through_a_day(money, price, turns):
    """How many searches each turn makes."""
    made = []
    for turn in range(turns):
        used = sum(made) * price
        made.append(searches(money - used, price=price, turn=turn, turns=turns, used=used))
    return made


def test_little_money_makes_fewer_searches_and_then_longer_intervals():
    assert through_a_day(240 * CENT, 10 * CENT, 12) == [4, 2, 1, 2, 2, 2, 2, 1, 2, 2, 2, 2]
    assert through_a_day(40 * CENT, 10 * CENT, 12) == [1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    assert through_a_day(0, 10 * CENT, 3) == [0, 0, 0]


def test_what_quiet_turns_left_is_the_later_ones():
    assert searches(240 * CENT, price=10 * CENT, turn=6, turns=12) == 15


def test_all_searches_of_a_turn_find_room_for_what_is_reserved_for_them():
    assert searches(1000 * CENT, ticks=120 * CENT, price=6 * CENT, reserved=11 * CENT) == 10


@given(st.integers(0, 100 * TICKS), st.integers(CENT, TICKS), st.integers(1, 300))
def test_a_day_that_follows_its_allowance_never_runs_dry_and_leaves_little(money, price, turns):
    left = money - sum(through_a_day(money, price, turns)) * price
    assert 0 <= left < price, "the last turn takes what was left over"


@given(st.integers(1, 300), st.integers(CENT, TICKS), st.integers(1, 300))
def test_however_little_there_is_it_is_spread_over_the_whole_day(affordable, price, turns):
    made = through_a_day(affordable * price, price, turns)
    gaps = [len(gap) for gap in "".join("x" if n else "." for n in made).split("x")]
    assert made[0] >= 1, "the day begins with a look"
    assert max(gaps) <= 2.3 * turns / affordable + 1


@given(st.integers(0, 10 * TICKS), st.integers(0, 10 * TICKS), st.integers(CENT, TICKS), st.integers(0, 59))
def test_more_money_never_buys_fewer_searches(day, more, price, turn):
    fewer = searches(day, price=price, turn=turn, turns=60)
    assert fewer <= searches(day + more, price=price, turn=turn, turns=60)


def test_a_months_rest_is_spread_over_its_days():
    caps = Caps(hour=TICKS, day=100 * TICKS, month=44 * TICKS)
    first = own(Spent(), caps=caps).day  # with 11 days of November to go
    assert first == 5 * TICKS
    assert own(Spent(day=TICKS, month=TICKS), caps=caps).day == first - TICKS


def test_a_forecast_goes_on_as_the_last_day_did():
    end = datetime(2026, 11, 21, tzinfo=UTC)
    assert forecast(400, last_day=800, now=end - timedelta(hours=6), until=end) == 600
    assert forecast(400, last_day=800, now=end, until=end) == 400
    assert forecast(400, last_day=800, now=end + timedelta(hours=1), until=end) == 400


# --- whatever happens


@given(any_caps, st.lists(st.tuples(st.booleans(), st.booleans(), amounts), max_size=30), moments)
def test_reserving_what_there_is_room_for_never_passes_a_cap(caps, calls, now):
    spent = Spent()
    for users, shock, wanted in calls:
        left = room(caps, spent, users=users, shock=shock, now=now)
        assert left.until > now and min(left.ticks, left.day) >= 0
        ticks = min(wanted, left.ticks)
        spent = Spent(
            hour=spent.hour + (0 if users else ticks),
            day=spent.day + (0 if users else ticks),
            users=spent.users + (ticks if users else 0),
            month=spent.month + ticks,
        )
        assert spent.month <= caps.month or not ticks
        assert spent.day + spent.users <= caps.day or not ticks
        assert spent.hour <= caps.hour + int(caps.shock_share * caps.day) or not ticks
    kept = int(caps.users_share * caps.day)
    assert spent.day <= caps.day - kept, "INTERN's own calls never touch what is kept for people"
    people_left = room(caps, spent, users=True, shock=False, now=now).ticks
    assert people_left >= min(kept - spent.users, caps.month - spent.month)


@given(any_caps, st.tuples(amounts, amounts, amounts, amounts), amounts, st.booleans(), st.booleans())
def test_spending_more_never_makes_room(caps, spent, more, users, shock):
    names = ("hour", "day", "users", "month")
    before = Spent(**dict(zip(names, spent, strict=True)))
    for name in names:
        after = before.model_copy(update={name: getattr(before, name) + more})
        kwargs = {"users": users, "shock": shock, "now": NOON}
        assert room(caps, after, **kwargs).ticks <= room(caps, before, **kwargs).ticks


@given(any_caps, st.tuples(amounts, amounts, amounts, amounts))
def test_a_shock_and_being_asked_by_people_only_ever_widen(caps, spent):
    spent = Spent(hour=spent[0], day=spent[0] + spent[1], users=spent[2], month=sum(spent))
    calm = own(spent, caps=caps).ticks
    assert calm <= own(spent, caps=caps, shock=True).ticks
    assert own(spent, caps=caps, shock=True).day <= people(spent, caps=caps).day
