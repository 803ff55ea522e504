"""Quiet on demand: the buttons under alerts, /mute, /unmute, /mutes and /snooze."""

from datetime import timedelta

import pytest

from bot.views.silencing import Hush
from storage import alerts, attention, narratives
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU, alert_facts
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.storage import facts

REFUSED = "Only admins of this group can change its settings."


@pytest.fixture
async def rung(stage):
    """An alert about a1 has come."""
    await stage.keep(chat(YOU))
    await stage.fill(
        score("a1"), score("b2"), stories=[narrative("a1", title="Fee cut"), narrative("b2", title="Fee war")]
    )
    await stage.fire()
    await stage.deliver()
    return stage


async def held(stage, chat_id=YOU):
    async with stage.database.reading() as c:
        return [(s.target, s.id, s.until) for s in (await attention.get(c, chat_id)).silences]


def buttons(message):
    return [[b["text"] for b in row] for row in message["reply_markup"]["inline_keyboard"]]


@pytest.mark.parametrize("hours", [1, 8, 24])
async def test_one_press_opens_three_spans_and_the_next_snoozes_the_story(rung, hours):
    before = buttons(rung.heard()[-1])
    await rung.presses("Snooze")
    assert buttons(rung.heard()[-1])[0] == ["1 h", "8 h", "24 h", "‹"]
    pressed = await rung.presses(f"{hours} h")
    assert f"for {hours} h" in pressed.answer["text"] and "Fee cut" in pressed.answer["text"]
    assert await held(rung) == [("narrative", "a1", NOW + hours * HOUR)]
    assert buttons(rung.heard()[-1])[0] == [f"Snoozed {hours} h · Undo"]
    await rung.presses(f"Snoozed {hours} h · Undo")
    assert await held(rung) == [] and buttons(rung.heard()[-1]) == before


async def test_a_look_at_the_spans_changes_nothing(rung):
    before = buttons(rung.heard()[-1])
    await rung.presses("Snooze")
    await rung.presses("‹")
    assert buttons(rung.heard()[-1]) == before and await held(rung) == []


async def test_mute_is_one_press_and_can_be_undone(rung):
    assert "No more alerts" in (await rung.presses("Mute")).answer["text"]
    assert await held(rung) == [("narrative", "a1", None)]
    await rung.presses("Muted · Undo")
    assert await held(rung) == []


async def test_a_mute_under_an_old_alert_holds_for_the_story_it_was_merged_into(rung):
    async with rung.database.writing() as c:
        await narratives.save(c, [narrative("a1", title="Fee cut", redirect_to="b2")])
    assert "Fee war" in (await rung.presses("Mute")).answer["text"]
    assert await held(rung) == [("narrative", "b2", None)]


async def test_undoing_a_mute_of_a_story_that_was_merged_meanwhile_ends_it(rung):
    await rung.presses("Mute")
    async with rung.database.writing() as c:
        await narratives.save(c, [narrative("a1", title="Fee cut", redirect_to="b2")])
    assert "1" not in (await rung.answer("/mutes")).splitlines()[0]
    assert "I speak of “Fee war” again" in await rung.answer("/unmute #story-b2")
    assert await held(rung) == []


async def test_forged_and_stale_buttons_are_answered_and_change_nothing(rung):
    for data in (Hush(do="snooze", id="a1", hours=999), Hush(do="mute", id="nobody"), Hush(do="rm", id="a1")):
        await rung.fire(id=f"f{data.do}{data.id}")
        await rung.deliver()
        pressed = await rung.presses("Mute", data=data.pack())
        assert "does not work any more" in pressed.answer["text"] and await held(rung) == []
    assert "older version" in (await rung.presses("Mute", data="z:snooze")).answer["text"]


async def test_the_longest_data_fits_telegrams_64_bytes():
    assert len(Hush(do="snooze", id="f" * 12, hours=24).pack().encode()) <= 64


async def test_in_groups_only_admins_silence(rung):
    await rung.keep(chat(GROUP, kind="group"))
    await rung.fire(GROUP, id="g")
    await rung.deliver()
    pressed = await rung.presses("Mute", chat=GROUP, user=MEMBER)
    assert pressed.answer == {"text": REFUSED, "show_alert": True} and await held(rung, GROUP) == []
    for command in ("/snooze 8h", "/mute #story-a1", "/unmute #story-a1"):
        assert await rung.answer(command, chat=GROUP, user=MEMBER) == REFUSED
    await rung.presses("Mute", chat=GROUP, user=ADMIN)
    assert await held(rung, GROUP) == [("narrative", "a1", None)]


async def test_a_story_is_muted_by_name_and_listed_and_unmuted(rung):
    assert "Muted: Fee cut" in await rung.answer("/mute fee cut")
    await rung.answer("/snooze 8h")
    said = await rung.answer("/mutes")
    assert "Fee cut · muted" in said and "everything · until 20:00" in said
    await rung.presses("Speak again: Fee cut")
    await rung.presses("Speak again: everything")
    assert await held(rung) == [] and "Nothing is muted" in rung.heard()[-1]["text"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/mute", "Which story?"),
        ("/mute fee", "Several stories are called “fee”"),
        ("/mute atlantis", "I know no narrative called “atlantis”"),
        ("/mute $SOL", "is no single story"),
        ("/unmute #story-a1", "is not muted here"),
        ("/snooze", "How long?"),
        ("/snooze soon", "How long?"),
        ("/snooze 900d", "How long?"),
        ("/snooze off", "Nothing was snoozed"),
        ("/mutes", "Nothing is muted"),
    ],
)
async def test_what_cannot_be_done_is_said_with_the_right_usage(rung, text, hint):
    assert hint in (await rung.answer(text)).replace("⁠", "")
    assert await held(rung) == []


@pytest.mark.parametrize(("text", "span"), [("1h", HOUR), ("30m", HOUR / 2), ("2d", timedelta(days=2))])
async def test_a_chat_snoozes_for_a_while_and_wakes_when_told(rung, text, span):
    assert "Snoozed until" in await rung.answer(f"/snooze {text}")
    assert await held(rung) == [("chat", "", NOW + span)]
    assert "awake again" in await rung.answer("/snooze off")


async def test_a_snooze_that_is_over_is_listed_no_more(rung):
    await rung.answer("/snooze 1h")
    rung.clock.move(hours=2)
    assert "Nothing is muted" in await rung.answer("/mutes")


@pytest.mark.parametrize(
    ("said", "reason"), [("/mute Fee cut", "muted"), ("/snooze 8h", "snoozed"), ("/unsubscribe", "off")]
)
async def test_what_waits_for_its_way_out_is_silenced_too(rung, said, reason):
    told = alert_facts(NOW, title="Fee cut")
    await rung.fire_all(facts.firing("f2", YOU, at=NOW, narrative_id="a1", rule="plain", facts=told))
    await rung.answer(said)
    before = len(rung.heard())
    await rung.deliver()
    assert len(rung.heard()) == before
    async with rung.database.reading() as c:
        (held,) = await alerts.decisions(c, narrative_id="a1", chat_id=YOU, limit=9)
    assert (held.reason, held.fired) == (reason, False)


async def test_muting_one_story_leaves_another_on_its_way(rung):
    told = alert_facts(NOW, title="Fee war", narrative_id="b2")
    await rung.fire_all(facts.firing("f2", YOU, at=NOW, narrative_id="b2", rule="plain", facts=told))
    await rung.answer("/mute Fee cut")
    await rung.deliver()
    assert "Fee war" in rung.heard()[-1]["text"]
