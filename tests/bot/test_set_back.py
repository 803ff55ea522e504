"""A clock set back, by an hour or by the day it had run ahead: work goes on, and nothing is done twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from bot import jobs as jobs_module
from bot import rota
from bot.clock import AppClock, real_now
from bot.jobs import Jobs
from bot.rota import Rota
from core.models import DeliveryState
from storage import deliveries, schedule
from storage.tables import job_runs
from tests.bot.stage import YOU
from tests.bot.test_digests import ring
from tests.core.makers import NOW, chat, score

OTHER = 7
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
AT = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def machine():
    """The machine's clock, which goes on and can be set."""
    with time_machine.travel(AT, tick=True) as made:
        yield made


class Wheel:
    """Says when it turned, and in which slot."""

    def __init__(self):
        self.slots, self.turned = [], asyncio.Event()

    async def turn(self, slot):
        self.slots.append(slot)
        self.turned.set()

    async def turns(self, number, within=5.0):
        """Until it has turned so many times more."""
        async with asyncio.timeout(within):
            for _ in range(number):
                self.turned.clear()
                await self.turned.wait()


@pytest.fixture
async def running(stage, machine, monkeypatch):
    """INTERN's jobs on the machine's clock, its slots a second each."""
    monkeypatch.setattr(jobs_module, "MINUTE", SECOND)
    settings = stage.settings
    every = settings.cycle.model_copy(update={"every_minutes": 1 / 60})
    made = Jobs(
        settings=settings.model_copy(update={"cycle": every}),
        database=stage.database,
        clock=AppClock(),
        wheel=Wheel(),
        sender=stage.sender,
    )
    stop = asyncio.Event()
    task = asyncio.create_task(made.run(stop))
    yield made._wheel
    stop.set()
    await task


async def rows(stage, job):
    async with stage.database.reading() as c:
        return list(await c.execute(select(job_runs).where(job_runs.c.job == job)))


async def settled(stage, job="cycle"):
    """Every slot of a job is over, and each of them once."""
    found = await rows(stage, job)
    return sum(row.done_at is None for row in found) <= 1 and len({row.slot for row in found}) == len(found)


async def worked(stage, first, seconds=60):
    """The wheel turned in every slot of that time, long ago."""
    async with stage.database.writing() as c:
        for number in range(seconds):
            slot = rota.floor(first + number * SECOND, SECOND)
            given = {"job": "cycle", "slot": slot, "owner": "long ago", "real_now": real_now()}
            assert await schedule.claim_slot(c, **given, lease=SECOND) and await schedule.finish_slot(
                c, **given
            )


@pytest.mark.parametrize("back", [HOUR, DAY])
async def test_the_wheel_goes_on_turning_after_the_clock_was_set_back(stage, machine, running, back):
    await worked(stage, AT - back)
    await running.turns(1)
    machine.shift(-back)
    await running.turns(3, within=5.0)  # and not an hour
    assert [slot.count("/") for slot in running.slots[-2:]] == [1, 1]
    assert len(running.slots) == len(set(running.slots)) and await settled(stage)


async def test_a_process_that_begins_in_the_time_that_is_repeated_goes_on_as_well(stage, machine, running):
    """It has no memory of what was done before the clock was set back."""
    machine.shift(-HOUR)
    await worked(stage, real_now())
    await running.turns(3)
    assert all(slot.endswith("/2") for slot in running.slots[1:]) and await settled(stage)


async def test_a_clock_a_day_ahead_and_back_leaves_no_gap_now_and_none_a_day_later(stage, machine, running):
    await running.turns(1)
    machine.shift(DAY)
    await running.turns(1)
    machine.shift(-DAY)
    await running.turns(2)
    await worked(stage, real_now() + DAY + 5 * SECOND)  # the clock was ahead for a minute
    machine.shift(DAY + 5 * SECOND)
    await running.turns(3)
    assert [slot.count("/") for slot in running.slots[-2:]] == [1, 1]
    assert len(running.slots) == len(set(running.slots)) and await settled(stage)


async def test_a_digest_whose_time_comes_in_the_hour_that_is_repeated_comes_and_no_other_twice(
    stage, machine, running
):
    await stage.keep(chat(YOU, digest_at="12:00", subscribed=False))
    assert await planned(stage, YOU, 1)
    machine.shift(-HOUR)
    stage.acts.add_private(OTHER, "Other")
    await stage.keep(chat(OTHER, digest_at="11:00", subscribed=False))
    assert await planned(stage, OTHER, 1)
    machine.shift(HOUR)
    await running.turns(2)
    stage.clock.put(real_now())
    await stage.deliver()
    assert [len(stage.heard(who)) for who in (YOU, OTHER)] == [1, 1]
    assert [push.state for push in await stage.pushes()] == [DeliveryState.SENT]


async def planned(stage, who, number, within=5.0):
    async with asyncio.timeout(within):
        while len(await stage.pushes(who)) < number:
            await asyncio.sleep(0.02)
    return len(await stage.pushes(who)) == number


async def test_the_digest_of_today_comes_though_tomorrows_came_while_the_clock_was_ahead(stage):
    eight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    await stage.keep(chat(YOU, digest_at="08:00", subscribed=False))
    moments = (eight - HOUR, eight + DAY, eight - HOUR / 2, eight, eight + DAY, eight + 2 * DAY)
    assert [await ring(stage, moment) for moment in moments] == [0, 1, 0, 1, 0, 1]
    assert [push.cause for push in await stage.pushes()] == [f"digest:2026-11-{day}" for day in (22, 21, 23)]


async def test_what_the_wheel_found_while_the_clock_was_ahead_is_not_todays_ranking(stage):
    await stage.fill(score("today"))
    stage.clock.put(NOW + DAY)
    await stage.fill(score("tomorrow", cycle_id="ahead", as_of=NOW + DAY))
    assert "tomorrow" in await stage.answer("/trending")
    stage.clock.put(NOW + timedelta(minutes=5))
    said = await stage.answer("/trending")
    assert "today" in said and "tomorrow" not in said


async def test_an_alert_decided_by_a_clock_that_was_ahead_is_sent_when_it_is_right_again(stage):
    await stage.keep(chat(YOU))
    stage.clock.put(NOW + DAY)
    await stage.fire(id="early")
    stage.clock.put(NOW)
    await stage.deliver()
    (push,) = await stage.pushes()
    assert (push.state, push.due_at) == (DeliveryState.SENT, NOW) and len(stage.heard()) == 1


async def test_a_message_planned_by_a_clock_that_was_ahead_waits_no_longer_and_lives_no_longer(stage):
    await stage.keep(chat(YOU), chat(OTHER))
    stage.acts.add_private(OTHER, "Other")
    stage.clock.put(NOW + DAY)
    await stage.fire(id="first")
    await stage.sender._outbox.expand()
    async with stage.database.durable() as c:
        await deliveries.claim(
            c, owner="dead", now=NOW + DAY, real_now=real_now() + DAY, lease=timedelta(seconds=120), limit=1
        )
    stage.clock.put(NOW)
    stop = asyncio.Event()
    sending = asyncio.create_task(stage.sender.run(stop))
    await stage.server.wait_for(stage.heard, timeout=5)
    stop.set()
    await sending
    (push,) = await stage.pushes()
    assert push.state is DeliveryState.SENT and len(stage.heard()) == 1
    assert NOW == push.due_at < push.expires_at < NOW + DAY


async def test_a_lease_of_a_time_to_come_does_not_keep_a_slot_from_others(stage, monkeypatch):
    monkeypatch.setattr(rota, "LEASE", timedelta(seconds=0.3))
    slot = rota.floor(NOW, HOUR)
    async with stage.database.writing() as c:
        await schedule.claim_slot(
            c, job="cycle", slot=slot, owner="dead", real_now=real_now() + DAY, lease=timedelta(seconds=10)
        )
    worked = asyncio.Event()

    async def work(_slot):
        worked.set()

    mine = Rota(stage.database, waits=())
    async with asyncio.timeout(5):
        while not worked.is_set():
            mine.begin("cycle", NOW, HOUR, work)
            await asyncio.sleep(0.02)
    await mine.stop(1.0)
    (row,) = await rows(stage, "cycle")
    assert row.done_at and row.owner == mine._owner


async def test_whoever_works_when_the_clock_is_set_back_keeps_the_slot(stage, machine, monkeypatch):
    monkeypatch.setattr(rota, "LEASE", timedelta(seconds=0.6))
    monkeypatch.setattr(rota, "RENEW", timedelta(seconds=0.1))
    begun, go, worked = asyncio.Event(), asyncio.Event(), []

    async def work(slot):
        worked.append(slot)
        begun.set()
        await go.wait()

    first, second = Rota(stage.database, waits=()), Rota(stage.database, waits=())
    first.begin("cycle", NOW, HOUR, work)
    await begun.wait()
    machine.shift(-HOUR)
    for _ in range(40):
        second.begin("cycle", NOW, HOUR, work)
        await asyncio.sleep(0.05)
    go.set()
    await first.stop(1.0)
    await second.stop(2.0)
    (row,) = await rows(stage, "cycle")
    assert len(worked) == 1 and row.done_at and row.owner == first._owner


async def test_two_workers_repeat_a_slot_once_between_them(stage):
    worked, every = [], timedelta(seconds=0.5)
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    async def work(slot):
        worked.append(slot)

    both = Rota(stage.database, waits=()), Rota(stage.database, waits=())
    began = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < began + 2.2:  # the clock stands in one slot
        for each in both:
            each.begin("cycle", now, every, work)
        await asyncio.sleep(0.02)
    for each in both:
        await each.stop(1.0)
    assert len(worked) == len(set(worked)) and 3 <= len(worked) <= 5
    assert worked[:3] == [f"2026-11-20T12:00:00Z{again}" for again in ("", "/2", "/3")]


async def test_a_replay_repeats_no_slot_while_its_clock_is_held(stage):
    worked = []

    async def work(slot):
        worked.append(slot)

    held = Rota(stage.database, waits=(), settable=False)
    for _ in range(20):
        held.begin("cycle", NOW, timedelta(seconds=0.1), work)
        await asyncio.sleep(0.02)
    await held.stop(1.0)
    assert len(worked) == 1
