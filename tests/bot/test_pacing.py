import asyncio
import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import Pacer


def pacer(**fields):
    return Pacer(**({"per_second": 28.5, "per_chat_seconds": 1.0, "per_group_minute": 18} | fields))


def slots(pace, chats, now=100.0):
    return [pace._reserve(chat, now) for chat in chats]


def test_slots_over_all_chats_are_even():
    times = slots(pacer(), range(1, 101))
    first, *gaps = [b - a for a, b in itertools.pairwise(times)]
    assert first >= 0.5 / 28.5, "a slot just missed is used late"
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
    assert slots(pace, [2])[0] >= 3
    assert pace._rate < 28.5


def test_what_is_refused_together_slows_down_once():
    pace = pacer()
    for chat in range(1, 9):
        pace.pause(3, chat_id=chat)
    assert pace._rate == 28.5 * 0.95


def test_refusals_that_slowness_does_not_cure_leave_a_quarter_of_the_rate(monkeypatch):
    pace = pacer()
    for second in range(500):
        monkeypatch.setattr("bot.pacing.time.monotonic", lambda now=1000.0 + 2 * second: now)
        pace.pause(1, chat_id=1)
    assert pace._rate == 28.5 / 4


async def test_a_slot_given_out_before_a_pause_waits_for_its_end():
    pace, stop = pacer(per_second=10), asyncio.Event()
    begun = time.monotonic()
    turns = [asyncio.create_task(pace.turn(chat, stop)) for chat in range(1, 4)]
    await asyncio.sleep(0.01)
    pace.pause(0.3, chat_id=9)
    assert await turns[2] and time.monotonic() - begun >= 0.3


async def test_stopping_ends_the_wait_for_a_slot():
    pace, stop = pacer(), asyncio.Event()
    pace.pause(600, chat_id=1)
    waiting = asyncio.create_task(pace.turn(2, stop))
    await asyncio.sleep(0)
    stop.set()
    assert await waiting is False


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
