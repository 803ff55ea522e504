"""What becomes of an alert: edited once when confirmed, visibly withdrawn, told again in its thread."""

import pytest

from bot import developments
from core.alerts.firing import fired_of
from core.alerts.params import AlertParams
from core.models import Coordination
from core.models.attention import Kind, Mode
from storage import attention, narratives, posts
from tests.bot.stage import YOU
from tests.bot.test_alert_message import decided, told
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.storage import facts

PARAMS = AlertParams()


@pytest.fixture
async def alerted(stage):
    """YOU got an alert about a1 at noon."""
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"))
    await told(stage, decided(changed={"confirmed_24h": 2}))
    stage.clock.move(minutes=40)
    return stage


async def turn(stage, *scores):
    """A later turn looks at the alerts; everything the chat hears of it."""
    async with stage.database.durable() as c:
        await developments.plan(c, scores, stage.clock.now(), PARAMS)
    await stage.deliver()
    return [message["text"] for message in stage.heard()]


async def delete(stage, *ids):
    async with stage.database.writing() as c:
        await posts.insert(c, [facts.post(id, text="", gone=True, created_at=NOW) for id in ids])


async def test_an_alert_is_edited_once_when_confirmed(alerted):
    (text,) = await turn(alerted, score("a1", confirmed_24h=6))
    first, second, *_ = text.splitlines()
    assert first.startswith("Story a1 — ") and len(first) <= 60
    assert second == "Confirmed 12:40: 6 confirmed authors"
    assert "sent 12:00" in text and len(text.splitlines()) <= 9
    alerted.clock.move(minutes=40)
    assert await turn(alerted, score("a1", confirmed_24h=9)) == [text]


async def test_an_alert_whose_posts_are_deleted_is_withdrawn_and_says_so(alerted):
    await delete(alerted, "100", "101")
    edited, answer = await turn(alerted, score("a1", posts_24h=2))
    assert edited.splitlines()[:2] == [
        "Story a1 — withdrawn",
        "Withdrawn 12:40: 2 of its 3 posts are deleted or junk",
    ]
    assert answer.splitlines()[0] == "Withdrawn — Story a1"
    assert len(edited.splitlines()) <= 9 and len(answer.splitlines()) <= 9
    alert, reply = alerted.heard()
    assert reply["reply_to_message"]["message_id"] == alert["message_id"]
    assert await turn(alerted, score("a1", posts_24h=2)) == [edited, answer]


async def test_posts_lost_of_a_story_that_many_others_carry_take_nothing_back(alerted):
    await delete(alerted, "100", "101")
    (text,) = await turn(alerted, score("a1"))
    assert "ithdrawn" not in text


async def test_that_few_talk_of_it_later_takes_nothing_back(alerted):
    (text,) = await turn(alerted, score("a1", posts_24h=1, authors_24h=1))
    assert "ithdrawn" not in text
    assert await turn(alerted) == [text]


async def test_talk_that_turns_out_coordinated_is_taken_back(alerted):
    found = Coordination(value=0.8, category="high", confidence=0.9, n=20)
    edited, _ = await turn(alerted, score("a1", coordination=found))
    assert "its talk looks coordinated" in edited


async def test_a_chat_that_wants_no_updates_is_told_nothing(alerted):
    async with alerted.database.writing() as c:
        await attention.change(c, YOU, kinds={Kind.UPDATE: Mode.OFF})
    (text,) = await turn(alerted, score("a1", confirmed_24h=6))
    assert "Confirmed 12:40" not in text


async def test_in_a_bundle_the_story_alone_is_struck_out(stage):
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"), score("a2", rank=2), score("a3", rank=3))
    await told(stage, decided(3))
    found = Coordination(value=0.8, category="high", confidence=0.9, n=20)
    edited, answer = await turn(stage, score("a2", coordination=found), score("a1"), score("a3"))
    assert "2 Story a2 — withdrawn" in edited.splitlines() and edited.count("withdrawn") == 1
    assert answer.startswith("Withdrawn — Story a2")


async def test_what_escalates_answers_in_the_alerts_thread(alerted):
    first = decided(changed={"confirmed_24h": 2}).firings
    again = decided(now=NOW + 2 * HOUR, last=[fired_of(f)._replace(surprise=1.0) for f in first])
    alerted.clock.put(NOW + 2 * HOUR)
    (message,) = await told(alerted, again)
    assert message["reply_to_message"]["message_id"] == alerted.heard()[0]["message_id"]


async def test_a_withdrawal_is_seen_also_after_hours_in_which_nothing_could_be_sent(alerted):
    await delete(alerted, "100", "101")
    async with alerted.database.durable() as c:
        await developments.plan(c, [score("a1", posts_24h=2)], alerted.clock.now(), PARAMS)
    alerted.clock.move(hours=5)
    await alerted.deliver()
    (edited,) = alerted.heard()  # what is no news any more, the answer, stays away
    assert edited["text"].splitlines()[0] == "Story a1 — withdrawn"


async def merged(stage, gone, into):
    async with stage.database.writing() as c:
        await narratives.save(c, [narrative(gone, redirect_to=into), narrative(into)])


async def test_what_becomes_of_a_story_that_was_merged_answers_in_the_thread_of_its_alert(alerted):
    await merged(alerted, "a1", into="b2")
    found = Coordination(value=0.8, category="high", confidence=0.9, n=20)
    edited, answer = await turn(alerted, score("b2", coordination=found))
    assert edited.startswith("Story a1 — withdrawn") and answer.startswith("Withdrawn — Story a1")
    alert, reply = alerted.heard()
    assert reply["reply_to_message"]["message_id"] == alert["message_id"]


@pytest.mark.parametrize(("gone", "survivor"), [("a1", "b2"), ("b2", "a1")])
async def test_of_two_stories_that_are_one_now_what_escalates_answers_the_alert_of_either(
    alerted, gone, survivor
):
    """Also where they were merged after it was decided and before it was sent."""
    last = [fired_of(f)._replace(surprise=1.0) for f in decided().firings]
    (again,) = decided(now=NOW + 2 * HOUR, last=last).firings
    again = again.model_copy(update={"narrative_id": "b2", "facts": again.facts | {"narrative_id": "b2"}})
    await merged(alerted, gone, into=survivor)
    alerted.clock.put(NOW + 2 * HOUR)
    await alerted.fire_all(again)
    await alerted.deliver()
    alert, message = alerted.heard()
    assert message["reply_to_message"]["message_id"] == alert["message_id"]
