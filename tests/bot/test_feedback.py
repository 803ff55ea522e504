"""Buttons under an alert: what people think of it is noted, shown, undone, summed up on Mondays."""

from datetime import timedelta

import pytest

from core.models import Verdict
from storage import feedback
from tests.bot.stage import GROUP, MEMBER, YOU
from tests.bot.test_held_back import ring
from tests.core.makers import NOW, chat, score

MONDAY = (NOW + timedelta(days=(0 - NOW.weekday()) % 7 or 7)).replace(hour=8)


@pytest.fixture
async def alerted(stage):
    await stage.keep(chat(YOU), chat(GROUP, kind="group"))
    await stage.fill(score("n1"))
    await stage.fire(YOU, id="f1", narrative_id="n1")
    await stage.deliver()
    return stage


def buttons(stage, chat_id=YOU):
    rows = stage.heard(chat_id)[-1]["reply_markup"]["inline_keyboard"]
    return [button["text"] for row in rows for button in row]


async def given(stage, chat_id=YOU):
    async with stage.database.reading() as c:
        found = await feedback.of_chats(c, [chat_id], since=NOW - timedelta(days=1))
    return [(each.user_id, each.verdict) for each in found.get(chat_id, [])]


async def test_a_verdict_is_noted_and_shown(alerted):
    assert (await alerted.presses("👍")).answer["text"].startswith("Noted: stories like this go first")
    assert await given(alerted) == [(YOU, Verdict.UP)]
    assert "👍 1" in buttons(alerted)


async def test_another_verdict_takes_the_place_of_the_first(alerted):
    await alerted.presses("👍")
    await alerted.presses("Spam")
    assert await given(alerted) == [(YOU, Verdict.SPAM)]
    assert "👍" in buttons(alerted) and "Spam 1" in buttons(alerted)


async def test_pressed_again_it_is_undone(alerted):
    await alerted.presses("👎")
    assert (await alerted.presses("👎 1")).answer["text"] == "Undone: it counts no more."
    assert await given(alerted) == [] and "👎" in buttons(alerted)


async def test_everybody_in_a_group_has_a_verdict(alerted):
    await alerted.fire(GROUP, id="g1")
    await alerted.deliver()
    await alerted.presses("👍", chat=GROUP, user=MEMBER)
    assert await given(alerted, GROUP) == [(MEMBER, Verdict.UP)]


async def test_the_alert_of_another_chat_cannot_be_judged(alerted):
    await alerted.fire(GROUP, id="g1")
    await alerted.deliver()
    told = await alerted.presses("👍", data="fb:g1:up")
    assert told.answer["text"] == "This alert is too old to be judged." and await given(alerted, GROUP) == []


async def test_a_week_is_summed_up_in_words_on_monday(alerted):
    alerted.clock.put(MONDAY - timedelta(days=1))
    await alerted.presses("👍")
    (note,) = await ring(alerted, MONDAY)
    assert "Your week: 1 👍 · sooner: Story n1" in note
    assert len(note.splitlines()) <= 9
