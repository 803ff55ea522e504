"""What users of comparable products asked for: to be left alone for a while; each ask by its thread."""

from datetime import timedelta

import pytest

from core.alerts.language import parse
from storage import attention
from tests.bot.stage import GROUP, YOU
from tests.core.makers import HOUR, NOW, change, chat, narrative, score
from tests.core.rule_makers import judged, rule


def decided(*scores, people=None, now=NOW, allows=(), **how):
    stories = [narrative(each.narrative_id) for each in scores]
    return judged(list(scores), stories, people or [chat(YOU)], now=now, allows=list(allows), **how)


def reasons(*scores, **how):
    return {(d.chat_id, d.narrative_id): d.reason for d in decided(*scores, **how).decisions}


async def allowed(stage, chat_id=YOU):
    async with stage.database.reading() as c:
        return await attention.get(c, chat_id)


@pytest.fixture
async def alerted(stage):
    """An alert about a1 has come."""
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"))
    await stage.fire()
    await stage.deliver()
    return stage


@pytest.mark.parametrize(("later", "told"), [(0.9, "snoozed"), (1.1, "surprise")])
async def test_sentry_55127_a_snooze_ends_by_itself(alerted, later, told):
    await alerted.presses("Snooze")
    await alerted.presses("1 h")
    now = NOW + later * HOUR
    assert reasons(score("a1"), allows=[await allowed(alerted)], now=now) == {(YOU, "a1"): told}


async def test_signoz_389_what_was_silenced_is_listed_and_resumed(alerted):
    await alerted.presses("Mute")
    assert "Story a1" in await alerted.answer("/mutes")
    await alerted.answer("/unmute #story-a1")
    assert (await allowed(alerted)).silences == ()


async def test_netpulse_349_silence_in_one_chat_leaves_the_others_alone(alerted):
    await alerted.presses("Mute")
    told = reasons(score("a1"), people=[chat(YOU), chat(GROUP)], allows=[await allowed(alerted)])
    assert told == {(YOU, "a1"): "muted", (GROUP, "a1"): "surprise"}


@pytest.mark.parametrize(
    ("line", "spans", "hours"),
    [
        ("posts in 4h >= 5", ["1 h", "4 h", "8 h", "24 h", "‹"], 4),
        ("authors in 7d >= 5 and posts in 1h >= 2", ["1 h", "8 h", "24 h", "7 d", "‹"], 168),
        ("authors >= 10", ["1 h", "8 h", "24 h", "‹"], 8),
    ],
)
async def test_performance_monitor_944_a_snooze_may_last_as_long_as_the_rule_looks_back(
    stage, line, spans, hours
):
    changes = {span: change() for span in ("1h", "4h", "24h", "7d")}
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"))
    mine = judged(
        [score("a1", changes=changes)], [narrative("a1")], [chat(YOU, subscribed=False)],
        rules=[rule(parse(line), "r1", chat_id=YOU)],
    )  # fmt: skip
    await stage.fire_all(*mine.firings)
    await stage.deliver()
    await stage.presses("Snooze")
    row = stage.heard()[-1]["reply_markup"]["inline_keyboard"][0]
    assert [button["text"] for button in row] == spans
    said = f"{hours} h" if hours < 48 else f"{hours // 24} d"
    assert f"for {said}." in (await stage.presses(said)).answer["text"]
    (silence,) = (await allowed(stage)).silences
    assert silence.until == NOW + hours * HOUR
    await stage.presses(f"Snoozed {said} · Undo")
    await stage.presses("Snooze")
    assert said in [b["text"] for b in stage.heard()[-1]["reply_markup"]["inline_keyboard"][0]]


@pytest.mark.parametrize(("asked", "minutes"), [("30m", 30), ("5h", 300)])
async def test_lisk_cute_assistant_3_the_pause_lasts_any_minutes_or_hours(stage, asked, minutes):
    await stage.keep(chat(YOU))
    await stage.answer(f"/snooze {asked}")
    quiet = [await allowed(stage)]
    for later, told in ((minutes - 1, "snoozed"), (minutes + 1, "surprise")):
        now = NOW + timedelta(minutes=later)
        assert reasons(score("a1"), allows=quiet, now=now) == {(YOU, "a1"): told}


async def test_polkadot_1kv_1_each_kind_of_alert_is_turned_off_by_itself(stage):
    await stage.keep(chat(YOU))
    await stage.says("/kinds")
    await stage.presses("alerts: on")
    await stage.presses("alerts: silent")
    ruling = decided(score("a1"), allows=[await allowed(stage)], rules=[rule(parse("authors >= 10"), "r1")])
    assert [f.rule for f in ruling.firings] == ["r1"]
