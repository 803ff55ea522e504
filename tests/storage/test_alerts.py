"""Decisions with their reasons, and the firings that become messages."""

from storage import alerts
from tests.storage.facts import DAY, HOUR, NOON, SECOND, decision, firing


async def test_chat_sees_its_own_decisions_and_those_for_every_chat(database):
    mine = decision(chat_id=1, reason="cooldown", detail="3 h left", at=NOON + HOUR)
    everyones = decision(chat_id=None)
    others = [decision(chat_id=2), decision("n2", chat_id=1)]
    async with database.writing() as c:
        for _ in range(2):
            await alerts.append_decisions(c, [mine, everyones, *others])
        await alerts.append_decisions(c, [])
        assert await alerts.decisions(c, narrative_id="n1", chat_id=1, limit=9) == [mine, everyones]
        assert await alerts.decisions(c, narrative_id="n1", chat_id=1, limit=1) == [mine]
        assert await alerts.decisions(c, narrative_id="n1", chat_id=3, limit=9) == [everyones]


async def test_firing_comes_back_exactly_as_it_was_and_once(database):
    async with database.writing() as c:
        await alerts.append_firings(c, [firing()])
        await alerts.append_firings(c, [firing(surprise=9.9), firing("f2", at=NOON - SECOND)])
        await alerts.append_firings(c, [])
        assert await alerts.unexpanded(c, 9) == [firing("f2", at=NOON - SECOND), firing()]


async def test_expanded_firings_are_not_handed_out_again(database):
    async with database.writing() as c:
        await alerts.append_firings(c, [firing(f"f{n}", at=NOON + n * SECOND) for n in range(5)])
        batch = await alerts.unexpanded(c, 2)
        assert [f.id for f in batch] == ["f0", "f1"]
        await alerts.mark_expanded(c, [f.id for f in batch])
        await alerts.append_firings(c, batch)
        assert [f.id for f in await alerts.unexpanded(c, 9)] == ["f2", "f3", "f4"]


async def test_last_firing_of_each_chat_and_narrative(database):
    async with database.writing() as c:
        await alerts.append_firings(
            c,
            [
                firing("old", at=NOON), firing("new", at=NOON + HOUR), firing("chat2", 2),
                firing("n2", narrative_id="n2"), firing("n3", narrative_id="n3"),
                firing("rule", rule="other", at=NOON + DAY),
            ],
        )  # fmt: skip
        found = await alerts.last_firings(c, "moving", ["n1", "n2"])
        assert {key: f.id for key, f in found.items()} == {
            (1, "n1"): "new", (2, "n1"): "chat2", (1, "n2"): "n2",
        }  # fmt: skip
        assert await alerts.last_firings(c, "moving", []) == {}


async def test_firings_are_counted_per_chat(database):
    async with database.writing() as c:
        await alerts.append_firings(c, [firing("a"), firing("b", at=NOON + HOUR), firing("c", 2)])
        assert await alerts.fired_since(c, 1, NOON) == 2
        assert await alerts.fired_since(c, 1, NOON + SECOND) == 1
        assert await alerts.fired_since(c, 3, NOON) == 0


async def test_what_was_held_for_a_reason_lately(database):
    async with database.writing() as c:
        await alerts.append_decisions(
            c,
            [
                decision("a", reason="confirmation", at=NOON),
                decision("b", reason="confirmation", at=NOON - DAY),
                decision("c", reason="evidence", at=NOON),
            ],
        )
        assert await alerts.held(c, "confirmation", ["a", "b", "c", "d"], since=NOON - HOUR) == {"a"}
        assert await alerts.held(c, "confirmation", [], since=NOON - HOUR) == set()
