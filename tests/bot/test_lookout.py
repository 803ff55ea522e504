"""Silence is not calm: no data for two intervals is said once, in the chats that asked and to the admins."""

import re
from datetime import timedelta

import pytest

from bot.jobs import Jobs
from bot.lookout import Lookout
from core.alerts.language import parse
from core.models import ChatKind
from core.models.attention import QuietHours, Silence
from storage import attention, chats, rules
from tests.bot.stage import GROUP, YOU
from tests.core.makers import NOW, chat, score
from tests.core.rule_makers import rule

TWO_HOURS = timedelta(minutes=120)


def lookout(stage, began=NOW - timedelta(days=1)):
    made = Lookout(stage.settings, stage.database, stage.clock)
    made._began = began
    return made


async def told(stage, chat_id=YOU):
    return [m["text"] for m in stage.heard(chat_id)]


@pytest.fixture
async def subscribed(stage):
    """YOU wait for alerts; X was seen at NOW."""
    await stage.keep(chat(YOU), chat(GROUP, kind=ChatKind.GROUP, subscribed=False))
    await stage.fill(score("a1"))
    return stage


async def look(stage, made):
    await made.look()
    await stage.deliver()


async def test_two_intervals_without_data_are_said_within_five_minutes_and_once(subscribed):
    stage, made = subscribed, lookout(subscribed)
    stage.clock.put(NOW + TWO_HOURS)
    await look(stage, made)
    assert await told(stage) == []  # the turn of this hour is still under way
    stage.clock.move(minutes=5)
    for _ in range(4):
        await look(stage, made)
        stage.clock.move(minutes=60)
    await look(stage, lookout(stage))  # after a restart
    (text,) = await told(stage)
    assert "nothing new since 12:00" in text and "does not mean calm" in text
    assert "my own rounds have stopped" in text
    assert await told(stage, GROUP) == []


async def test_it_is_said_once_when_data_comes_back(subscribed):
    stage, made = subscribed, lookout(subscribed)
    stage.clock.put(NOW + timedelta(minutes=125))
    await stage.failed_cycle("unreachable")
    await look(stage, made)
    stage.clock.move(minutes=55)
    await stage.fill(score("a1", as_of=stage.clock.now()))
    for each in (made, made, lookout(stage)):
        await look(stage, each)
    first, second = await told(stage)
    assert "X" in first and "I see X again" in second and "began at 12:00" in second


async def test_who_was_not_told_of_the_silence_does_not_hear_of_its_end(subscribed):
    stage, made = subscribed, lookout(subscribed)
    stage.clock.put(NOW + timedelta(minutes=125))
    await look(stage, made)
    async with stage.database.writing() as c:
        await chats.change(c, GROUP, subscribed=True)
    await stage.fill(score("a1", as_of=stage.clock.now()))
    await look(stage, made)
    assert len(await told(stage)) == 2 and await told(stage, GROUP) == []


async def test_a_short_gap_is_not_worth_a_word(subscribed):
    stage, made = subscribed, lookout(subscribed)
    for _ in range(3):
        stage.clock.move(minutes=110)
        await look(stage, made)
        await stage.fill(score("a1", as_of=stage.clock.now()))
        await look(stage, made)
    assert await told(stage) == []


async def test_before_the_first_look_there_is_nothing_to_miss(stage):
    await stage.keep(chat(YOU))
    stage.clock.put(NOW + timedelta(days=2))
    await look(stage, lookout(stage))
    assert await told(stage) == []


async def test_after_a_start_the_first_turn_gets_its_time(subscribed):
    stage = subscribed
    stage.clock.put(NOW + timedelta(days=1))
    made = lookout(stage, began=stage.clock.now())
    await look(stage, made)
    assert await told(stage) == []
    stage.clock.move(minutes=4)
    await look(stage, made)
    assert len(await told(stage)) == 1


async def test_a_chat_with_a_rule_of_its_own_hears_it_and_a_muted_one_does_not(subscribed):
    stage = subscribed
    async with stage.database.writing() as c:
        await rules.add(c, rule(parse("momentum > 3x"), "r1", chat_id=GROUP))
        await attention.silence(c, YOU, Silence(target="chat", since=NOW))
    stage.clock.put(NOW + timedelta(minutes=125))
    await look(stage, lookout(stage))
    assert await told(stage) == [] and len(await told(stage, GROUP)) == 1


async def test_in_quiet_hours_it_comes_without_a_sound(subscribed):
    stage = subscribed
    async with stage.database.writing() as c:
        await attention.change(c, YOU, quiet=QuietHours(start="14:00", end="16:00"))
    stage.clock.put(NOW + timedelta(minutes=125))
    await look(stage, lookout(stage))
    (planned,) = await stage.pushes()
    assert planned.silent


async def test_an_admin_reads_what_to_do_and_hears_it_once_though_subscribed(opened):
    async with opened(admin_ids=(YOU,)) as stage:
        await stage.keep(chat(YOU))
        await stage.fill(score("a1"))
        stage.clock.put(NOW + timedelta(minutes=125))
        await stage.failed_cycle("out of credit")
        await look(stage, lookout(stage))
        (text,) = await told(stage)
        assert "python -m bot check" in text and len(re.sub("<[^>]+>", "", text).split("\n")[0]) <= 60


async def test_its_own_job_looks_every_minute(subscribed):
    stage = subscribed

    class Wheel:
        async def turn(self, slot):
            pass

    made = Jobs(
        settings=stage.settings,
        database=stage.database,
        clock=stage.clock,
        wheel=Wheel(),
        sender=stage.sender,
    )
    for minutes in (100, 20, 5):
        stage.clock.move(minutes=minutes)
        made.ring()
        while made.rota._running:
            await next(iter(made.rota._running.values()))
    await stage.deliver()
    assert len(await told(stage)) == 1
