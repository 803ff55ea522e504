"""One slot is one piece of work, whoever rings and however often."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from bot import jobs as jobs_module
from bot import rota
from bot.clock import real_now
from bot.due_polls import DuePolls
from bot.inquiry import Inquiry
from bot.jobs import Jobs
from core.models import Answer, QuestionKind
from storage import schedule
from tests.core.makers import NOW, score

SLOT = "2026-11-20T12:00:00Z"


class Wheel:
    """Counts its turns; each lasts until it is let go."""

    def __init__(self):
        self.turns, self.go, self.begun = [], asyncio.Event(), asyncio.Event()
        self.breaks = 0

    async def turn(self, slot):
        self.turns.append(slot)
        self.begun.set()
        await self.go.wait()
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("the wheel broke")


MADE = []


def jobs(stage, wheel):
    MADE.append(
        Jobs(
            settings=stage.settings,
            database=stage.database,
            clock=stage.clock,
            wheel=wheel,
            sender=stage.sender,
        )
    )
    return MADE[-1]


@pytest.fixture(autouse=True)
async def ended(stage):
    """No job outlives its test: the database closes after it."""
    yield
    while MADE:
        running = list(MADE.pop().rota._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def rung(made, holds):
    """Ring until `holds()`."""
    async with asyncio.timeout(10):
        while not await holds():
            made.ring()
            await asyncio.sleep(0.02)


@pytest.fixture
def done(stage):
    async def holds():
        async with stage.database.reading() as c:
            return await schedule.done(c, "cycle", SLOT)

    return holds


async def test_two_processes_ringing_for_the_same_slot_turn_the_wheel_once(stage, done):
    wheel = Wheel()
    first, second = jobs(stage, wheel), jobs(stage, wheel)
    first.ring()
    second.ring()
    await wheel.begun.wait()
    first.ring()
    second.ring()
    wheel.go.set()
    await rung(first, done)
    await rung(second, done)
    assert wheel.turns == [SLOT]


async def test_a_slot_a_dead_process_held_is_taken_over_when_its_lease_ends(stage, done):
    async with stage.database.writing() as c:
        await schedule.claim_slot(
            c, job="cycle", slot=SLOT, owner="dead", real_now=real_now(), lease=timedelta(seconds=0.5)
        )
    wheel = Wheel()
    wheel.go.set()
    await rung(jobs(stage, wheel), done)
    assert wheel.turns == [SLOT]


async def test_a_long_job_keeps_its_slot(stage, done, monkeypatch):
    monkeypatch.setattr(rota, "LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr(rota, "RENEW", timedelta(seconds=0.1))
    wheel = Wheel()
    first, second = jobs(stage, wheel), jobs(stage, wheel)
    first.ring()
    await wheel.begun.wait()
    for _ in range(8):
        second.ring()
        await asyncio.sleep(0.1)
    wheel.go.set()
    await rung(first, done)
    await rung(second, done)
    assert wheel.turns == [SLOT]


async def test_a_job_that_broke_is_tried_again_in_its_slot(stage, done, monkeypatch):
    monkeypatch.setattr(rota, "LEASE", timedelta(seconds=0.3))
    wheel = Wheel()
    wheel.breaks = 1
    wheel.go.set()
    await rung(jobs(stage, wheel), done)
    assert wheel.turns == [SLOT, SLOT]


async def test_a_job_that_breaks_is_tried_three_times_in_a_slot_and_then_given_up(stage, done, monkeypatch):
    monkeypatch.setattr(rota, "LEASE", timedelta(seconds=0.1))
    monkeypatch.setattr(jobs_module, "WAITS_REPLAY", (0.2, 0.4))
    wheel = Wheel()
    wheel.breaks = 100
    wheel.go.set()
    made = jobs(stage, wheel)
    await rung(made, done)
    for _ in range(10):
        made.ring()
        await asyncio.sleep(0.05)
    assert wheel.turns == [SLOT] * 3


async def test_a_job_that_broke_rests_before_its_next_try(stage, monkeypatch):
    monkeypatch.setattr(rota, "LEASE", timedelta(seconds=0.1))
    monkeypatch.setattr(jobs_module, "WAITS_REPLAY", (60.0, 300.0))
    wheel = Wheel()
    wheel.breaks = 100
    wheel.go.set()
    made = jobs(stage, wheel)
    for _ in range(40):
        made.ring()
        await asyncio.sleep(0.05)
    assert wheel.turns == [SLOT]


async def test_a_question_that_breaks_unexpectedly_leaves_the_other_answers(stage):
    answer = Answer(response_id="r", served_model="m", status="completed")

    class Source:
        async def ask(self, question, *, known):
            if question.kind is QuestionKind.DISCOVER:
                raise ValueError("nobody thought of this")
            return answer

    await stage.fill(score("a1"))
    polls = DuePolls(stage.database, Source())
    inquiry = Inquiry(settings=stage.settings, database=stage.database, polls=polls, clock=stage.clock)
    ends = {(r.question.kind.value, r.fault, r.answer) for r in (await inquiry.hear(SLOT, NOW)).replies}
    assert ends == {("discover", "failed", None), ("refresh", None, answer)}


async def test_stopping_waits_for_a_cycle_a_moment_and_not_longer(stage, monkeypatch):
    wheel = Wheel()
    made = jobs(stage, wheel)
    monkeypatch.setattr(jobs_module, "PATIENCE", 0.1)
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    await wheel.begun.wait()
    stop.set()
    await asyncio.wait_for(running, timeout=2)
    async with stage.database.reading() as c:
        assert not await schedule.done(c, "cycle", SLOT)


async def test_a_clock_a_day_ahead_and_back_again_goes_on_at_once_and_repeats_no_slot(stage):
    wheel = Wheel()
    wheel.go.set()
    made = jobs(stage, wheel)
    before, ahead = NOW, NOW + timedelta(days=1)
    for moment in (before, ahead, before + timedelta(hours=1), ahead, before + timedelta(hours=2)):
        stage.clock.put(moment)
        slot = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        await rung(made, partial(_is_done, stage, slot))
    assert len(wheel.turns) == len(set(wheel.turns)) == 4


async def test_a_clock_an_hour_back_repeats_no_slot_and_goes_on_when_it_is_right_again(stage):
    wheel = Wheel()
    wheel.go.set()
    made = jobs(stage, wheel)
    for hours in (-1, 0, -1, 1):
        stage.clock.put(NOW + timedelta(hours=hours))
        slot = (NOW + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        await rung(made, partial(_is_done, stage, slot))
    assert len(wheel.turns) == len(set(wheel.turns)) == 3


async def _is_done(stage, slot):
    async with stage.database.reading() as c:
        return await schedule.done(c, "cycle", slot)
