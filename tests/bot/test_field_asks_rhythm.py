"""What users of comparable products asked for: when messages come and who may say so, each by its thread."""

from datetime import timedelta

import pytest

from core.alerts.language import parse
from core.models.attention import Kind, Mode, QuietHours
from core.narratives.reading import read
from storage import attention, rules
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU
from tests.bot.test_digests import ring
from tests.bot.test_lookout import look, lookout
from tests.core.makers import NOW, chat, narrative, score
from tests.core.rule_makers import attention as allowing
from tests.core.rule_makers import judged, rule


def decided(*scores, people=None, now=NOW, allows=(), **how):
    stories = [narrative(each.narrative_id) for each in scores]
    people = people or [chat(YOU)]
    return judged(list(scores), stories, people, now=now, allows=list(allows), **how)


def reasons(*scores, **how):
    return {(d.chat_id, d.narrative_id): d.reason for d in decided(*scores, **how).decisions}


async def allowed(stage, chat_id=YOU):
    async with stage.database.reading() as c:
        return await attention.get(c, chat_id)


@pytest.fixture
async def alerted(stage):
    """An alert about a1 has come, to YOU and to the group."""
    await stage.keep(chat(YOU), chat(GROUP, kind="group"))
    await stage.fill(score("a1"))
    await stage.fire()
    await stage.fire(GROUP, id="f2")
    await stage.deliver()
    return stage


# --- who may say so ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/watch $NMBR", "/ignore airdrop", "/follow zk proofs", "/zone Berlin"])
async def test_freqtrade_163_a_member_commands_nothing_in_a_group(stage, text):
    await stage.fill(score("a1"))
    before = await allowed(stage, GROUP)
    assert "Only admins" in " ".join(await stage.says(text, chat=GROUP, user=MEMBER))
    assert await allowed(stage, GROUP) == before


async def test_freqtrade_163_a_rule_a_member_words_is_an_admins_to_save(stage):
    await stage.fill(score("a1"))
    await stage.answer("/alert authors >= 10", chat=GROUP, user=MEMBER)
    assert "admins" in (await stage.presses("Save", chat=GROUP, user=MEMBER)).answer["text"]
    async with stage.database.reading() as c:
        assert list(await rules.of_chat(c, GROUP)) == []


async def test_freqtrade_11504_a_members_press_is_refused_and_an_admins_is_not(alerted):
    refused = await alerted.presses("Mute", chat=GROUP, user=MEMBER)
    assert "admins" in refused.answer["text"] and (await allowed(alerted, GROUP)).silences == ()
    await alerted.presses("Mute", chat=GROUP, user=ADMIN)
    assert [s.id for s in (await allowed(alerted, GROUP)).silences] == ["a1"]


# --- rhythm ------------------------------------------------------------------------------------------------


def test_dagbot_57_quiet_hours_are_each_chats_own():
    night = allowing(YOU, quiet=QuietHours(start="22:00", end="08:00"))
    told = reasons(score("a1"), people=[chat(YOU), chat(GROUP)], allows=[night], now=NOW.replace(hour=23))
    assert told == {(YOU, "a1"): "quiet hours", (GROUP, "a1"): "surprise"}


def test_unraid_1702_alerts_may_come_without_a_sound():
    hush = allowing(YOU, kinds={Kind.ALERT: Mode.SILENT})
    assert [f.silent for f in decided(score("a1"), allows=[hush]).firings] == [True]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_profit_trailer_400_a_chat_says_how_many_a_day_and_the_rest_is_kept_with_its_reason(most):
    many = [score(f"a{n}", surprise=3.5 + n / 10, rank=n + 1) for n in range(6)]
    told = reasons(*many, allows=[allowing(YOU, budget=most)])
    assert list(told.values()).count("surprise") == most and list(told.values()).count("budget") == 6 - most
    assert {id for (_, id), why in told.items() if why == "surprise"} == {f"a{n}" for n in range(6 - most, 6)}


@pytest.mark.parametrize(
    ("hour", "told"), [(8, "quiet hours"), (9, "surprise"), (17, "surprise"), (18, "quiet hours")]
)
async def test_trendradar_127_alerts_only_within_a_band_of_the_day(stage, hour, told):
    await stage.answer("/subscribe")
    await stage.answer("/quiet 18-09")
    now = NOW.replace(hour=hour, minute=0)
    assert reasons(score("a1"), allows=[await allowed(stage)], now=now) == {(YOU, "a1"): told}


async def test_trendradar_512_an_alert_comes_live_and_the_whole_list_at_its_hour(stage):
    await stage.answer("/subscribe")
    await stage.answer("/digest daily 08:00")
    await stage.fill(score("a1"), score("b2", rank=2))
    await stage.fire()
    await stage.deliver()
    assert "Story a1" in stage.heard()[-1]["text"] and "Story b2" not in stage.heard()[-1]["text"]
    morning = (NOW + timedelta(days=1)).replace(hour=8, minute=5)
    stage.clock.put(morning)
    await stage.fill(score("a1", as_of=morning), score("b2", rank=2, as_of=morning))
    assert await ring(stage, morning) == 1
    await stage.deliver()
    assert "Story a1" in stage.heard()[-1]["text"] and "Story b2" in stage.heard()[-1]["text"]


async def test_profit_trailer_858_a_digest_comes_on_a_calm_day_too(stage):
    await stage.keep(chat(YOU, digest_at="08:00"))
    morning = (NOW + timedelta(days=1)).replace(hour=8, minute=5)
    stage.clock.put(morning)
    await stage.fill(score("a1", as_of=morning, phase="quiet", leaning="quiet", ratio=1.0, surprise=0.0))
    assert await ring(stage, morning) == 1
    await stage.deliver()
    assert len(stage.heard()) == 1


async def test_hschickdevs_32_alerts_come_by_themselves_once_they_are_on(stage):
    assert "Alerts are on." in await stage.answer("/subscribe")
    await stage.fill(score("a1"))
    kept = await stage.kept()
    await stage.fire_all(*judged([score("a1")], [narrative("a1")], [kept]).firings)
    await stage.deliver()
    assert "Story a1" in stage.heard()[-1]["text"]


# --- trust -------------------------------------------------------------------------------------------------


async def test_hashrate_autopilot_100_a_rule_is_tested_by_a_button(stage):
    await stage.fill(score("a1"))
    await stage.answer("/alert authors >= 10")
    await stage.presses("Save")
    await stage.says("/alerts")
    await stage.presses("1")
    before = len(stage.heard())
    await stage.presses("Test")
    assert any("Story a1" in m["text"] for m in stage.heard()[before:])
    assert await stage.pushes() == []


async def test_hashrate_autopilot_100_recovery_is_said_as_the_outage_was(stage):
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"))
    made = lookout(stage)
    stage.clock.put(NOW + timedelta(minutes=125))
    await look(stage, made)
    stage.clock.move(minutes=30)
    await stage.fill(score("a1", as_of=stage.clock.now()))
    await look(stage, made)
    assert ["nothing new" in m["text"] or "again" in m["text"] for m in stage.heard()] == [True, True]


def test_slack_market_6_words_in_capitals_are_no_tickers():
    shouting = ["BUY NOW BEFORE IT IS ALL GONE", "THE CEO OF THE ETF SAID YES", "THIS IS NOT A DRILL, FOLKS"]
    assert [read(text).named for text in shouting] == [frozenset()] * 3
    told = judged(
        [score("a1")], [narrative("a1", title="ALL IN ON THE ONE")], [chat(YOU, subscribed=False)],
        rules=[rule(parse("posts >= 3 on $ONE"), "r1")],
    )  # fmt: skip
    assert told.firings == []
