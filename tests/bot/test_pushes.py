"""Pushes meet every kind of trouble: each ends in a state with a reason, and nobody else is affected."""

import asyncio
import re

import pytest

from bot.delivery import Sender
from bot.messages import Messages
from bot.sandbox.telegram.faults import Fault
from bot.words import edit
from core.models import Bullet, DeliveryKind, DeliveryState, WordingTarget, Words
from storage import deliveries
from tests.bot.stage import GROUP, OTHER, YOU, alert_facts
from tests.core.makers import HOUR, NOW, chat, score

SENT, DEAD, UNKNOWN, EXPIRED = (
    DeliveryState.SENT,
    DeliveryState.DEAD,
    DeliveryState.UNKNOWN,
    DeliveryState.EXPIRED,
)


@pytest.mark.parametrize(
    ("fault", "state", "reason", "paused", "copies"),
    [
        ({"kind": "retry_after", "retry_after": 1}, SENT, None, False, 1),
        ({"kind": "too_many"}, SENT, None, False, 1),
        ({"kind": "server_error"}, SENT, None, False, 1),
        ({"kind": "bad_gateway"}, SENT, None, False, 1),
        ({"kind": "slow", "delay": 0.1}, SENT, None, False, 1),
        ({"kind": "reset_before"}, UNKNOWN, "may have arrived", False, 0),
        ({"kind": "reset_after"}, UNKNOWN, "may have arrived", False, 1),
        ({"kind": "truncated"}, UNKNOWN, "may have arrived", False, 1),
        ({"kind": "forbidden", "text": "bot was blocked by the user"}, DEAD, "blocked by the user", True, 0),
        ({"kind": "forbidden", "text": "user is deactivated"}, DEAD, "account was deleted", True, 0),
        ({"kind": "chat_not_found"}, DEAD, "does not exist any more", True, 0),
        ({"kind": "bad_request", "text": "not enough rights to send"}, DEAD, "no right to write", True, 0),
        ({"kind": "bad_request", "text": "reply markup is too long"}, DEAD, "refused", False, 0),
    ],
)
async def test_a_fault_ends_in_its_state_and_touches_nobody_else(ready, fault, state, reason, paused, copies):
    ready.faults.add(Fault(method="sendMessage", chat_id=YOU, **fault))
    await ready.deliver()
    (push,) = await ready.pushes(YOU)
    assert push.state is state
    assert push.reason is None if reason is None else reason in push.reason
    assert ((await ready.kept(YOU)).paused is not None) is paused
    assert len(ready.heard(YOU)) == copies
    assert [p.state for p in await ready.pushes(OTHER)] == [SENT]
    assert len(ready.heard(OTHER)) == 1


async def test_trouble_without_end_is_given_up_with_its_reason(ready):
    ready.faults.add(Fault(kind="server_error", method="sendMessage", chat_id=YOU, times=None))
    await ready.deliver()
    (push,) = await ready.pushes(YOU)
    assert push.state is DEAD and "gave up after 8 attempts" in push.reason
    assert len([c for c in ready.server.calls if c.fault == "server_error"]) == 8


async def test_a_paused_chat_gets_its_later_alerts_only_when_it_is_back(ready):
    ready.faults.add(Fault(kind="forbidden", method="sendMessage", chat_id=YOU))
    await ready.deliver()
    await ready.fire(YOU, id="later")
    await ready.deliver()
    assert ready.heard(YOU) == []
    assert "Alerts are on." in await ready.answer("/subscribe")
    await ready.deliver()
    assert [p.state for p in await ready.pushes(YOU)] == [DEAD, SENT]


async def test_refused_entities_are_sent_again_as_plain_text(ready):
    text = "can't parse entities: Unsupported start tag"
    ready.faults.add(Fault(kind="bad_request", text=text, method="sendMessage", chat_id=YOU))
    await ready.deliver()
    (said,) = ready.heard(YOU)
    assert said["text"].startswith("Story a1 — 4.2× usual") and "<" not in said["text"]
    assert not any(e["type"] in ("bold", "text_link") for e in said.get("entities", []))
    assert (await ready.pushes(YOU))[0].state is SENT


async def test_a_topic_that_is_gone_is_left_for_the_chat_itself(ready):
    text = "message thread not found"
    await ready.keep(chat(YOU, thread_id=5))
    ready.faults.add(Fault(kind="bad_request", text=text, method="sendMessage", chat_id=YOU))
    await ready.deliver()
    assert len(ready.heard(YOU)) == 1 and (await ready.kept(YOU)).thread_id is None


async def test_a_stale_alert_expires_with_a_reason(ready):
    ready.clock.put(NOW + 2 * HOUR + HOUR / 60)
    await ready.deliver()
    for who in (YOU, OTHER):
        (push,) = await ready.pushes(who)
        assert (push.state, push.reason) == (EXPIRED, "too old to send")
        assert ready.heard(who) == []


async def test_facts_nobody_can_write_out_end_one_message_only(ready):
    async with ready.database.writing() as c:
        broken = alert_facts(NOW)
        del broken["title"]
        await deliveries.plan(c, [planned("firing:broken", OTHER, broken)])
    await ready.deliver()
    assert sorted(p.state for p in await ready.pushes(OTHER)) == [DEAD, SENT]


def planned(cause, chat_id, payload):
    return deliveries.Planned(cause, chat_id, DeliveryKind.NEW, None, payload, 10, NOW, NOW + 2 * HOUR, ())


async def test_an_alert_is_short_and_says_when_it_was_found(ready):
    await ready.deliver()
    said = ready.heard(YOU)[0]["text"]
    assert len(said.splitlines()[0]) <= 60 and len(said.splitlines()) <= 9
    assert "Earliest found 09:00 → seen 10:00 → sent 12:00 (UTC)" in said


async def test_one_chats_alerts_come_in_their_order(ready):
    for n in range(12):
        await ready.fire(YOU, id=f"g{n:02}", title=f"Number {n}", at=NOW)
    await ready.deliver()
    titles = [m["text"].split(" —")[0] for m in ready.heard(YOU)]
    assert titles == ["Story a1", *(f"Number {n}" for n in range(12))]


async def test_the_same_firing_expanded_twice_is_one_message(ready):
    await ready.deliver()
    await ready.fire(YOU, id="f1")
    await ready.deliver()
    assert len(ready.heard(YOU)) == 1


async def test_what_was_cut_off_by_a_crash_goes_out_once_more_and_then_never_again(ready):
    """A row left `sending` by a dead process: resent once; cut off again it is unknown."""
    for _ in range(2):
        await mark_sending(ready, YOU, owner="dead process")
        await ready.deliver()
    assert (await ready.pushes(YOU))[0].state is SENT and len(ready.heard(YOU)) == 1


async def mark_sending(stage, chat_id, owner):
    async with stage.database.durable() as c:
        batch = await deliveries.claim(c, owner=owner, now=NOW, real_now=NOW, lease=HOUR, limit=10)
        for claimed in batch:
            if claimed.chat_id == chat_id:
                await deliveries.begin(c, [claimed.id], owner)


async def test_stopping_does_not_wait_for_a_message_that_may_not_leave_yet(ready):
    """Telegram asked for a long pause: the message goes back to the outbox and the process ends."""
    ready.faults.add(Fault(kind="retry_after", method="sendMessage", retry_after=600))
    slow = sender(ready)
    stop = asyncio.Event()
    running = asyncio.create_task(slow.run(stop))
    await ready.server.wait_for(lambda: any(c.fault == "retry_after" for c in ready.server.calls))
    await asyncio.sleep(0.2)  # let the others line up behind the pause
    stop.set()
    await asyncio.wait_for(running, timeout=2)
    open_ones = [p for who in (YOU, OTHER) for p in await ready.pushes(who) if p.state != SENT]
    assert open_ones and all(p.state is DeliveryState.PENDING for p in open_ones)


def sender(stage):
    return Sender(
        settings=stage.settings.model_copy(
            update={"telegram": stage.settings.telegram.model_copy(update={"concurrency": 1})}
        ),
        database=stage.database,
        bot=stage.bot,
        clock=stage.clock,
        render=Messages(stage.database, stage.clock).render,
    )


async def test_a_title_of_any_length_leaves_a_first_line_that_fits_a_lock_screen(ready):
    await ready.fire(OTHER, id="long", title="W" * 500, ratio=123456.0, evidence=["100", "101", "102"])
    await ready.deliver()
    first = ready.heard(OTHER)[-1]["text"].splitlines()[0]
    assert len(first) <= 60 and re.search(r"× usual$", first)


async def test_a_group_gets_its_alert_like_anybody(ready):
    await ready.keep(chat(GROUP, kind="group"))
    await ready.fire(GROUP, id="g")
    await ready.deliver()
    assert len(ready.heard(GROUP)) == 1


async def test_a_send_that_is_cut_off_stays_sending_for_the_next_start(ready):
    ready.faults.add(Fault(kind="slow", method="sendMessage", chat_id=YOU, delay=5))
    running = asyncio.create_task(ready.sender.run(asyncio.Event()))
    await ready.server.wait_for(lambda: ready.heard(OTHER))
    async with asyncio.timeout(5):
        while (await ready.pushes(YOU))[0].state is not DeliveryState.SENDING:
            await asyncio.sleep(0.01)
        running.cancel()
        async with asyncio.timeout(1):
            await asyncio.gather(running, return_exceptions=True)
    assert (await ready.pushes(YOU))[0].state is DeliveryState.SENDING
    ready.sender = sender(ready)
    await ready.deliver()
    assert (await ready.pushes(YOU))[0].state is SENT


# --- edits


@pytest.fixture
async def asked(stage, hasty):
    """YOU got a card, and words for it wait in the outbox."""
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"))
    await stage.answer("/narrative a1")
    message_id = stage.heard()[-1]["message_id"]
    await plan_edit(stage, message_id)
    return stage


async def plan_edit(stage, message_id, text="Fees drop fast"):
    words = Words(headline="", bullets=(Bullet(text=text, post_ids=("100",)),))
    payload = {"view": "narrative", "narrative_id": "a1", "score": score("a1").model_dump(mode="json")}
    target = WordingTarget(key="k", chat_id=YOU, message_id=message_id, payload=payload)
    async with stage.database.writing() as c:
        await deliveries.plan(c, [edit(target, words, NOW)])


def edited(stage):
    return "In Grok’s words" in stage.heard()[-1]["text"]


@pytest.mark.parametrize(
    ("fault", "state", "reason", "done"),
    [
        ({"kind": "retry_after", "retry_after": 1}, SENT, None, True),
        ({"kind": "server_error"}, SENT, None, True),
        ({"kind": "bad_gateway"}, SENT, None, True),
        ({"kind": "reset_before"}, SENT, None, True),
        ({"kind": "reset_after"}, SENT, None, True),
        ({"kind": "truncated"}, SENT, None, True),
        ({"kind": "bad_request", "text": "message to edit not found"}, DEAD, "to edit not found", False),
        ({"kind": "bad_request", "text": "message can't be edited"}, DEAD, "can't be edited", False),
        ({"kind": "bad_request", "text": "message is not modified: same"}, SENT, None, False),
    ],
)
async def test_an_edit_ends_in_its_state_and_never_as_a_new_message(asked, fault, state, reason, done):
    asked.faults.add(Fault(method="editMessageText", chat_id=YOU, **fault))
    await asked.deliver()
    (push,) = await asked.pushes()
    assert push.state is state
    assert push.reason is None if reason is None else reason in push.reason
    assert (await asked.kept()).paused is None
    assert len(asked.heard()) == 1 and edited(asked) is done


async def test_an_edit_is_written_down_under_the_message_it_changed(asked):
    await asked.deliver()
    (push,) = await asked.pushes()
    assert (push.state, push.message_id) == (SENT, asked.heard()[-1]["message_id"])


async def test_an_edit_whose_entities_are_refused_is_made_in_plain_text(asked):
    text = "can't parse entities: Unsupported start tag"
    asked.faults.add(Fault(kind="bad_request", text=text, method="editMessageText", chat_id=YOU))
    await asked.deliver()
    said = asked.heard()[-1]
    assert edited(asked) and "<" not in said["text"] and "reply_markup" in said
    assert not any(e["type"] in ("bold", "text_link") for e in said.get("entities", []))


async def test_an_edit_of_a_message_somebody_deleted_ends_quietly(asked):
    await plan_edit(asked, 999)
    await asked.deliver()
    assert [p.state for p in await asked.pushes()] == [SENT, DEAD]
    assert len(asked.heard()) == 1


async def test_an_edit_that_comes_too_late_is_not_made(asked):
    asked.clock.put(NOW + HOUR / 2 + HOUR / 3600)
    await asked.deliver()
    (push,) = await asked.pushes()
    assert (push.state, push.reason) == (EXPIRED, "too old to send") and not edited(asked)


# --- fairness


async def test_over_many_turns_no_chat_is_always_the_first_to_hear(ready):
    people = [YOU, OTHER, GROUP]
    await ready.keep(chat(GROUP, kind="group"))
    await ready.deliver()
    firsts = []
    for turn in range(30):
        at = NOW + HOUR / 60 * (turn + 1)
        ready.clock.put(at)
        for who in people:
            await ready.fire(who, id=f"t{turn}-{who}", at=at, title=f"Turn {turn}")
        await ready.sender._outbox.expand()
        rows = [await by_title(ready, who, f"Turn {turn}") for who in people]
        firsts.append(min(rows, key=lambda row: row.id).chat_id)
    assert {firsts.count(who) > 0 for who in people} == {True}


async def by_title(stage, who, title):
    return next(p for p in await stage.pushes(who) if p.payload["title"] == title)


async def test_a_chat_that_has_to_wait_long_gives_its_place_to_the_others(ready):
    ready.sender._pacer.pause(600, -5)
    ready.sender._pacer._chat_next[YOU] = ready.sender._pacer._chat_next[-5]
    stop = asyncio.Event()
    running = asyncio.create_task(ready.sender.run(stop))
    await ready.server.wait_for(lambda: ready.heard(OTHER))
    stop.set()
    await running
    (push,) = await ready.pushes(YOU)
    assert (push.state, push.attempts) == (DeliveryState.PENDING, 0) and not ready.heard(YOU)


async def test_firings_that_come_while_messages_fly_are_not_left_behind(ready):
    ready.faults.add(Fault(kind="slow", method="sendMessage", chat_id=YOU, delay=3))
    stop = asyncio.Event()
    running = asyncio.create_task(ready.sender.run(stop))
    await ready.server.wait_for(lambda: ready.heard(OTHER))
    await ready.fire(OTHER, id="meanwhile", title="Meanwhile")
    ready.sender.wake()
    await ready.server.wait_for(lambda: len(ready.heard(OTHER)) == 2, timeout=2)
    stop.set()
    await running
