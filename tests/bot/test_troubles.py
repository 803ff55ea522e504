"""What people read when there is nothing to show, X cannot be searched or Telegram stumbles."""

import socket

import pytest

from bot.intake import HANDLER_SECONDS
from bot.sandbox.telegram.faults import Fault
from bot.telegram import PATIENCE
from bot.web import Health
from core.errors import ConfigError
from core.models import Cycle
from storage import observations
from tests.core.makers import HOUR, NOW, change, score, signal

SURE = ("very sure", "fairly sure", "unsure", "a guess")


async def test_before_the_first_look_the_list_says_so(stage):
    assert "just started and am taking my first look" in await stage.answer("/trending")
    assert "No posts read yet." in await stage.answer("/status")
    assert "Nothing to report yet" in await stage.answer("/digest")
    assert "I know no narrative called" in await stage.answer("/narrative fee")


@pytest.mark.parametrize(
    ("fault", "spoken"),
    [
        ("unreachable", "X search is down"),
        ("hourly cap reached", "this hour's spending cap is reached"),
        ("daily cap reached", "today's spending cap is reached"),
        ("monthly cap reached", "this month's spending cap is reached"),
        ("out of credit", "the X search account is out of credit"),
        ("misconfigured", "X search refuses my settings"),
        ("ungrounded", "X search answered without posts"),
    ],
)
async def test_without_any_data_the_reason_is_told_in_words(stage, fault, spoken):
    await stage.failed_cycle(fault)
    said = await stage.answer("/trending")
    assert said == (
        f"I could not reach X search yet ({spoken}). I keep trying; there is nothing to show so far."
    )
    assert f"{spoken} ×1" in await stage.answer("/status")


async def quiet_turn(stage):
    """A finished cycle that asked nothing."""
    now = stage.clock.now()
    async with stage.database.writing() as c:
        cycle = Cycle(id=f"c{now}", started_at=now, known_at=now, params_hash="h")
        await observations.append(c, cycle, [], [])


async def test_without_money_for_a_first_look_that_is_what_is_said(stage):
    await quiet_turn(stage)
    assert "There is no money for a look at X right now" in await stage.answer("/trending")


async def test_turns_left_out_to_save_money_are_told(stage):
    await stage.fill(score("a1"))
    stage.clock.put(NOW + HOUR)
    await quiet_turn(stage)
    sparing = "I look at X less often now, so that the money lasts."
    for command in ("/trending", "/narrative a1", "/status"):
        said = await stage.answer(command)
        assert sparing in said and "No new posts" not in said, command
    stage.clock.put(NOW + 3 * HOUR)
    said = await stage.answer("/trending")
    assert "No new posts since 12:00. This is the picture from then.\n" + sparing in said
    await stage.fill(score("a1", as_of=stage.clock.now()))
    assert sparing not in await stage.answer("/trending")


async def test_an_old_picture_is_shown_and_believed_less(stage):
    surely = score("a1", momentum=signal(0.8, confidence=0.9), changes={"24h": change(4.2, confidence=0.9)})
    await stage.fill(surely)
    seen = []
    for hours in (0, 2, 8, 20):
        stage.clock.put(NOW + hours * HOUR)
        listed, card = await stage.answer("/trending"), await stage.answer("/narrative a1")
        assert "4.2× usual" in listed
        seen.append([next(word for word in SURE if word in said) for said in (listed, card)])
    assert seen == [["very sure"] * 2, ["very sure"] * 2, ["unsure"] * 2, ["a guess"] * 2]


async def test_a_search_that_breaks_later_leaves_the_last_picture_with_its_time(stage):
    await stage.fill(score("a1"))
    stage.clock.put(NOW + 3 * HOUR)
    await stage.failed_cycle("daily cap reached")
    said = await stage.answer("/trending")
    assert "Story a1" in said
    assert (
        "No new posts since 12:00 (today's spending cap is reached). This is the picture from then." in said
    )


async def test_a_watch_without_any_story_yet_says_how_long_it_has_watched(stage):
    await stage.fill(stories=[])
    stage.clock.put(NOW + HOUR)
    assert "I am reading X since 60 min, and no story has stood out yet" in await stage.answer("/trending")


async def test_the_first_two_days_say_how_much_has_been_observed(stage):
    await stage.fill(score("a1"))
    assert "1 of 48 hours observed" in await stage.answer("/trending")


async def test_a_short_pause_asked_by_telegram_delays_an_answer_and_loses_nothing(stage):
    stage.faults.add(Fault(kind="retry_after", method="sendMessage", retry_after=1))
    assert "I am INTERN" in await stage.answer("/start")


def test_an_answer_waits_no_longer_than_its_handler_lives():
    assert PATIENCE < HANDLER_SECONDS


@pytest.mark.parametrize("kind", ["server_error", "bad_gateway", "reset_before", "forbidden", "truncated"])
async def test_an_answer_that_fails_stops_nobody_else(stage, kind):
    stage.faults.add(Fault(kind=kind, method="sendMessage"))
    await stage.says("/start")
    assert "I am INTERN" in await stage.answer("/start")


@pytest.mark.parametrize("kind", ["server_error", "bad_gateway", "reset_before", "retry_after", "too_many"])
async def test_polling_survives_trouble(stage, kind):
    stage.faults.add(Fault(kind=kind, method="getUpdates"))
    await stage.says("/start")
    assert "I answer commands" in await stage.answer("hello")


async def test_a_port_that_is_taken_is_one_sentence(stage):
    taken = socket.create_server(("0.0.0.0", 0))
    try:
        with pytest.raises(ConfigError, match=r"PORT [0-9]+ cannot be used .*: set it to a free one\."):
            await Health(stage.database, stage.clock).start(taken.getsockname()[1])
    finally:
        taken.close()
