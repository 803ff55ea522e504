from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bot.clock import AppClock
from core.errors import ConfigError

START = datetime(2025, 12, 13, tzinfo=UTC)


class Machine:
    """A monotonic clock that moves when told to."""

    def __init__(self):
        self.at = 50.0

    def shift(self, seconds):
        self.at += seconds


@pytest.fixture
def machine(monkeypatch):
    made = Machine()
    monkeypatch.setattr("bot.clock.time.monotonic", lambda: made.at)
    return made


def test_without_a_setting_it_is_the_real_time():
    with time_machine.travel(datetime(2026, 1, 2, tzinfo=UTC), tick=False):
        clock = AppClock.parse(None)
        assert clock.now() == datetime(2026, 1, 2, tzinfo=UTC) and not clock.replay


def test_a_replay_runs_from_its_start_at_its_speed(machine):
    clock = AppClock.parse("2025-12-13T00:00:00Z@3600")
    machine.shift(2.0)
    assert clock.now() == START + timedelta(hours=2)


def test_a_start_in_another_zone_is_the_same_moment_in_utc(machine):
    clock = AppClock.parse("2025-12-13T02:00:00+02:00@1")
    assert clock.now() == START and clock.now().utcoffset() == timedelta(0)


def test_a_held_clock_stands_still_and_goes_on_where_it_stood(machine):
    clock = AppClock(START, 60)
    with clock.hold():
        with clock.hold():
            machine.shift(5)
        machine.shift(5)
        assert clock.now() == START
    machine.shift(1)
    assert clock.now() == START + timedelta(minutes=1)


def test_changing_speed_does_not_jump(machine):
    clock = AppClock(START, 10)
    machine.shift(1)
    clock.run_at(100)
    assert clock.now() == START + timedelta(seconds=10)
    machine.shift(1)
    assert clock.now() == START + timedelta(seconds=110)


@pytest.mark.parametrize("spec", ["yesterday@3", "2025-12-13", "2025-12-13@fast", "@5", "2025-13-40@2"])
def test_a_wrong_clock_is_refused_with_an_example(spec):
    with pytest.raises(ConfigError, match=r"CLOCK is .* write <start>@<speed>"):
        AppClock.parse(spec)
