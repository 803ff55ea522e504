"""What a chat sees of its alerts: one message each, or one for several, that says which rule and how sure."""

from datetime import timedelta

import pytest

from core.alerts.language import parse
from core.models import DeliveryState, Verdict
from core.models.attention import Kind, Mode
from storage import alerts, feedback
from tests.bot.stage import YOU
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import attention, judged, rule

MINUTE = HOUR / 60


def decided(count=1, *, rules=(), now=NOW, subscribed=True, last=(), changed=None, **allowed):
    """What a turn decides of `count` stories for YOU, the most surprising first."""
    scores = [
        score(f"a{i}", surprise=3.2 + i, rank=i + 1, evidence=("100", "101", "102"), **(changed or {}))
        for i in range(1, count + 1)
    ]
    return judged(
        scores, [narrative(s.narrative_id) for s in scores], [chat(YOU, subscribed=subscribed)], last,
        rules=rules, allows=[attention(YOU, **allowed)], now=now, cycle_id=f"c{now:%d%H%M}",
    )  # fmt: skip


async def told(stage, ruling):
    """The messages a turn's firings become."""
    before = len(stage.heard())
    async with stage.database.writing() as c:
        await alerts.append_decisions(c, ruling.decisions)
    await stage.fire_all(*ruling.firings)
    await stage.deliver()
    return stage.heard()[before:]


@pytest.fixture
async def subscribed(stage):
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"), score("a2", rank=2), score("a3", rank=3))
    return stage


async def carried(stage):
    """By message: the firings it carries."""
    async with stage.database.reading() as c:
        return [[f.id for f in await alerts.carried(c, [push.id])] for push in await stage.pushes()]


async def test_three_stories_at_once_are_one_message_with_a_button_each(subscribed):
    ruling = decided(4)
    (message,) = await told(subscribed, ruling)
    first, *rest = message["text"].splitlines()
    assert first == "4 stories move at once" and len(rest) <= 8
    assert rest[0] == "1 Story a4 — 2.5× usual · 15 authors"
    assert rest[-1].endswith("1–4 of 5 today")
    buttons = message["reply_markup"]["inline_keyboard"][0]
    assert [b["text"] for b in buttons] == ["1", "2", "3", "4"]
    assert [sorted(each) for each in await carried(subscribed)] == [sorted(f.id for f in ruling.firings)]


async def test_a_story_of_a_bundle_is_told_alone_and_rated_there(subscribed):
    ruling = decided(3)
    (bundle,) = await told(subscribed, ruling)
    assert all(len(b["callback_data"].encode()) <= 64
               for row in bundle["reply_markup"]["inline_keyboard"] for b in row)  # fmt: skip
    await subscribed.presses("2")
    alone = subscribed.heard()[-1]
    assert alone["text"].startswith("Story a2 — 2.5× usual") and "2 of 5 today" in alone["text"]
    assert "sent 12:00" in alone["text"]
    assert alone["reply_to_message"]["message_id"] == bundle["message_id"]
    await subscribed.presses("👍")
    async with subscribed.database.reading() as c:
        given = await feedback.of_chats(c, [YOU], since=NOW - HOUR)
    assert [(each.narrative_id, each.verdict) for each in given[YOU]] == [("a2", Verdict.UP)]
    await subscribed.presses("2")
    assert "👍 1" in str(subscribed.heard()[-1]["reply_markup"])


async def test_a_story_of_another_chats_bundle_is_not_told(subscribed):
    ruling = decided(3)
    await told(subscribed, ruling)
    other = ruling.firings[0].model_copy(update={"id": "f" * 24, "chat_id": 2, "bundle": None})
    async with subscribed.database.writing() as c:
        await alerts.append_firings(c, [other])
    pressed = await subscribed.presses("1", data=f"o:{other.id}")
    assert "does not work any more" in pressed.answer["text"] and len(subscribed.heard()) == 1


async def test_two_stories_at_once_are_two_messages(subscribed):
    assert len(await told(subscribed, decided(2))) == 2


async def test_a_bundle_of_many_names_all_and_stays_short(subscribed):
    (message,) = await told(subscribed, decided(20, budget=20))
    assert len(message["text"].splitlines()) <= 9
    assert all(f"Story a{n}" in message["text"] for n in range(1, 21))


async def test_a_story_two_rules_are_true_of_is_one_message_that_carries_both(subscribed):
    own = [rule(parse("authors >= 10"), "r1"), rule(parse("posts >= 3"), "r2")]
    ruling = decided(rules=own, subscribed=False)
    (message,) = await told(subscribed, ruling)
    assert "Your rule: authors >= 10 and 1 more of yours · 1 of 5 today" in message["text"]
    assert [sorted(each) for each in await carried(subscribed)] == [sorted(f.id for f in ruling.firings)]


async def test_a_chats_own_rule_says_what_came_true_and_not_far_more_talk(subscribed):
    own = [rule(parse("authors >= 10"), "r1")]
    (message,) = await told(subscribed, decided(rules=own, subscribed=False))
    assert message["text"].splitlines()[0] == "Story a1 — 15 authors"
    assert "far more talk" not in message["text"]


async def test_a_plain_alert_says_its_place_in_the_day(subscribed):
    (message,) = await told(subscribed, decided())
    lines = message["text"].splitlines()
    assert len(lines) <= 9 and len(lines[0]) <= 60
    assert any(line.endswith("· 1 of 5 today") for line in lines)


@pytest.mark.parametrize(("mode", "sound"), [(Mode.SILENT, False), (Mode.ON, True)])
async def test_a_silent_kind_makes_no_sound(subscribed, mode, sound):
    await told(subscribed, decided(kinds={Kind.ALERT: mode}))
    (call,) = [c for c in subscribed.server.calls if c.method == "sendMessage"]
    assert (not call.params.get("disable_notification")) == sound


async def test_a_restart_sends_nothing_again(subscribed):
    ruling = decided(4)
    await told(subscribed, ruling)
    assert await told(subscribed, ruling) == []


async def test_an_alert_older_than_two_hours_is_kept_for_the_digest(subscribed):
    ruling = decided()
    subscribed.clock.put(NOW + 2 * HOUR + timedelta(minutes=1))
    assert await told(subscribed, ruling) == []
    assert [push.state for push in await subscribed.pushes()] == [DeliveryState.EXPIRED]
    subscribed.clock.move(minutes=1)
    digest = await subscribed.answer("/digest")
    assert "Held back: Story a1 (too late to send)" in digest
