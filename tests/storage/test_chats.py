"""Chats: what each asked for, apart from every other, and its move to a new id."""

import asyncio

import pytest
from sqlalchemy import func, insert, select

from core.models import ChatKind, DeliveryState
from core.models.attention import Silence
from core.models.rules import Scope
from storage import alerts, attention, chats, deliveries, feedback, rules, watching
from storage.database import Database
from storage.tables import delivery_firings, metadata, wording_targets, wordings
from tests.storage.facts import DAY, NOON, chat, decision, firing, opinion, planned, rule

OLD, NEW = -5, -1001234567890


async def test_chat_comes_back_exactly_as_it_was(database):
    whole = chat(
        -1001234567890, kind=ChatKind.SUPERGROUP, title="Дом", thread_id=7,
        zone="Asia/Tokyo", subscribed=True,
        digest_at="08:30", last_digest_at=NOON, paused="blocked",
    )  # fmt: skip
    async with database.writing() as c:
        await chats.save(c, whole)
        assert await chats.get(c, whole.id) == whole
        assert await chats.get(c, 404) is None


async def test_saving_again_replaces_but_keeps_when_it_was_first_met(database):
    async with database.writing() as c:
        await chats.save(c, chat(title="a"))
        await chats.save(c, chat(title="b", created_at=NOON + DAY))
        assert await chats.get(c, 1) == chat(title="b")
        assert await chats.count(c) == 1


async def test_changing_touches_only_the_named_fields_of_that_chat(database):
    async with database.writing() as c:
        await chats.save(c, chat(1, title="one"))
        await chats.save(c, chat(2, title="two"))
        changed = await chats.change(c, 1, subscribed=True, digest_at="07:00")
        assert changed == chat(1, title="one", subscribed=True, digest_at="07:00")
        assert await chats.get(c, 1) == changed
        assert await chats.get(c, 2) == chat(2, title="two")


@pytest.mark.parametrize(
    "fields", [{"colour": "red"}, {"digest_at": "25:00"}, {"id": 2}, {"subscribed": "maybe"}]
)
async def test_changing_to_something_a_chat_cannot_be_is_refused(database, fields):
    async with database.writing() as c:
        await chats.save(c, chat())
        with pytest.raises(ValueError):
            await chats.change(c, 1, **fields)
        assert await chats.get(c, 1) == chat()


async def test_changing_an_unknown_chat_is_refused(database):
    async with database.writing() as c:
        with pytest.raises(LookupError, match="not known"):
            await chats.change(c, 1, subscribed=True)


async def test_paused_chats_are_left_alone_until_resumed(database):
    async with database.writing() as c:
        for wanted in (chat(1, subscribed=True, digest_at="08:00"), chat(2, subscribed=True), chat(3)):
            await chats.save(c, wanted)
        assert [found.id for found in await chats.subscribed(c)] == [1, 2]
        assert [found.id for found in await chats.with_digest(c)] == [1]
        await chats.pause(c, 1, "blocked by the user")
        assert (await chats.get(c, 1)).paused == "blocked by the user"
        assert [found.id for found in await chats.subscribed(c)] == [2]
        assert await chats.with_digest(c) == []
        await chats.resume(c, 1)
        assert [found.id for found in await chats.subscribed(c)] == [1, 2]


# --- a group becomes a supergroup ------------------------------------------------------------------------


async def test_settings_move_with_the_chat(database):
    async with database.writing() as c:
        await chats.save(c, chat(OLD, kind=ChatKind.GROUP, zone="Asia/Tokyo", subscribed=True))
        await chats.migrate(c, OLD, NEW)
        assert await chats.get(c, OLD) is None
        assert await chats.get(c, NEW) == chat(
            NEW, kind=ChatKind.SUPERGROUP, zone="Asia/Tokyo", subscribed=True
        )


async def test_settings_of_the_old_chat_win_and_moving_again_changes_nothing(database):
    async with database.writing() as c:
        await chats.save(c, chat(OLD, kind=ChatKind.GROUP, zone="Asia/Tokyo", subscribed=True))
        await chats.save(c, chat(NEW, kind=ChatKind.SUPERGROUP, zone="UTC"))
        for _ in range(2):
            await chats.migrate(c, OLD, NEW)
            moved = await chats.get(c, NEW)
            assert (moved.zone, moved.subscribed, moved.kind) == ("Asia/Tokyo", True, ChatKind.SUPERGROUP)
        assert await chats.count(c) == 1


async def test_moving_to_itself_or_an_unknown_chat_is_harmless(database):
    async with database.writing() as c:
        await chats.save(c, chat(OLD))
        await chats.migrate(c, OLD, OLD)
        await chats.migrate(c, 404, 405)
        assert await chats.get(c, OLD) == chat(OLD)
        assert await chats.count(c) == 1


async def wait_for_words(c, at):
    words = {"key": f"k{at}", "kind": "digest", "language": "en", "facts": {}, "asked_at": NOON}
    await c.execute(insert(wordings).values(**words, state="waiting"))
    await c.execute(insert(wording_targets).values(key=f"k{at}", chat_id=at, message_id=1, payload={}))


async def test_every_row_of_the_chat_moves_and_no_other(database):
    async with database.writing() as c:
        for at in (OLD, 9):
            await chats.save(c, chat(at))
            await alerts.append_decisions(c, [decision(chat_id=at), decision(chat_id=None)])
            await alerts.append_firings(c, [firing(f"f{at}", at)])
            await deliveries.plan(c, [planned(f"firing:f{at}", at, firing_ids=(f"f{at}",))])
            await wait_for_words(c, at)
            await rules.add(c, rule(f"r{at}", at))
            await attention.change(c, at, budget=3)
            await attention.silence(c, at, Silence(target="chat", until=NOON, since=NOON))
            await watching.add(c, at, "watch", Scope(kind="token", name="SOL"), NOON)
            await watching.follow(c, at, "perp dex", NOON)
            await feedback.toggle(c, opinion(chat_id=at))
        await alerts.append_decisions(c, [decision(chat_id=NEW, detail="was here first")])
        await chats.migrate(c, OLD, NEW)
        for table in metadata.sorted_tables:
            column = table.c.get("chat_id", table.c.get("id") if table.name == "chats" else None)
            if column is not None:
                query = select(column, func.count()).where(column != 0).group_by(column)
                assert sorted(map(tuple, await c.execute(query))) == [(NEW, 1), (9, 1)], table.name
        assert len(await alerts.decisions(c, narrative_id="n1", chat_id=NEW, limit=9)) == 2


ENDS = {
    DeliveryState.SENT: lambda c, id: deliveries.sent(c, [deliveries.Arrived(id, 1, NOON)]),
    DeliveryState.SENDING: lambda c, id: deliveries.begin(c, [id], "me"),
    DeliveryState.PENDING: lambda c, id: deliveries.release(c, "nobody"),
    DeliveryState.DEAD: lambda c, id: deliveries.finish(c, id, DeliveryState.DEAD, "no"),
    DeliveryState.UNKNOWN: lambda c, id: deliveries.finish(c, id, DeliveryState.UNKNOWN, "cut off"),
}


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("pending", "pending", "pending"), ("sent", "pending", "sent"), ("pending", "sent", "sent"),
        ("sending", "pending", "sending"), ("dead", "pending", "pending"), ("unknown", "pending", "unknown"),
        ("sent", "sent", "sent"), ("sending", "sent", "sent"),
    ],
)  # fmt: skip
async def test_same_message_for_both_ids_is_neither_lost_nor_doubled(database, old, new, left):
    async with database.writing() as c:
        await deliveries.plan(c, [planned("firing:f", OLD, firing_ids=("f1", "f2"))])
        await deliveries.plan(c, [planned("firing:f", NEW, firing_ids=("f2", "f3"))])
        await deliveries.plan(c, [planned("firing:only", OLD)])
        claimed = await deliveries.claim(c, owner="me", now=NOON, real_now=NOON, lease=DAY, limit=9)
        assert len(claimed) == 2
        for delivery, state in zip(claimed, (old, new), strict=True):
            await ENDS[DeliveryState(state)](c, delivery.id)
        for _ in range(2):
            await chats.migrate(c, OLD, NEW)
            found = await deliveries.for_chat(c, NEW)
            assert sorted((d.cause, d.state.value) for d in found) == [
                ("firing:f", left), ("firing:only", "pending"),
            ]  # fmt: skip
            links = await c.execute(select(delivery_firings.c.firing_id).order_by("firing_id"))
            assert list(links.scalars()) == ["f1", "f2", "f3"]
        assert await deliveries.for_chat(c, OLD) == []


async def test_chats_off_the_operators_list_are_paused_and_come_back_with_it(database):
    async with database.writing() as c:
        for id in (1, 2, 3):
            await chats.save(c, chat(id, subscribed=True))
        await chats.pause(c, 3, "blocked by the user")
        await chats.keep_to(c, (1,))
    async with database.reading() as c:
        assert [known.id for known in await chats.subscribed(c)] == [1]
    async with database.writing() as c:
        await chats.keep_to(c, ())
    async with database.reading() as c:
        assert [known.id for known in await chats.subscribed(c)] == [1, 2]


async def test_two_processes_changing_one_chat_undo_nothing_of_each_other(database, database_url):
    other = await Database.open(database_url)

    async def choose_zone():
        async with other.writing() as c:
            return await chats.change(c, 1, zone="Asia/Tokyo")

    async with database.writing() as c:
        await chats.save(c, chat(1))
    async with database.writing() as c:
        await chats.change(c, 1, subscribed=True)
        choosing = asyncio.create_task(choose_zone())
        await asyncio.wait({choosing}, timeout=0.3)  # it has read by now, or waits for its turn
    changed = await choosing
    await other.close()
    assert (changed.subscribed, changed.zone) == (True, "Asia/Tokyo")
