"""What was held back reaches the chat: in its digest, or in a short note in the morning."""

from datetime import timedelta

import pytest

from bot import digests, held_back
from core.models.attention import Kind, Mode, QuietHours
from storage import alerts, attention
from tests.bot.stage import YOU
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.storage.facts import decision

CATCH_UP = timedelta(hours=6)
MORNING = (NOW + 24 * HOUR).replace(hour=8)  # NOW is noon


@pytest.fixture
async def kept(stage):
    """A chat without a digest from which a story was kept at noon."""
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"), stories=[narrative("a1"), narrative("a2")])
    await hold(stage, "a1", "budget")
    return stage


async def hold(stage, narrative_id, reason, at=NOW, **changed):
    made = decision(narrative_id, YOU, cycle_id=f"c{at}", reason=reason, at=at, **changed)
    async with stage.database.writing() as c:
        await alerts.append_decisions(c, [made])


async def ring(stage, moment):
    """The job looks around at `moment`; the messages that come of it."""
    before = len(stage.heard())
    stage.clock.put(moment)
    async with stage.database.durable() as c:
        for each in await held_back.waiting(c, moment, CATCH_UP):
            await held_back.plan_note(c, each, moment, CATCH_UP)
    await stage.deliver()
    return [message["text"] for message in stage.heard()[before:]]


async def test_a_chat_without_a_digest_gets_a_short_note_at_eight(kept):
    assert await ring(kept, MORNING - HOUR / 60) == []
    (note,) = await ring(kept, MORNING)
    first, second, *_ = note.splitlines()
    assert first.startswith("Held back — 1 story") and len(first) <= 60
    assert second == "• Story a1 · the day's alerts were used up · 20 Nov 12:00"
    assert len(note.splitlines()) <= 9


async def test_a_note_comes_once_a_day_and_only_when_there_is_something(kept):
    assert len(await ring(kept, MORNING)) == 1
    await hold(kept, "a2", "budget", at=MORNING + HOUR)
    assert await ring(kept, MORNING + 2 * HOUR) == []
    (next_day,) = await ring(kept, MORNING + 24 * HOUR)
    assert "Story a2" in next_day and "Story a1" not in next_day
    assert await ring(kept, MORNING + 48 * HOUR) == []


async def test_eight_is_eight_where_the_chat_is(kept):
    await kept.keep(chat(YOU, zone="Asia/Tokyo"))
    assert await ring(kept, NOW.replace(hour=22, minute=59)) == []
    assert len(await ring(kept, NOW.replace(hour=23))) == 1


async def test_quiet_hours_that_still_run_are_waited_for(kept):
    async with kept.database.writing() as c:
        await attention.change(c, YOU, quiet=QuietHours(start="22:00", end="09:30"))
    assert await ring(kept, MORNING) == []
    assert len(await ring(kept, MORNING + 1.5 * HOUR)) == 1


async def test_a_chat_that_wants_no_digests_gets_no_note(kept):
    async with kept.database.writing() as c:
        await attention.change(c, YOU, kinds={Kind.DIGEST: Mode.OFF})
    assert await ring(kept, MORNING) == []


async def test_a_chat_with_a_digest_gets_it_there_and_no_note(kept):
    await kept.keep(chat(YOU, digest_at="08:00"))
    assert await ring(kept, MORNING) == []
    kept.clock.put(NOW + HOUR)
    assert "Held back: Story a1 (the day's alerts were used up)" in await kept.answer("/digest")
    assert "Held back" not in await kept.answer("/digest")


async def test_that_a_story_rested_after_its_alert_is_no_news(kept):
    await kept.fire(YOU, narrative_id="a2")
    await kept.deliver()
    await hold(kept, "n1", "cooldown", at=NOW + HOUR)  # the narrative of the stage's firings
    (note,) = await ring(kept, MORNING)
    assert note.startswith("Held back — 1 story") and "told not long before" not in note


async def test_a_digest_asked_for_goes_on_where_the_morning_note_ended(kept):
    """An alert came before the note and its story rested after it: the digest says so."""
    await kept.fire(YOU, id="f2", narrative_id="a2", at=MORNING - 2 * HOUR)
    assert len(await ring(kept, MORNING)) == 2
    await hold(kept, "a2", "cooldown", at=MORNING + HOUR)
    async with kept.database.reading() as c:
        made = await digests.compose(c, await kept.kept(), MORNING + 2 * HOUR)
    assert [(held.narrative_id, held.reason) for held in made.held] == [("a2", "cooldown")]
