"""What users of comparable products asked for, about alerts: each ask by the name of its thread."""

import json
from datetime import timedelta

import pytest

from core.alerts.language import parse
from core.models.attention import Kind, Mode, QuietHours
from core.models.rules import Scope
from storage import attention, rules
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU
from tests.bot.test_digests import ring
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import attention as allowing
from tests.core.rule_makers import judged, rule

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


async def test_notifine_29_start_inside_a_topic_is_enough(stage):
    stage.acts.add_group(FORUM, "Forum", {ADMIN: "Admin"}, [ADMIN], kind="supergroup", forum=True)
    topic = stage.acts.add_topic(FORUM, "Signals")
    await stage.answer("/start", chat=FORUM, user=ADMIN, thread_id=topic)
    await stage.presses("Alerts on", chat=FORUM, user=ADMIN)
    await stage.fire(FORUM)
    await stage.deliver()
    assert [m["message_thread_id"] for m in stage.heard(FORUM)] == [topic] * 3


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


# --- what is told ------------------------------------------------------------------------------------------


def test_rsstt_159_what_a_chat_ignores_is_not_told():
    allowed = [allowing(YOU, ignore=(Scope(kind="topic", name="airdrop"),))]
    told = reasons(
        [score("a1"), score("b2", rank=2)], chats=[chat(YOU)], allows=allowed,
        stories=[narrative("a1", title="Free airdrop"), narrative("b2")],
    )  # fmt: skip
    assert told == {"a1": "ignored", "b2": "surprise"}


@pytest.mark.parametrize(
    ("said", "told"), [("love is in the air", {"a1": "rule"}), ("glove", {}), ("a joke, with love", {})]
)
def test_el_monitorro_45_words_that_must_and_words_that_must_not_be_in_it(said, told):
    rules = [own('mentions "love" and not mentions "joke"')]
    assert reasons([score("a1")], rules=rules, said={"a1": said}) == told


async def test_telegram_rss_reader_1_words_a_chat_leaves_out_are_one_command(stage):
    await stage.answer("/ignore airdrop")
    async with stage.database.reading() as c:
        allowed = [await attention.get(c, YOU)]
    stories = [narrative("a1", title="Free AIRDROP today"), narrative("b2", title="Airdropped supplies")]
    told = reasons([score("a1"), score("b2", rank=2)], chats=[chat(YOU)], allows=allowed, stories=stories)
    assert told == {"a1": "ignored", "b2": "surprise"}


@pytest.mark.parametrize(("line", "true"), [
    ("authors >= 10 and posts >= 20", True), ("authors >= 10 and posts >= 21", False),
    ("authors >= 99 or posts >= 20", True), ("authors >= 10 and not posts >= 20", False),
])  # fmt: skip
def test_cryptosignal_293_conditions_are_combined(line, true):
    assert bool(reasons([score("a1")], rules=[own(line)])) is true


@pytest.mark.parametrize(("surprise", "true"), [(3.5, True), (9.5, False)])
def test_cryptosignal_406_conditions_stand_inside_each_other(surprise, true):
    rules = [own("(authors >= 99 or (posts >= 20 and momentum > 2x)) and not (surprise > 9 or posts > 999)")]
    assert bool(reasons([score("a1", surprise=surprise)], rules=rules)) is true


async def test_cryptosignal_429_an_alert_explains_itself_in_words_and_advises_nothing(alerted):
    said = alerted.heard()[-1]["text"]
    assert "usual" in said and "authors" in said and "sure" in said
    assert not any(word in said.casefold() for word in ("buy", "sell", "hot", "cold"))


def test_fintwit_bot_158_one_account_that_posts_much_is_no_alert():
    flood = score("a1", posts_24h=500, authors_24h=1, surprise=9.0, ratio=50.0)
    assert reasons([flood], chats=[chat(YOU)]) == {"a1": "evidence"}


def test_fintwit_bot_158_much_talk_that_is_usual_is_no_alert_and_little_that_is_rare_is_one():
    usual = score("a1", posts_24h=5000, authors_24h=900, surprise=0.4, ratio=1.1)
    rare = score("b2", rank=2, posts_24h=12, authors_24h=9, surprise=3.4, ratio=6.0)
    assert reasons([usual, rare], chats=[chat(YOU)]) == {"b2": "surprise"}


def test_fintwit_bot_158_without_enough_past_nothing_is_called_unusual():
    assert reasons([score("a1", history_hours=5.0)], chats=[chat(YOU)]) == {"a1": "warm-up"}


@pytest.mark.parametrize(("line", "told"), [("posts up 50% in 24h", "a1"), ("posts down 50% in 24h", "b2")])
def test_fintwit_bot_25_what_changed_most_against_a_day_ago_up_and_down(line, told):
    day = {s.narrative_id: s for s in (score("a1", posts_24h=10), score("b2", posts_24h=60))}
    scores = [score("a1", as_of=NOW), score("b2", rank=2, as_of=NOW)]
    before = {id: s.model_copy(update={"as_of": NOW - 24 * HOUR}) for id, s in day.items()}
    assert reasons(scores, rules=[own(line)], ago={"24h": before}) == {told: "rule"}


async def test_fintwit_bot_22_once_a_day_what_is_talked_of_most_with_its_mood(stage):
    await stage.keep(chat(YOU, digest_at="08:00"))
    morning = (NOW + timedelta(days=1)).replace(hour=8, minute=5)
    stage.clock.put(morning)
    await stage.fill(score("a1", as_of=morning), score("b2", rank=2, as_of=morning))
    assert [await ring(stage, morning), await ring(stage, morning + HOUR)] == [1, 0]
    await stage.deliver()
    (message,) = stage.heard()
    assert message["text"].index("Story a1") < message["text"].index("Story b2")
    await stage.presses("Trending")
    assert "bullish" in stage.heard()[-1]["text"] or "mixed" in stage.heard()[-1]["text"]


def test_botty_325_letters_inside_a_word_are_no_ticker():
    rules = [own("posts >= 3 on $ETH")]
    stories = [narrative("a1", title="somETHing big"), narrative("b2", tickers=("ETH",))]
    told = reasons([score("a1"), score("b2", rank=2)], stories=stories, rules=rules)
    assert told == {"b2": "rule"}


# --- what a chat owns --------------------------------------------------------------------------------------


async def test_hschickdevs_todo_alerts_go_out_as_json_and_come_back(stage):
    await stage.fill(score("a1"))
    await stage.answer("/alert authors >= 10")
    await stage.presses("Save")
    stage.acts.user_says(YOU, YOU, "/export")
    await stage.settled()
    (paper,) = [m for m in stage.server.messages(YOU) if "document" in m]
    content = stage.server.desk.papers.known(paper["document"]["file_id"]).content
    assert "authors >= 10" in json.loads(content)["rules"][0].values()
    async with stage.database.writing() as c:
        (made,) = await rules.of_chat(c, YOU)
        await rules.remove(c, YOU, made.id)
    stage.acts.user_sends_file(YOU, YOU, "intern.json", content, caption="/import")
    await stage.settled()
    async with stage.database.reading() as c:
        assert [each.spec for each in await rules.of_chat(c, YOU)] == [made.spec]
