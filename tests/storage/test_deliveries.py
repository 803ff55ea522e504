"""One message each on its way to one chat: planned once, claimed by one, ended with a reason."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import select

from core.models import DeliveryKind, DeliveryState
from storage import chats, deliveries
from storage.tables import delivery_firings
from tests.storage.facts import DAY, HOUR, NOON, SECOND, chat, planned

MINUTE = 60 * SECOND


async def claim(c, owner="me", now=NOON, real_now=NOON, limit=9):
    return await deliveries.claim(c, owner=owner, now=now, real_now=real_now, lease=MINUTE, limit=limit)


async def causes(c, **given):
    return [delivery.cause for delivery in await claim(c, **given)]


async def one(c, **given):
    """A delivery that `me` has claimed."""
    await deliveries.plan(c, [planned(**given)])
    (delivery,) = await claim(c)
    return delivery.id


async def state(c, delivery_id):
    return (await deliveries.get(c, delivery_id)).state


# --- planning --------------------------------------------------------------------------------------------


async def test_planned_message_can_be_read_back(database):
    async with database.writing() as c:
        await deliveries.plan(
            c, [planned(thread_id=3, expires_at=NOON + HOUR, payload_version=2, silent=True)]
        )
        (found,) = await deliveries.for_chat(c, 1)
        assert await deliveries.get(c, found.id) == found
        assert await deliveries.get(c, found.id + 1) is None
    assert found.model_dump(exclude={"id"}) == {
        "cause": "firing:f1", "chat_id": 1, "kind": DeliveryKind.NEW, "thread_id": 3,
        "payload": {"title": "故事"},
        "payload_version": 2, "silent": True, "priority": 10, "state": DeliveryState.PENDING, "due_at": NOON,
        "expires_at": NOON + HOUR, "attempts": 0, "message_id": None, "sent_at": None, "reason": None,
    }  # fmt: skip


async def test_planning_twice_is_one_message(database):
    batch = [planned("firing:a", firing_ids=("a", "b")), planned("firing:a", 2), planned("firing:a")]
    digest = planned("firing:a", kind=DeliveryKind.DIGEST)
    async with database.writing() as c:
        assert await deliveries.plan(c, []) == 0
        assert await deliveries.plan(c, batch[:2]) == 2
        assert await deliveries.plan(c, batch) == 0
        assert await deliveries.plan(c, [*batch, digest]) == 1
        links = await c.execute(select(delivery_firings.c.firing_id).order_by("firing_id"))
        assert list(links.scalars()) == ["a", "b"]


async def test_planning_many_at_once(database):
    async with database.writing() as c:
        batch = [planned(f"firing:{n}", n + 1, firing_ids=(f"f{n}",)) for n in range(3_000)]
        assert await deliveries.plan(c, batch) == 3_000
        assert await deliveries.plan(c, batch) == 0
        rows = await c.execute(select(delivery_firings.c.firing_id, delivery_firings.c.delivery_id))
        links = {row.firing_id: row.delivery_id for row in rows}
        (found,) = await deliveries.for_chat(c, 1_234)
        assert links["f1233"] == found.id
        assert len(set(links.values())) == 3_000


# --- claiming --------------------------------------------------------------------------------------------


async def test_urgent_first_then_due_first(database):
    async with database.writing() as c:
        await deliveries.plan(
            c,
            [
                planned("late", 1, due_at=NOON), planned("early", 2, due_at=NOON - SECOND),
                planned("digest", 3, due_at=NOON - HOUR, priority=0),
                planned("future", 4, due_at=NOON + SECOND),
            ],
        )  # fmt: skip
        assert await causes(c, limit=2) == ["early", "late"]
        assert await causes(c) == ["digest"]


async def test_only_one_message_of_a_chat_is_out_at_a_time(database):
    async with database.writing() as c:
        await deliveries.plan(c, [planned("first"), planned("second"), planned("urgent", priority=20)])
        (out,) = await claim(c)
        assert out.cause == "urgent"
        assert await claim(c) == []
        assert await deliveries.begin(c, [out.id], "me")
        assert await claim(c, owner="other") == []
        await deliveries.sent(c, [deliveries.Arrived(out.id, 5, NOON)])
        assert await causes(c) == ["first"]


async def test_message_waiting_for_its_retry_holds_back_the_later_ones(database):
    async with database.writing() as c:
        first = await one(c, cause="first")
        await deliveries.plan(c, [planned("second"), planned("elsewhere", 2)])
        await deliveries.begin(c, [first], "me")
        await deliveries.postpone(c, first, retry_at=NOON + 30 * SECOND, reason="busy")
        assert await causes(c, now=NOON + DAY) == ["elsewhere"]
        assert await causes(c, real_now=NOON + 30 * SECOND) == ["first"]


async def test_paused_chats_get_nothing_until_resumed(database):
    async with database.writing() as c:
        await chats.save(c, chat(1, paused="blocked"))
        await deliveries.plan(c, [planned()])
        assert await claim(c) == []
        assert await deliveries.pending_due(c, NOON) == 0
        assert await deliveries.next_due(c) is None
        await chats.resume(c, 1)
        assert await deliveries.pending_due(c, NOON) == 1
        assert len(await claim(c)) == 1


async def test_lease_runs_out_and_another_owner_takes_over(database):
    async with database.writing() as c:
        mine = await one(c)
        assert await claim(c, owner="other", real_now=NOON + MINUTE - SECOND) == []
        (taken,) = await claim(c, owner="other", real_now=NOON + MINUTE)
        assert taken.id == mine
        assert not await deliveries.begin(c, [mine], "me")
        assert await deliveries.begin(c, [mine], "other")
        assert not await deliveries.begin(c, [mine], "other")


async def test_released_messages_can_be_claimed_at_once(database):
    async with database.writing() as c:
        await deliveries.plan(c, [planned("a", 1), planned("b", 2)])
        begun, _kept = await claim(c)
        await deliveries.begin(c, [begun.id], "me")
        await deliveries.release(c, "other")
        assert await claim(c, owner="other") == []
        await deliveries.release(c, "me")
        assert await causes(c, owner="other") == ["b"]
        assert await state(c, begun.id) is DeliveryState.SENDING


async def test_owners_claiming_at_once_never_overlap(database):
    async with database.writing() as c:
        await deliveries.plan(c, [planned(f"firing:{n}", n % 20) for n in range(60)])
    taken = []

    async def drain(owner):
        idle = 0
        while idle < 3:
            async with database.durable() as c:
                claimed = await claim(c, owner=owner, limit=3)
            taken.extend((owner, delivery) for delivery in claimed)
            idle = 0 if claimed else idle + 1
            for delivery in claimed:
                async with database.durable() as c:
                    assert await deliveries.begin(c, [delivery.id], owner)
                await asyncio.sleep(0)
                async with database.durable() as c:
                    await deliveries.sent(c, [deliveries.Arrived(delivery.id, 1, NOON)])

    await asyncio.gather(*(drain(owner) for owner in ("a", "b", "c", "d")))
    assert len(taken) == len({delivery.id for _, delivery in taken}) == 60
    for number in range(20):
        order = [delivery.id for _, delivery in taken if delivery.chat_id == number]
        assert order == sorted(order)


async def test_claims_made_at_once_take_one_message_of_a_chat(database):
    async with database.writing() as c:
        await deliveries.plan(c, [planned(f"firing:{n}", n % 5) for n in range(50)])

    async def take(owner):
        async with database.writing() as c:
            claimed = await claim(c, owner=owner, limit=4)
            await asyncio.sleep(0.01)
            return claimed

    found = [d for claimed in await asyncio.gather(*map(take, "abcd")) for d in claimed]
    assert Counter(delivery.chat_id for delivery in found) == dict.fromkeys(range(5), 1)


# --- how it ends -----------------------------------------------------------------------------------------


async def test_sent_is_recorded_and_nothing_undoes_it(database):
    async with database.writing() as c:
        mine = await one(c)
        await deliveries.begin(c, [mine], "me")
        await deliveries.sent(c, [deliveries.Arrived(mine, 77, NOON)])
        await deliveries.postpone(c, mine, retry_at=NOON, reason="late news")
        await deliveries.finish(c, mine, DeliveryState.DEAD, "late news")
        found = await deliveries.get(c, mine)
        assert (found.state, found.message_id, found.reason) == (DeliveryState.SENT, 77, None)


async def test_arrival_overrides_what_was_believed_before(database):
    async with database.writing() as c:
        mine = await one(c)
        await deliveries.finish(c, mine, DeliveryState.UNKNOWN, "cut off")
        await deliveries.sent(c, [deliveries.Arrived(mine, 77, NOON)])
        assert await state(c, mine) is DeliveryState.SENT


async def test_postponed_message_goes_back_and_counts_the_attempt(database):
    async with database.writing() as c:
        mine = await one(c)
        for attempt in (1, 2):
            await deliveries.begin(c, [mine], "me")
            await deliveries.postpone(c, mine, retry_at=NOON, reason="busy")
            found = await deliveries.get(c, mine)
            assert (found.state, found.attempts, found.reason) == (DeliveryState.PENDING, attempt, "busy")
            assert len(await claim(c)) == 1


@pytest.mark.parametrize("end", [DeliveryState.DEAD, DeliveryState.UNKNOWN, DeliveryState.EXPIRED])
async def test_finished_message_keeps_its_reason_and_never_goes_out(database, end):
    async with database.writing() as c:
        mine = await one(c)
        await deliveries.begin(c, [mine], "me")
        await deliveries.finish(c, mine, end, "because")
        await deliveries.finish(c, mine, DeliveryState.DEAD, "again")
        found = await deliveries.get(c, mine)
        assert (found.state, found.reason) == (end, "because")
        assert await claim(c, now=NOON + DAY, real_now=NOON + DAY) == []


async def test_message_without_its_topic_goes_to_the_chat(database):
    async with database.writing() as c:
        mine = await one(c, thread_id=4)
        await deliveries.without_thread(c, mine)
        assert (await deliveries.get(c, mine)).thread_id is None


async def test_what_is_too_old_expires_with_a_reason(database):
    async with database.writing() as c:
        await deliveries.plan(
            c,
            [
                planned("old", 1, expires_at=NOON),
                planned("new", 2, expires_at=NOON + HOUR),
                planned("ever", 3),
            ],
        )
        assert await deliveries.expire(c, NOON) == []
        assert len(await deliveries.expire(c, NOON + SECOND)) == 1
        (old,) = await deliveries.for_chat(c, 1)
        assert (old.state, old.reason) == (DeliveryState.EXPIRED, "too old to send")
        assert await causes(c) == ["new", "ever"]


async def test_claimed_message_that_expired_is_not_begun(database):
    async with database.writing() as c:
        mine = await one(c, expires_at=NOON)
        await deliveries.expire(c, NOON + SECOND)
        assert not await deliveries.begin(c, [mine], "me")


# --- after a kill ----------------------------------------------------------------------------------------


async def cut_off(c, owner, **given):
    await deliveries.plan(c, [planned(**given)])
    (delivery,) = await claim(c, owner=owner)
    assert await deliveries.begin(c, [delivery.id], owner)
    return delivery.id


async def test_alert_that_was_cut_off_goes_out_again_once(database):
    async with database.writing() as c:
        mine = await cut_off(c, "killed")
        assert await deliveries.recover(c, owner="me", real_now=NOON) == (1, 0)
        found = await deliveries.get(c, mine)
        assert (found.state, found.attempts) == (DeliveryState.PENDING, 1)
        assert len(await claim(c, owner="killed too")) == 1
        assert await deliveries.begin(c, [mine], "killed too")
        assert await deliveries.recover(c, owner="me", real_now=NOON) == (0, 1)
        found = await deliveries.get(c, mine)
        assert (found.state, found.reason) == (DeliveryState.UNKNOWN, "cut off twice while sending")
        assert await deliveries.recover(c, owner="me", real_now=NOON) == (0, 0)


async def test_digest_that_was_cut_off_is_unknown(database):
    async with database.writing() as c:
        mine = await cut_off(c, "killed", kind=DeliveryKind.DIGEST)
        assert await deliveries.recover(c, owner="me", real_now=NOON) == (0, 1)
        found = await deliveries.get(c, mine)
        assert (found.state, found.reason) == (DeliveryState.UNKNOWN, "cut off while sending")


async def test_recovery_leaves_ones_own_messages_alone(database):
    async with database.writing() as c:
        mine = await cut_off(c, "me")
        assert await deliveries.recover(c, owner="me", real_now=NOON + DAY) == (0, 0)
        assert await state(c, mine) is DeliveryState.SENDING


async def test_recovery_gives_back_what_a_killed_process_had_claimed(database):
    async with database.writing() as c:
        await deliveries.plan(c, [planned()])
        assert len(await claim(c, owner="killed")) == 1
        assert await deliveries.recover(c, owner="me", real_now=NOON) == (0, 0)
        assert await causes(c) == ["firing:f1"]


async def test_beside_other_senders_only_run_out_leases_count_as_gone(database):
    async with database.writing() as c:
        mine = await cut_off(c, "slow")
        now = {"owner": "me", "alone": False}
        assert await deliveries.recover(c, **now, real_now=NOON + MINUTE - SECOND) == (0, 0)
        assert await state(c, mine) is DeliveryState.SENDING
        assert await deliveries.recover(c, **now, real_now=NOON + MINUTE) == (1, 0)


# --- a clock set back --------------------------------------------------------------------------------------


async def set_back(c, now=NOON):
    return await deliveries.set_back(c, now=now, real_now=now, lease=MINUTE, wait=15 * MINUTE)


async def test_after_the_clock_was_set_back_nothing_waits_for_a_time_to_come(database):
    async with database.writing() as c:
        ahead = NOON + DAY
        await deliveries.plan(
            c,
            [
                planned("due", 1, due_at=ahead, expires_at=ahead + HOUR),
                planned("endless", 2, due_at=ahead),
                planned("retried", 3),
                planned("claimed", 4),
            ],
        )
        retried, _ = await claim(c, "dead", real_now=ahead)
        await deliveries.postpone(c, retried.id, retry_at=ahead, reason="Telegram had trouble")
        assert await causes(c) == []
        assert await set_back(c) == 4
        assert await causes(c) == ["due", "endless"]
        assert "claimed" in await causes(c, real_now=NOON + MINUTE)
        assert "retried" not in await causes(c, real_now=NOON + 14 * MINUTE)
        assert "retried" in await causes(c, real_now=NOON + 15 * MINUTE)
        lives = {
            each.cause: each.expires_at for chat in (1, 2) for each in await deliveries.for_chat(c, chat)
        }
        assert lives == {"due": NOON + HOUR, "endless": None}


async def test_while_the_clock_goes_on_nothing_is_changed_for_it(database):
    async with database.writing() as c:
        await deliveries.plan(c, [planned("due", 1, expires_at=NOON + HOUR), planned("retried", 2)])
        _, retried = await claim(c)
        await deliveries.postpone(c, retried.id, retry_at=NOON + MINUTE, reason="Telegram had trouble")
        before = [*await deliveries.for_chat(c, 1), *await deliveries.for_chat(c, 2)]
        assert await set_back(c) == 0
        assert [*await deliveries.for_chat(c, 1), *await deliveries.for_chat(c, 2)] == before


# --- looking on ------------------------------------------------------------------------------------------


async def test_counts_name_every_state_of_one_chat_or_all(database):
    async with database.writing() as c:
        await one(c, chat_id=1)
        mine = await one(c, chat_id=2)
        await deliveries.finish(c, mine, DeliveryState.DEAD, "gone")
        nothing = dict.fromkeys(DeliveryState, 0)
        assert await deliveries.counts(c) == nothing | {DeliveryState.PENDING: 1, DeliveryState.DEAD: 1}
        assert await deliveries.counts(c, chat_id=2) == nothing | {DeliveryState.DEAD: 1}


async def test_next_due_is_the_earliest_waiting(database):
    async with database.writing() as c:
        assert await deliveries.next_due(c) is None
        await deliveries.plan(c, [planned("a", due_at=NOON + HOUR), planned("b", 2, due_at=NOON + DAY)])
        assert await deliveries.next_due(c) == NOON + HOUR
        assert await deliveries.pending_due(c, NOON) == 0
        assert await deliveries.pending_due(c, NOON + HOUR) == 1


async def test_chats_see_only_their_own_messages(database):
    async with database.writing() as c:
        await deliveries.plan(c, [planned("a", 1), planned("b", 2), planned("c", 1, priority=99)])
        assert [d.cause for d in await deliveries.for_chat(c, 1)] == ["a", "c"]
        assert await deliveries.for_chat(c, 3) == []
