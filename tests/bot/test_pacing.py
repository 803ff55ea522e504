import itertools

from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import Pacer


def pacer(**fields):
    return Pacer(**({"per_second": 28.5, "per_chat_seconds": 1.0, "per_group_minute": 18} | fields))


def slots(pace, chats, now=100.0):
    return [pace._reserve(chat, now) for chat in chats]


def test_slots_over_all_chats_are_even():
    times = slots(pacer(), range(1, 101))
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert max(gaps) - min(gaps) < 1e-6 and abs(gaps[0] - 1 / 28.5) < 1e-6


def test_one_chat_gets_one_a_second():
    first, second, third = slots(pacer(), [7, 7, 7])
    assert second - first >= 1 and third - second >= 1


def test_a_waiting_chat_does_not_hold_up_the_others():
    pace = pacer()
    slots(pace, [7] * 10)
    assert slots(pace, [8])[0] < 101


def test_a_group_gets_eighteen_a_minute():
    times = slots(pacer(per_chat_seconds=0), [-5] * 40)
    assert all(b - a >= 60 for a, b in zip(times, times[18:], strict=False))


def test_a_429_pauses_everybody_and_slows_down_by_five_percent():
    pace = pacer()
    slots(pace, [1], now=0.0)
    pace.pause(3, chat_id=1)
    assert slots(pace, [2], now=0.0)[0] >= 3
    assert pace._rate < 28.5


def test_a_groups_own_limit_pauses_that_group_only():
    pace = pacer()
    pace.pause(30, chat_id=-5)
    assert slots(pace, [9], now=0.0)[0] < 30


@given(st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=120))
def test_no_limit_is_ever_broken(chats):
    times = slots(pacer(), chats)
    for chat in set(chats):
        own = sorted(t for t, c in zip(times, chats, strict=True) if c == chat)
        assert all(b - a >= 1 - 1e-9 for a, b in itertools.pairwise(own))
