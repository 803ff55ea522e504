"""What users of comparable products asked for, about alerts: each ask by the name of its thread."""

import pytest

from core.alerts.language import parse
from core.models import Phase
from core.models.attention import Kind, Mode, QuietHours
from core.models.rules import Scope
from storage import attention, rules
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import attention as allowing
from tests.core.rule_makers import fired, judged, rule

FORUM = -1_000_000_000_077


def reasons(scores, **how):
    """What a turn decides: narrative → reason."""
    how = {"chats": [chat(YOU, subscribed=False)], **how}
    people = how.pop("chats")
    stories = how.pop("stories", [narrative(s.narrative_id) for s in scores])
    return {d.narrative_id: d.reason for d in judged(scores, stories, people, **how).decisions}


def own(line, id="r1", **fields):
    return rule(parse(line), id, **fields)


@pytest.fixture
async def alerted(stage):
    """An alert about a1 has come."""
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"))
    await stage.fire()
    await stage.deliver()
    return stage


async def silences(stage):
    async with stage.database.reading() as c:
        return [(s.target, s.id, s.until) for s in (await attention.get(c, YOU)).silences]


# --- where an alert goes, and who may say so ----------------------------------------------------------------


async def test_rsstt_246_an_alert_goes_to_the_topic_the_command_was_given_in(stage):
    stage.acts.add_group(FORUM, "Forum", {ADMIN: "Admin"}, [ADMIN], kind="supergroup", forum=True)
    topic = stage.acts.add_topic(FORUM, "Signals")
    await stage.answer("/subscribe", chat=FORUM, user=ADMIN, thread_id=topic)
    await stage.fire(FORUM)
    await stage.deliver()
    assert stage.heard(FORUM)[-1]["message_thread_id"] == topic


@pytest.mark.parametrize("text", ["/subscribe", "/quiet 22-08", "/budget 1", "/snooze 8h", "/mute #story-a1"])
async def test_freqtrade_5867_in_a_group_only_admins_change_what_is_sent(stage, text):
    await stage.fill(score("a1"))
    assert "Only admins" in await stage.answer(text, chat=GROUP, user=MEMBER)
    assert "Only admins" not in await stage.answer(text, chat=GROUP, user=ADMIN)


async def test_trendradar_1070_one_collection_many_chats_each_with_its_own_words(stage):
    told = judged(
        [score("a1"), score("b2", rank=2)], [narrative("a1"), narrative("b2")],
        [chat(YOU, subscribed=False), chat(2, subscribed=False)], said={"a1": "a hack", "b2": "an airdrop"},
        rules=[own('mentions "hack"'), own('mentions "airdrop"', "r2", chat_id=2)],
    )  # fmt: skip
    assert {(f.chat_id, f.narrative_id) for f in told.firings} == {(YOU, "a1"), (2, "b2")}


# --- quiet -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [1, 8, 24])
async def test_hashrate_autopilot_109_snooze_and_mute_from_the_message(alerted, hours):
    await alerted.presses("Snooze")
    await alerted.presses(f"{hours} h")
    assert await silences(alerted) == [("narrative", "a1", NOW + hours * HOUR)]
    await alerted.presses(f"Snoozed {hours} h · Undo")
    await alerted.presses("Mute")
    assert await silences(alerted) == [("narrative", "a1", None)]


async def test_hashrate_autopilot_100_a_global_snooze_still_records(stage):
    await stage.answer("/snooze 8h")
    async with stage.database.reading() as c:
        allowed = await attention.get(c, YOU)
    ruling = judged([score("a1")], [narrative("a1")], [chat(YOU)], allows=[allowed])
    assert ruling.firings == [] and [d.reason for d in ruling.decisions] == ["snoozed"]


async def test_netpulse_329_one_story_is_silenced_for_an_hour_a_day_or_for_ever(alerted):
    await alerted.presses("Mute")
    async with alerted.database.reading() as c:
        allowed = await attention.get(c, YOU)
    told = reasons([score("a1"), score("b2", rank=2)], chats=[chat(YOU)], allows=[allowed])
    assert told == {"a1": "muted", "b2": "surprise"}


@pytest.mark.parametrize(("hour", "told"), [(23, "quiet hours"), (7, "quiet hours"), (8, "surprise")])
def test_telegram_746_quiet_hours_that_telegram_does_not_offer(hour, told):
    night = allowing(YOU, quiet=QuietHours(start="22:00", end="08:00"))
    now = NOW.replace(hour=hour)
    assert reasons([score("a1")], chats=[chat(YOU)], allows=[night], now=now) == {"a1": told}


@pytest.mark.parametrize("mode", [Mode.SILENT, Mode.OFF])
def test_profit_trailer_872_each_kind_of_message_is_on_silent_or_off(mode):
    ruling = judged(
        [score("a1")], [narrative("a1")], [chat(YOU)], rules=[own("authors >= 10", chat_id=YOU)],
        allows=[allowing(YOU, kinds={Kind.ALERT: mode})],
    )  # fmt: skip
    plain = [f.silent for f in ruling.firings if f.rule == "plain"]
    assert plain == ([True] if mode is Mode.SILENT else [])
    assert [f.silent for f in ruling.firings if f.rule == "r1"] == [False]


# --- neither again nor never -------------------------------------------------------------------------------


def test_crypto_signal_16_once_does_not_repeat():
    once = own("authors >= 10 once")
    ruling = judged([score("a1")], [narrative()], [chat(YOU, subscribed=False)], rules=[once])
    assert (len(ruling.firings), ruling.done) == (1, ["r1"])
    done = once.model_copy(update={"done_at": NOW})
    assert reasons([score("a1")], rules=[done], now=NOW + 100 * HOUR) == {"a1": "once"}


def test_crypto_signal_34_a_state_that_lasts_is_told_again_after_its_own_pause_not_every_poll():
    """A pause that does not depend on how often is polled: nothing lost for hours, nothing told each time."""
    lasting, told = [own("authors >= 10 every 4h")], []
    for minutes in range(0, 12 * 60, 30):
        now = NOW + minutes * HOUR / 60
        ruling = judged(
            [score("a1", as_of=now)], [narrative()], [chat(YOU, subscribed=False)],
            told, rules=lasting, now=now, cycle_id=f"c{minutes}",
        )  # fmt: skip
        told += [fired(YOU, rule=f.rule, at=f.at, surprise=f.surprise, phase=f.phase) for f in ruling.firings]
    assert [(f.at - NOW) / HOUR for f in told] == [0, 4, 8]


def test_crypto_signal_471_what_grows_is_told_again_within_the_pause():
    before = [fired(YOU, rule="r1", at=NOW - 2 * HOUR, surprise=3.0, phase=Phase.EMERGING)]
    rules = [own("authors >= 10")]
    assert reasons([score("a1", surprise=3.9)], last=before, rules=rules) == {"a1": "cooldown"}
    assert reasons([score("a1", surprise=4.0)], last=before, rules=rules) == {"a1": "escalated"}


@pytest.mark.parametrize("hours", [1, 3, 48])
def test_binance_pump_alerts_6_the_pause_is_the_users_choice(hours):
    rules = [own(f"authors >= 10 every {hours}h")]
    for ago, told in ((hours - 0.1, "cooldown"), (hours, "rule")):
        last = [fired(YOU, rule="r1", at=NOW - ago * HOUR, surprise=3.5)]
        assert reasons([score("a1")], last=last, rules=rules) == {"a1": told}


async def test_binance_pump_alerts_52_hundreds_at_once_are_one_message_of_five(stage):
    many = [score(f"a{n}", surprise=3.5 + n / 100, rank=n + 1) for n in range(300)]
    ruling = judged(many, [narrative(s.narrative_id) for s in many], [chat(YOU)])
    assert len(ruling.firings) == 5 and len(ruling.decisions) == 300
    await stage.keep(chat(YOU))
    await stage.fire_all(*ruling.firings)
    await stage.deliver()
    assert len(stage.heard()) == 1


@pytest.mark.parametrize("minutes", [30, 60, 23 * 60])
def test_trendradar_216_a_story_that_was_told_is_not_told_again(minutes):
    last = [fired(YOU, at=NOW - minutes * HOUR / 60, surprise=3.5, phase=Phase.EMERGING)]
    assert reasons([score("a1")], chats=[chat(YOU)], last=last) == {"a1": "cooldown"}


# --- what is told ------------------------------------------------------------------------------------------


def test_rsstt_159_what_a_chat_ignores_is_not_told():
    allowed = [allowing(YOU, ignore=(Scope(kind="topic", name="airdrop"),))]
    told = reasons(
        [score("a1"), score("b2", rank=2)], chats=[chat(YOU)], allows=allowed,
        stories=[narrative("a1", title="Free airdrop"), narrative("b2")],
    )  # fmt: skip
    assert told == {"a1": "ignored", "b2": "surprise"}


@pytest.mark.parametrize(("line", "true"), [
    ("authors >= 10 and posts >= 20", True), ("authors >= 10 and posts >= 21", False),
    ("authors >= 99 or posts >= 20", True), ("authors >= 10 and not posts >= 20", False),
])  # fmt: skip
def test_cryptosignal_293_conditions_are_combined(line, true):
    assert bool(reasons([score("a1")], rules=[own(line)])) is true


async def test_cryptosignal_429_an_alert_explains_itself_in_words_and_advises_nothing(alerted):
    said = alerted.heard()[-1]["text"]
    assert "usual" in said and "authors" in said and "sure" in said
    assert not any(word in said.casefold() for word in ("buy", "sell", "hot", "cold"))


def test_fintwit_bot_158_one_account_that_posts_much_is_no_alert():
    flood = score("a1", posts_24h=500, authors_24h=1, surprise=9.0, ratio=50.0)
    assert reasons([flood], chats=[chat(YOU)]) == {"a1": "evidence"}


def test_botty_325_letters_inside_a_word_are_no_ticker():
    rules = [own("posts >= 3 on $ETH")]
    stories = [narrative("a1", title="somETHing big"), narrative("b2", tickers=("ETH",))]
    told = reasons([score("a1"), score("b2", rank=2)], stories=stories, rules=rules)
    assert told == {"b2": "rule"}


# --- what a chat owns --------------------------------------------------------------------------------------


async def test_hschickdevs_todo_alerts_go_out_as_json(stage):
    await stage.fill(score("a1"))
    await stage.answer("/alert authors >= 10")
    await stage.presses("Save")
    stage.acts.user_says(YOU, YOU, "/export")
    await stage.settled()
    (paper,) = [m for m in stage.server.messages(YOU) if "document" in m]
    content = stage.server.desk.papers.known(paper["document"]["file_id"]).content
    assert b"authors >= 10" in content


async def test_hschickdevs_30_a_paused_rule_says_so_and_a_deleted_one_is_gone(stage):
    await stage.fill(score("a1"))
    await stage.answer("/alert authors >= 10")
    await stage.presses("Save")
    async with stage.database.reading() as c:
        (made,) = await rules.of_chat(c, YOU)
    paused = made.model_copy(update={"paused": True, "chat_id": YOU, "created_at": NOW - 99 * HOUR})
    assert reasons([score("a1")], rules=[paused]) == {"a1": "paused"}
