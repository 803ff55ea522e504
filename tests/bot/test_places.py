"""The bot's own place: blocked, back again, thrown out, and groups that move house."""

import asyncio

import pytest
from sqlalchemy import select

from bot.sandbox.telegram.faults import Fault
from core.models import DeliveryState
from storage import schedule
from storage.tables import metadata
from tests.bot.stage import ADMIN, GROUP, YOU
from tests.core.makers import HOUR, NOW, score


async def test_a_block_pauses_and_the_end_of_the_block_brings_everything_back(stage):
    await stage.answer("/subscribe")
    stage.acts.block(YOU)
    await stage.settled()
    assert (await stage.kept()).paused == "blocked by the user"
    await stage.fire(id="while-away")
    stage.acts.unblock(YOU)
    await stage.settled()
    kept = await stage.kept()
    assert kept.paused is None and kept.subscribed
    await stage.deliver()
    assert [p.state for p in await stage.pushes()] == [DeliveryState.SENT]


async def test_what_grew_old_during_a_block_is_not_sent_afterwards(stage):
    await stage.answer("/subscribe")
    await stage.fire()
    stage.acts.block(YOU)
    await stage.settled()
    stage.clock.move(hours=3)
    stage.acts.unblock(YOU)
    await stage.settled()
    await stage.deliver()
    (push,) = await stage.pushes()
    assert (push.state, push.reason) == (DeliveryState.EXPIRED, "too old to send")


async def test_a_group_that_threw_the_bot_out_is_paused_until_it_is_back(stage):
    await stage.answer("/subscribe", chat=GROUP, user=ADMIN)
    stage.acts.kick_bot(GROUP)
    await stage.settled()
    assert (await stage.kept(GROUP)).paused == "removed from the chat"
    stage.acts.add_bot(GROUP, ADMIN)
    await stage.settled()
    assert (await stage.kept(GROUP)).paused is None


async def test_both_messages_of_a_move_carry_the_settings_over(stage):
    await stage.answer("/subscribe", chat=GROUP, user=ADMIN)
    await stage.answer("/digest daily 08:00 Asia/Tokyo", chat=GROUP, user=ADMIN)
    new = stage.acts.upgrade_group(GROUP)
    await stage.settled()
    kept = await stage.kept(new)
    assert (kept.subscribed, kept.digest_at, kept.zone) == (True, "08:00", "Asia/Tokyo")
    assert kept.kind == "supergroup" and await stage.kept(GROUP) is None


@pytest.mark.parametrize("told_first", [True, False])
async def test_a_move_found_while_pushing_arrives_once_in_the_new_chat(stage, told_first):
    await stage.answer("/subscribe", chat=GROUP, user=ADMIN)
    await stage.fire(GROUP)
    fetching = Fault(kind="slow", method="getUpdates", times=1, delay=0.4)
    if not told_first:  # the service messages come after the sender met the refusal
        stage.faults.add(fetching)
        await stage.says("/status")
    new = stage.acts.upgrade_group(GROUP)
    if told_first:
        await stage.settled()
    await stage.deliver()
    await stage.settled()
    assert [m["text"].splitlines()[0] for m in stage.heard(new)] == ["Story a1 — 4.2× usual"]
    (push,) = await stage.pushes(new)
    assert push.state is DeliveryState.SENT
    kept = await stage.kept(new)
    assert kept.subscribed and await stage.kept(GROUP) is None
    await no_row_speaks_of(stage, GROUP)


async def test_a_moved_group_stays_subscribed_whatever_is_told_late(stage):
    """The refusal of a push told of the move first; the farewell of the old group comes last."""
    await stage.answer("/subscribe", chat=GROUP, user=ADMIN)
    new = -1_000_000_000_010
    stage.faults.add(Fault(kind="migrate", method="sendMessage", chat_id=GROUP, migrate_to_chat_id=new))
    await stage.fire(GROUP)
    sending = asyncio.create_task(stage.deliver())
    await stage.server.wait_for(lambda: any(c.fault == "migrate" for c in stage.server.calls))
    assert stage.acts.upgrade_group(GROUP) == new
    await stage.settled()
    await sending
    assert (await stage.kept(new)).subscribed
    assert len(stage.heard(new)) == 1


async def test_every_table_follows_a_move(stage):
    await stage.answer("/subscribe", chat=GROUP, user=ADMIN)
    await stage.fill(score("a1"))
    await stage.fire(GROUP)
    await stage.deliver()
    async with stage.database.writing() as c:
        await schedule.claim_slot(c, job="digest", slot="x", owner="o", real_now=NOW, lease=HOUR)
    new = stage.acts.upgrade_group(GROUP)
    await stage.settled()
    await no_row_speaks_of(stage, GROUP)
    assert len(await stage.pushes(new)) == 1


async def no_row_speaks_of(stage, chat_id):
    async with stage.database.reading() as c:
        for table in metadata.sorted_tables:
            if "chat_id" in table.c:
                rows = await c.execute(select(table).where(table.c.chat_id == chat_id))
                assert rows.first() is None, table.name
