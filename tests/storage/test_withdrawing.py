"""What a chat silences while it waits for its way out."""

from datetime import timedelta

import pytest

from core.models import DeliveryKind, DeliveryState
from storage import alerts, deliveries, withdrawing
from storage.deliveries import Planned
from tests.storage.facts import NOON, firing


def message(*told, cause="bundle:b"):
    """A message of these firings, each about a story of its own."""
    payload = {"view": "bundle", "alerts": [{"firing": id} for id in told]}
    return Planned(cause, 1, DeliveryKind.NEW, None, payload, 10, NOON, None, told)


async def waiting(c, *stories, plan=True):
    """Chat 1 waits to hear of these stories in one message."""
    made = [firing(f"f-{story}", 1, narrative_id=story, rule="plain") for story in stories]
    await alerts.append_firings(c, made)
    if plan:
        await deliveries.plan(c, [message(*(each.id for each in made))])
        await alerts.mark_expanded(c, [each.id for each in made])


async def claimed(c, owner="me"):
    lease = timedelta(minutes=2)
    return await deliveries.claim(c, owner=owner, now=NOON, real_now=NOON, lease=lease, limit=9)


async def test_what_is_silenced_before_it_leaves_ends_with_the_reason(database):
    async with database.writing() as c:
        await waiting(c, "a1")
        (gone,) = await withdrawing.withdraw(c, 1, "muted", narrative_ids=["a1"])
        (row,) = await deliveries.for_chat(c, 1)
        assert gone.id == "f-a1" and (row.state, row.reason) == (DeliveryState.EXPIRED, "muted")


async def test_firings_without_a_message_get_none(database):
    async with database.writing() as c:
        await waiting(c, "a1", "b2", plan=False)
        (gone,) = await withdrawing.withdraw(c, 1, "muted", narrative_ids=["a1"])
        assert gone.id == "f-a1"
        assert [each.id for each in await alerts.unexpanded(c, 9)] == ["f-b2"]


async def test_a_firing_is_taken_for_its_message_or_silenced_never_both(database):
    async with database.writing() as c:
        await waiting(c, "a1", "b2", plan=False)
        await withdrawing.withdraw(c, 1, "muted", narrative_ids=["a1"])
        assert await alerts.mark_expanded(c, ["f-a1", "f-b2"]) == {"f-b2"}
        assert await withdrawing.withdraw(c, 1, "muted", narrative_ids=["b2"]) == []


async def test_a_message_of_several_stories_goes_without_the_silenced_one(database):
    async with database.writing() as c:
        await waiting(c, "a1", "b2")
        (held,) = await claimed(c)
        await withdrawing.withdraw(c, 1, "muted", narrative_ids=["a1"])
        assert await deliveries.begin(c, [held.id], "me") == set(), (
            "it would go as it was when it was claimed"
        )
        (again,) = await claimed(c)
        assert again.payload["alerts"] == [{"firing": "f-b2"}]
        assert [each.id for each in await alerts.carried(c, [held.id])] == ["f-b2"]


async def test_a_claimed_message_is_not_begun_any_more(database):
    async with database.writing() as c:
        await waiting(c, "a1")
        (held,) = await claimed(c)
        await withdrawing.withdraw(c, 1, "off", rules=["plain"])
        assert await deliveries.begin(c, [held.id], "me") == set()


@pytest.mark.parametrize("about", [{"narrative_ids": ["b2"]}, {"rules": ["r1"]}])
async def test_other_stories_and_rules_still_leave(database, about):
    async with database.writing() as c:
        await waiting(c, "a1")
        assert await withdrawing.withdraw(c, 1, "muted", **about) == []
        assert await withdrawing.withdraw(c, 2, "snoozed") == []
        assert len(await claimed(c)) == 1


async def test_what_is_on_its_way_is_not_called_back_and_what_may_have_arrived_is_unknown(database):
    async with database.writing() as c:
        await waiting(c, "a1")
        (held,) = await claimed(c, owner="gone")
        await deliveries.begin(c, [held.id], "gone")
        assert await withdrawing.withdraw(c, 1, "snoozed") == []
        await deliveries.recover(c, owner="me", real_now=NOON)
        assert len(await withdrawing.withdraw(c, 1, "snoozed")) == 1
        (row,) = await deliveries.for_chat(c, 1)
        assert (row.state, row.reason) == (DeliveryState.UNKNOWN, "snoozed")
